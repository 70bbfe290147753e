"""`llmadvise.doctor/1`: a report to paste into a bug, with nothing in it that names the user or the host."""

from __future__ import annotations

from typing import Literal

from llmadvise.domain.finding import Finding
from llmadvise.record import dataclass
from llmadvise.render.documents.assessment import CatalogStamp
from llmadvise.render.documents.hardware import HardwareDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedValue:
    """A name and what it is set to; null if it is not there."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorDocument:
    """The program, what it runs on, and what it found."""

    schema: Literal["llmadvise.doctor/1"]
    version: str
    """Of the program."""
    python: str
    platform: str
    packages: tuple[NamedValue, ...]
    """Installed dependencies and their versions."""
    environment: tuple[NamedValue, ...]
    """Variables that change what the program does; secrets are never among them."""
    paths: tuple[NamedValue, ...]
    """Directories in use, the home directory written as `~`."""
    catalog: CatalogStamp | None
    """Null if it could not be read; then a finding says why."""
    hardware: HardwareDocument | None
    findings: tuple[Finding, ...]


def doctor_document(
    *,
    version: str,
    python: str,
    platform: str,
    packages: tuple[NamedValue, ...],
    environment: tuple[NamedValue, ...] = (),
    paths: tuple[NamedValue, ...] = (),
    catalog: CatalogStamp | None,
    hardware: HardwareDocument | None,
    findings: tuple[Finding, ...] = (),
) -> DoctorDocument:
    """Build the document of one report."""
    return DoctorDocument(
        schema="llmadvise.doctor/1",
        version=version,
        python=python,
        platform=platform,
        packages=packages,
        environment=environment,
        paths=paths,
        catalog=catalog,
        hardware=hardware,
        findings=findings,
    )
