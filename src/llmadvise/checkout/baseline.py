"""`.llmadvise-baseline.json`: findings that were there when the check was introduced, so that only new ones fail."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from llmadvise.checkout.own_files import read_json_as
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineEntry:
    """One finding that is known; only the fingerprint counts, the rest is for those who review the file."""

    fingerprint: str
    rule: str
    file: str
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The findings that a check does not count, since they were there before."""

    schema: Literal["llmadvise.baseline/1"]
    findings: tuple[BaselineEntry, ...]
    """In ascending order of file, rule and model."""


def read_baseline(path: Path) -> Baseline:
    """The baseline in this file. Raises InvalidFileError where it is missing or invalid."""
    return read_json_as(Baseline, path, "Write one with `llmadvise check --write-baseline`.")


def baseline_of(entries: Iterable[BaselineEntry]) -> Baseline:
    """A baseline in the one order that a file has, each fingerprint once."""
    unique = {entry.fingerprint: entry for entry in entries}
    ordered = sorted(unique.values(), key=lambda entry: (entry.file, entry.rule, entry.model or "", entry.fingerprint))
    return Baseline(schema="llmadvise.baseline/1", findings=tuple(ordered))
