"""`llmadvise.hardware/1`: the machine, as `hardware --json` prints it and `--hardware FILE` reads it back."""

from __future__ import annotations

from typing import Literal

from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Cpu, Download, Gpu, Hardware, InstalledRuntime, Memory, Platform, ProbeSource
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareDocument:
    """One machine: what was found, how that is known, and what could not be seen."""

    schema: Literal["llmadvise.hardware/1"]
    version: str
    """Of the program."""
    name: str | None
    """How the user called it when it was simulated."""
    platform: Platform
    cpu: Cpu
    memory: Memory
    gpus: tuple[Gpu, ...]
    runtimes: tuple[InstalledRuntime, ...]
    sources: tuple[ProbeSource, ...]
    findings: tuple[Finding, ...]
    downloads: tuple[Download, ...] = ()
    """Model files that are already there."""


def hardware_document(hardware: Hardware, *, version: str) -> HardwareDocument:
    """Build the document of one machine."""
    return HardwareDocument(
        schema="llmadvise.hardware/1",
        version=version,
        name=hardware.name,
        platform=hardware.platform,
        cpu=hardware.cpu,
        memory=hardware.memory,
        gpus=hardware.gpus,
        runtimes=hardware.runtimes,
        sources=hardware.sources,
        findings=hardware.findings,
        downloads=hardware.downloads,
    )
