"""Parts of cards as devices of their own: MIG slices, vGPU profiles and AMD's partitions. They never add up."""

from __future__ import annotations

import re
from dataclasses import replace

from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Gpu, MemoryKind
from llmadvise.probe.identify import Match
from llmadvise.probe.outputs.sighting import Sighting

_UNKNOWN_CARD = "a card that is not named"


def settle_slice(part: Sighting, card: Sighting | None, match: Match | None) -> tuple[Gpu, bool]:
    """One MIG device; it reads as fast as its part of the memory."""
    whole = card.name if card is not None and card.name is not None else f"GPU {part.slice_of}, {_UNKNOWN_CARD}"
    name = part.name or "MIG device"
    title = name if card is None or card.name is None or card.name in name else f"{card.name} {name}"
    gpu = Gpu(
        index=0, vendor="nvidia", name=title,
        id=match.facts.id if match else None, memory_bytes=part.memory_bytes, free_bytes=part.free_bytes,
        memory_kind=MemoryKind.DEDICATED, driver=card.driver if card else None, cuda_version=card.cuda_version if card else None,
        compute_capability=card.compute_capability if card else None, backends=part.backends or (), partition_of=whole,
        pci_address=card.address if card else None, utilization=part.utilization,
    )  # fmt: skip
    return _with_share(gpu, match, part.memory_bytes), False


def _with_share(gpu: Gpu, match: Match | None, memory: int | None) -> Gpu:
    """The slice with its part of the card's bandwidth: the hardware divides both along the same lines."""
    row = match.facts if match is not None else None
    if row is None or not row.memory_bandwidth or not row.memory_bytes or memory is None:
        return gpu
    return replace(
        gpu, memory_bandwidth=int(row.memory_bandwidth * min(1.0, memory / row.memory_bytes)), bandwidth_basis=Basis.COMPUTED,
        bandwidth_source=f"catalog row {row.id}, times the slice's part of the memory",
    )  # fmt: skip


def as_parts(gpu: Gpu, card: Sighting, match: Match | None) -> list[Gpu]:
    """The device as it is: a vGPU profile, one partition of an AMD card, or the whole card."""
    if is_profile(gpu.name):
        whole = profile_card(gpu.name)
        return [_with_share(replace(gpu, partition_of=whole), match, gpu.memory_bytes)]
    if card.parts > 1 and gpu.vendor == "amd":
        row = match.facts.memory_bytes if match is not None else None
        own = (
            gpu.memory_bytes // card.parts
            if gpu.memory_bytes and row and gpu.memory_bytes > row / 2
            else gpu.memory_bytes
        )
        own = own or (row // card.parts if row else None)
        part = replace(
            gpu,
            memory_bytes=own,
            free_bytes=None,
            budget_bytes=None,
            partition_of=match.facts.name if match else gpu.name,
        )
        return [_with_share(part, match, own)]
    return [gpu]


def is_profile(name: str) -> bool:
    """Whether a name is that of a vGPU profile, such as `NVIDIA A40-48Q`."""
    return re.fullmatch(r"(?:NVIDIA|GRID) [\w. ]{2,40}?-\d{1,3}[QCAB]", name) is not None


def profile_card(name: str) -> str:
    """`NVIDIA A40` of `NVIDIA A40-48Q`."""
    return "NVIDIA " + re.sub(r"^(?:NVIDIA|GRID) |-\d{1,3}[QCAB]$", "", name)
