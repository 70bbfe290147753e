"""Ids that must resolve: quantizations, licenses, templates, benchmarks, ancestors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from llmadvise.catalog.checks.problem import Problem, Subject, subjects
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.model import Model


def check_references(catalog: Catalog) -> Iterator[Problem]:
    """Find ids that name nothing."""
    for subject, model in subjects("models", catalog.models):
        yield from _of_model(subject, model, catalog)
    for subject, row in subjects("lineage", catalog.lineage):
        yield from _unknown(subject, "license", row.license.declared, catalog.licenses, "license", "declared")
    for subject, runtime in subjects("runtimes", catalog.runtimes):
        yield from _unknown(subject, "license", runtime.license, catalog.licenses, "license")
    for subject, machine in subjects("machines", catalog.machines):
        yield from _unknown(subject, "processor", machine.cpu, catalog.cpus, "cpu")
        for index, fitted in enumerate(machine.gpus):
            yield from _unknown(subject, "gpu", fitted.gpu, catalog.gpus, "gpus", index, "gpu")
    groups = {benchmark.group for benchmark in catalog.benchmarks.values()}
    for subject, profile in subjects("profiles", catalog.profiles):
        for group in profile.evidence:
            if group not in groups:
                message = f"no benchmark tests `{group[:80]}`"
                yield subject.note("catalog-unknown-benchmark-group", message, "evidence", group)


def _of_model(subject: Subject, model: Model, catalog: Catalog) -> Iterator[Problem]:
    yield from _unknown(subject, "license", model.license.declared, catalog.licenses, "license", "declared")
    yield from _unknown(subject, "template", model.template, catalog.templates, "template")
    for index, result in enumerate(model.evidence):
        at = ("evidence", index, "benchmark")
        yield from _unknown(subject, "benchmark", result.benchmark, catalog.benchmarks, *at)
    for index, variant in enumerate(model.variants):
        at = ("variants", index, "quantization")
        yield from _unknown(subject, "quantization", variant.quantization, catalog.quantizations, *at)
        scheme = catalog.quantizations.get(variant.quantization)
        if scheme is not None and scheme.format != variant.format:
            yield subject.warn(
                "catalog-format-mismatch",
                f"{variant.id} is {variant.format}, but {scheme.id} is a scheme of {scheme.format}",
                *("variants", index, "format"),
            )


def _unknown(
    subject: Subject, what: str, id_: str | None, known: Mapping[str, object], *location: str | int
) -> Iterator[Problem]:
    if id_ is None or id_ in known:
        return
    near = get_close_matches(id_, known, n=1)
    guess = f"; did you mean `{near[0]}`?" if near else ""
    rule = f"catalog-unknown-{what.replace(' ', '-')}"
    yield subject.block(rule, f"there is no {what} `{id_[:80]}`{guess}", *location)
