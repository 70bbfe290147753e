"""Whose memory a GPU computes in, how much of it that is, and what may be planned with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import GpuFacts, Memory, MemoryKind
from llmadvise.probe.amd import AmdMemory, shared_pools
from llmadvise.probe.apple import wired_limit
from llmadvise.probe.intel import vulkan_heap
from llmadvise.probe.outputs.merge import is_generic
from llmadvise.probe.outputs.rows import is_integrated
from llmadvise.probe.outputs.sighting import Sighting, Trust
from llmadvise.probe.record import Record
from llmadvise.record import dataclass
from llmadvise.units import GIB, MIB

_SMALL = GIB
"""Less than any card that computes has: the carve-out of an integrated GPU."""
_PARTLY = ("ggml_", "ollama", "torch", "rocminfo")
"""Runtimes that report, for an APU, what it may map rather than what the firmware keeps for it."""
_WINDOWS = frozenset({"wmi", "registry", "dxdiag", "dxgi", "size table"})
"""There AMD's driver calls cards by their names and integrated graphics just `AMD Radeon(TM) Graphics`."""
_ALWAYS_SHARED = frozenset({"qualcomm", "arm", "broadcom", "imagination"})
_INTEL_CARD = (
    "arc a",
    "arc b",
    "arc(tm) a",
    "arc(tm) b",
    "arc pro",
    "arc(tm) pro",
    "data center gpu",
    "flex",
    "gaudi",
    "iris xe max",
    "hl-",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """The memory of one device."""

    kind: MemoryKind | None = None
    memory_bytes: int | None = None
    free_bytes: int | None = None
    budget_bytes: int | None = None
    carve_out_bytes: int | None = None
    shared_bytes: int | None = None

    @property
    def shares(self) -> bool:
        """Whether it takes of the RAM."""
        return self.kind in {MemoryKind.CARVE_OUT, MemoryKind.SHARED, MemoryKind.UNIFIED}


def kind_of(gpu: Sighting, facts: Mapping[str, GpuFacts]) -> Sized:
    """The kind alone: as told, by the catalog's rows, or by what such a device can only be."""
    by_rows = is_integrated(gpu, facts)
    if gpu.vendor == "apple" or (gpu.vendor == "nvidia" and (gpu.without_memory or by_rows)):
        return Sized(kind=MemoryKind.UNIFIED)
    if gpu.vendor == "nvidia":
        return Sized(kind=MemoryKind.DEDICATED)
    kept = gpu.vendor == "amd" and (by_rows or (gpu.memory_bytes and not gpu.tool.startswith(_PARTLY)))
    if gpu.vendor in _ALWAYS_SHARED or gpu.memory_kind is MemoryKind.SHARED or (by_rows and gpu.vendor == "amd"):
        return Sized(kind=MemoryKind.CARVE_OUT if kept else MemoryKind.SHARED)
    if gpu.memory_kind is not None and not (gpu.memory_kind is MemoryKind.DEDICATED and by_rows):
        return Sized(kind=gpu.memory_kind)
    return Sized(kind=_guessed(gpu, by_rows))


def _guessed(gpu: Sighting, by_rows: bool | None) -> MemoryKind | None:
    if by_rows is not None:
        return MemoryKind.SHARED if by_rows else MemoryKind.DEDICATED
    small = gpu.memory_bytes is not None and gpu.memory_bytes <= _SMALL
    name = (gpu.name or "").lower()
    if gpu.vendor == "intel":
        return MemoryKind.DEDICATED if any(word in name for word in _INTEL_CARD) and not small else MemoryKind.SHARED
    # rocm-smi's SKU is the chip's name for an APU, and a board's number for a card.
    plain = is_generic(gpu) and (gpu.tool in _WINDOWS or gpu.architecture is not None)
    if gpu.vendor == "amd" and (small or plain or "integrated" in name):
        return MemoryKind.CARVE_OUT
    return MemoryKind.DEDICATED if gpu.memory_bytes else None


def sized(
    gpu: Sighting,
    own: Sized,
    memory: Memory,
    record: Record,
    *,
    calibration: MemoryCalibration,
    limit: int | None,
    version: str | None,
) -> Sized:
    """The sizes of a device of this kind."""
    if own.kind is MemoryKind.UNIFIED:
        return _apple(own, gpu, memory, limit, version) if gpu.vendor == "apple" else _unified(own, memory)
    if not own.shares:
        return replace(own, memory_bytes=gpu.memory_bytes, free_bytes=gpu.free_bytes, shared_bytes=gpu.shared_bytes)
    if gpu.vendor == "amd":
        return _amd(own, gpu, memory, record, reserve=calibration.ram_reserve_bytes)
    return _integrated(own, gpu, memory, reserve=calibration.ram_reserve_bytes)


def _unified(own: Sized, memory: Memory) -> Sized:
    return replace(own, memory_bytes=memory.total_bytes, free_bytes=memory.available_bytes)


def _apple(own: Sized, gpu: Sighting, memory: Memory, limit: int | None, version: str | None) -> Sized:
    """The RAM, of which the GPU wires what is set, what Metal recommends, or the system's default."""
    total = memory.total_bytes
    budget = gpu.budget_bytes
    if total is not None:
        values = {"iogpu.wired_limit_mb": str(limit // MIB)} if limit else {}
        default = wired_limit(values | ({"kern.osproductversion": version} if version else {}), total)
        budget = default if limit or budget is None else min(budget, total)
    return replace(own, memory_bytes=total, free_bytes=memory.available_bytes, budget_bytes=budget)


def _amd(own: Sized, gpu: Sighting, memory: Memory, record: Record, *, reserve: int) -> Sized:
    """Carve-out and what may be mapped of the rest; the kernel and Windows let half of the RAM be mapped by default."""
    partly = gpu.tool.startswith(_PARTLY) and gpu.memory_trust is Trust.ROUNDED
    carve = None if partly else gpu.memory_bytes
    mapped = gpu.shared_bytes if gpu.shared_bytes is not None else gpu.memory_bytes if partly else None
    own = replace(own, kind=MemoryKind.CARVE_OUT, carve_out_bytes=carve, shared_bytes=mapped)
    if memory.total_bytes is not None and mapped is None:
        mapped = memory.total_bytes // 2
        kept = "" if carve else " What the firmware keeps for it is not told either: dxdiag, rocm-smi or sysfs say."
        message = f"How much RAM {gpu.name or 'the integrated GPU'} may map is not told; half of it is assumed, the default.{kept}"
        record.note("gpu-mapping-assumed", message, gpu.tool)
    if memory.total_bytes is None:
        size = (carve or 0) + (mapped or 0)
        if mapped is None:
            message = f"{gpu.name or 'The integrated GPU'} shares the RAM, which is not told: what is said is only the part that the firmware keeps for it; give --ram."
            record.warn("gpu-mapping-unknown", message, gpu.tool)
        return replace(own, memory_bytes=size or None)
    pools = AmdMemory(
        vram_total=carve or 0, vram_used=gpu.used_bytes or 0 if carve else 0, gtt_total=mapped, gtt_used=None
    )
    addressable, free, budget = shared_pools(pools, memory, reserve=reserve)
    return replace(own, memory_bytes=addressable, free_bytes=free, budget_bytes=budget)


def _integrated(own: Sized, gpu: Sighting, memory: Memory, *, reserve: int) -> Sized:
    """Part of the RAM: as the driver says, else what Mesa's driver offers."""
    total, available = memory.total_bytes, memory.available_bytes
    heap = gpu.shared_bytes or (vulkan_heap(total) if total is not None else None)
    heap = min(heap, total) if heap is not None and total is not None else heap
    free = min(heap, available) if heap is not None and available is not None else None
    budget = min(heap, max(0, available - reserve)) if heap is not None and available is not None else None
    carve = gpu.memory_bytes if gpu.vendor != "amd" and gpu.memory_bytes and gpu.memory_bytes <= _SMALL else None
    return replace(
        own,
        memory_bytes=heap,
        free_bytes=free,
        budget_bytes=budget,
        carve_out_bytes=carve,
        shared_bytes=gpu.shared_bytes,
    )
