"""Licenses, runtimes, quantizations, devices and sources: values that no type can check."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final, Protocol

from llmadvise.catalog.checks.problem import Problem, Subject, subjects
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.runtime import Detection
from llmadvise.domain.version_question import is_simple_pattern, version_question


class _Sourced(Protocol):
    @property
    def sources(self) -> tuple[str, ...]: ...


_PROGRAM: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,63}")
_AT: Final = ("detection",)
_YEAR_OR_MONTH: Final = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2]))?")


def check_quantizations(catalog: Catalog) -> Iterator[Problem]:
    """Find schemes of impossible size and names that mean two schemes."""
    names: dict[tuple[str, str], str] = {}
    for subject, scheme in subjects("quantizations", catalog.quantizations):
        for field in ("bits_per_weight", "embedding_bits", "output_bits"):
            bits = getattr(scheme, field)
            if bits is not None and not 0 < bits <= 32:  # noqa: PLR2004 - bits of the widest format
                yield subject.block("catalog-bits", f"{field} is {bits}", field)
        for name in {scheme.id.lower(), *(alias.lower() for alias in scheme.aliases)}:
            other = names.setdefault((scheme.format, name), scheme.id)
            if other != scheme.id:
                message = f"`{name}` also names {other}"
                yield subject.warn("catalog-ambiguous-name", message, "aliases")


def check_licenses(catalog: Catalog) -> Iterator[Problem]:
    """Find hub tags that mean two licenses, and obligations without a definition."""
    names: dict[str, str] = {}
    for subject, license_ in subjects("licenses", catalog.licenses):
        for field, terms in (("conditions", license_.conditions), ("obligations", license_.obligations)):
            for index, term in enumerate(terms):
                if term.id not in catalog.license_tags:
                    message = f"`{term.id[:80]}` is not defined in licenses/tags.yaml"
                    yield subject.block("catalog-unknown-license-tag", message, field, index, "id")
        for tag in license_.tags:
            other = names.setdefault(tag.lower(), license_.id)
            if other != license_.id:
                message = f"the tag `{tag}` also means {other}"
                yield subject.warn("catalog-ambiguous-name", message, "tags")


def check_runtimes(catalog: Catalog) -> Iterator[Problem]:
    """Find runtimes that cannot be detected, that are not asked but ordered, or that load what does not exist."""
    formats = {scheme.format for scheme in catalog.quantizations.values()}
    for subject, runtime in subjects("runtimes", catalog.runtimes):
        for index, format_ in enumerate(runtime.formats):
            if format_ not in formats:
                message = f"no quantization has the format `{format_}`"
                yield subject.warn("catalog-unknown-format", message, "formats", index)
        yield from _detection(subject, runtime.detection)


def _detection(subject: Subject, detection: Detection) -> Iterator[Problem]:
    for index, program in enumerate(detection.binaries):
        if not _PROGRAM.fullmatch(program):
            yield subject.block("catalog-program", f"{program[:80]!r} is no name of a program", *_AT, "binaries", index)
        elif detection.version_arguments and version_question(detection, program) is None:
            asked = " ".join((program, *detection.version_arguments))
            message = f"{asked[:80]!r} would not be run: a program is asked by `--version`"
            yield subject.block("catalog-program", message, *_AT, "version_arguments")
    pattern = detection.version_pattern or ""
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        message = f"version_pattern is no regular expression: {error}"
        yield subject.block("catalog-pattern", message, *_AT, "version_pattern")
        return
    if not is_simple_pattern(pattern):
        message = "version_pattern could search for ever: at most three repeats, none of a group, no reference back"
        yield subject.block("catalog-pattern", message, *_AT, "version_pattern")


def check_hardware(catalog: Catalog) -> Iterator[Problem]:
    """Find devices with impossible figures."""
    for subject, gpu in subjects("gpus", catalog.gpus):
        figures = {
            "memory_bytes": gpu.memory_bytes,
            "memory_bandwidth": gpu.memory_bandwidth,
            "half_precision_flops": gpu.half_precision_flops,
        }
        yield from _positive(subject, figures)
    for subject, cpu in subjects("cpus", catalog.cpus):
        figures = {"peak_bandwidth": cpu.peak_bandwidth, "typical_bandwidth": cpu.typical_bandwidth, "cores": cpu.cores}
        yield from _positive(subject, figures)
    for subject, machine in subjects("machines", catalog.machines):
        yield from _positive(subject, {"ram_bytes": machine.ram_bytes})


def _positive(subject: Subject, figures: dict[str, int | float | None]) -> Iterator[Problem]:
    for name, figure in figures.items():
        if figure is not None and figure <= 0:
            yield subject.block("catalog-dimension", f"{name} is {figure}", name)


def check_dates(catalog: Catalog) -> Iterator[Problem]:
    """Find dates that are not ISO 8601."""
    for subject, model in subjects("models", catalog.models):
        yield from _date(subject, model.release_date, "release_date")
        for index, result in enumerate(model.evidence):
            yield from _date(subject, result.date, "evidence", index, "date")
    for subject, gpu in subjects("gpus", catalog.gpus):
        yield from _date(subject, gpu.release_date, "release_date")


def _date(subject: Subject, text: str | None, *location: str | int) -> Iterator[Problem]:
    if text is None or _YEAR_OR_MONTH.fullmatch(text):
        return
    try:
        canonical = date.fromisoformat(text).isoformat() == text
    except ValueError:
        canonical = False
    if not canonical:
        yield subject.block("catalog-date", f"{text[:40]!r} is no date such as 2026-11-20, 2026-11 or 2026", *location)


def check_sources(catalog: Catalog) -> Iterator[Problem]:
    """Find facts that name no source."""
    sections: dict[str, Mapping[str, _Sourced]] = {
        "models": catalog.models,
        "licenses": catalog.licenses,
        "runtimes": catalog.runtimes,
        "quantizations": catalog.quantizations,
        "templates": catalog.templates,
        "gpus": catalog.gpus,
        "cpus": catalog.cpus,
        "machines": catalog.machines,
        "lineage": catalog.lineage,
        "services": catalog.services,
        "platforms": catalog.platforms,
    }
    for section, entries in sections.items():
        for id_, entry in entries.items():
            if not entry.sources:
                yield Subject(section, id_).warn("catalog-no-source", "the entry names no source")
