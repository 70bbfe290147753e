"""A GPU as a driver reports it, before its catalog row and budget are known."""

from __future__ import annotations

from llmadvise.domain.hardware import Backend
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuReading:
    """What one vendor's probe found out about one device."""

    vendor: str
    name: str
    pci_id: str | None = None
    """`vendor:device` in hex."""
    memory_bytes: int | None = None
    """What the device can address."""
    installed_bytes: int | None = None
    """The size that its catalog row goes by where that is another one: the RAM that a unified device shares."""
    free_bytes: int | None = None
    budget_bytes: int | None = None
    """Where the system itself sets a limit (Apple) or the vendor's rule gives one (APU)."""
    unified: bool | None = None
    """None: the catalog row decides."""
    compute_capability: str | None = None
    driver: str | None = None
    backends: tuple[Backend, ...] | None = None
    """None: those of the catalog row; empty: the driver does not work."""
    gpu_cores: int | None = None
    uuid: str | None = None
    partition_of: str | None = None
    parent_bytes: int | None = None
    """Memory of the whole card that a slice belongs to."""
    carve_out_bytes: int | None = None
    """What the firmware keeps of the RAM for it."""
    shared_bytes: int | None = None
    """What the driver may map of the rest."""
    power_limit_watts: int | None = None
    """What the driver lets it draw."""
