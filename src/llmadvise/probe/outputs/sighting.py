"""What one output says: devices, processor, memory, and remarks; everything may be unknown."""

from __future__ import annotations

from enum import IntEnum

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Backend, MemoryKind, Platform
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.record import dataclass


class Trust(IntEnum):
    """How far a size is to be believed where two outputs differ."""

    CAPPED = 0
    """A field too narrow for the size."""
    ROUNDED = 1
    """What a runtime may allocate, or a figure with few digits."""
    SYSTEM = 2
    """What the operating system says of a device."""
    DRIVER = 3
    """What the vendor's driver says, to the mebibyte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One device as one output shows it."""

    tool: str
    """The list it stands in; the same position in the same list is the same device."""
    position: int | None = None
    vendor: str | None = None
    name: str | None = None
    cut_off: bool = False
    """The name ends in dots: only its beginning is known."""
    address: str | None = None
    """On the PCI bus, such as `0000:03:00.0`."""
    uuid: str | None = None
    pci_id: str | None = None
    """`vendor:device` in hex."""
    memory_bytes: int | None = None
    memory_trust: Trust = Trust.SYSTEM
    used_bytes: int | None = None
    free_bytes: int | None = None
    budget_bytes: int | None = None
    shared_bytes: int | None = None
    """RAM that the device may map besides: GTT, DXGI's shared memory."""
    memory_kind: MemoryKind | None = None
    without_memory: bool = False
    """The driver says that it has none of its own to count."""
    gfx_target: str | None = None
    compute_capability: str | None = None
    gpu_cores: int | None = None
    architecture: str | None = None
    driver: str | None = None
    driver_model: str | None = None
    cuda_version: str | None = None
    ecc: bool | None = None
    utilization: int | None = None
    power_limit_watts: int | None = None
    backends: tuple[Backend, ...] | None = None
    slice_of: int | None = None
    """The position of the card that this slice belongs to."""
    parts: int = 1
    """Into how many devices the card is divided."""
    count: int = 1
    """How many of these the output speaks of."""
    reports_load: bool = False
    software: bool = False
    """Said to be no GPU by the output itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Main memory and what limits it."""

    total_bytes: int | None = None
    available_bytes: int | None = None
    limit_bytes: int | None = None
    used_bytes: int | None = None
    """Of the limit."""
    limited_by: str | None = None
    trust: Trust = Trust.SYSTEM


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """All that one output says."""

    form: str = ""
    """The kind of output, for the list of sources."""
    gpus: tuple[Sighting, ...] = ()
    cpu: CpuReading | None = None
    room: Room | None = None
    platform: Platform | None = None
    system_version: str | None = None
    wired_limit_bytes: int | None = None
    findings: tuple[Finding, ...] = ()
    complete: bool = False
    """It lists every device of the bus, so that what it lacks is not there."""

    def says_anything(self) -> bool:
        """Whether anything of use was read."""
        return any((self.gpus, self.cpu, self.room, self.findings, self.platform, self.system_version))


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The answer of one command, or a text whose command is not known."""

    text: str
    command: str | None = None
    """The command line or path, where known; a hint, never needed where the answer has a form of its own."""
    exit: int | None = None


def warn(rule: str, message: str, evidence: str | None = None) -> Finding:
    return Finding(rule=rule, verdict=Verdict.WARN, message=message, evidence=evidence)


def note(rule: str, message: str, evidence: str | None = None) -> Finding:
    return Finding(rule=rule, verdict=Verdict.NOTE, message=message, evidence=evidence)
