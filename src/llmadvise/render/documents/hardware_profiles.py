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
    name: str
    memory_bytes: int | None
    memory_bandwidth: int | None
    """Bytes a second."""
    release_date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareProfilesDocument:
    """What `hardware list` knows by name."""

    schema: Literal["llmadvise.hardware-profiles/1"]
    version: str
    hardware: tuple[HardwareProfile, ...]


def hardware_profiles_document(profiles: tuple[HardwareProfile, ...], *, version: str) -> HardwareProfilesDocument:
    """Build the document of a list of named machines and cards."""
    return HardwareProfilesDocument(schema="llmadvise.hardware-profiles/1", version=version, hardware=profiles)
