"""`llmadvise.hardware-profiles/1`: the machines and cards that can be named instead of probed."""

from __future__ import annotations

from typing import Literal

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareProfile:
    """One named machine or card that `--hardware` or `--gpu` takes."""

    id: str
    kind: str
    """`gpu`, `cpu` or `machine`."""
    vendor: str
    """The maker; of a machine what sort it is: laptop, desktop, mac, workstation, server, cloud or board."""
    name: str
    memory_bytes: int | None
    """What its GPUs can address."""
    memory_bandwidth: int | None
    """Bytes a second; of a machine that of its GPU, or of its RAM where it has none."""
    release_date: str | None = None
    ram_bytes: int | None = None
    """Machines only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareProfilesDocument:
    """What `hardware list` knows by name."""

    schema: Literal["llmadvise.hardware-profiles/1"]
    version: str
    hardware: tuple[HardwareProfile, ...]


def hardware_profiles_document(profiles: tuple[HardwareProfile, ...], *, version: str) -> HardwareProfilesDocument:
    """Build the document of a list of named machines and cards."""
    return HardwareProfilesDocument(schema="llmadvise.hardware-profiles/1", version=version, hardware=profiles)
