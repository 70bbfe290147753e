"""How much of a GPU's memory may be planned with."""

from __future__ import annotations

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import Gpu, GpuFacts, Memory
from llmadvise.probe.record import Record
from llmadvise.probe.text import gib

_BUSY = 0.25
"""More than this part in use by others is worth a word; a desktop with a browser stays below on most cards."""


def budget_bytes(
    gpu: Gpu, *, memory: Memory, calibration: MemoryCalibration, fraction: float | None = None
) -> int | None:
    """Free memory less the reserve; without a free size the total less the reserve; None when neither is known.

    A unified device leaves the larger reserve of the operating system, which lives in the same memory, and never
    takes more than a limit on this process leaves. Where the system sets a fraction (Apple) that is the budget.
    """
    if fraction is not None and gpu.unified and gpu.memory_bytes is not None:
        return int(gpu.memory_bytes * fraction)
    size = gpu.free_bytes if gpu.free_bytes is not None else gpu.memory_bytes
    if size is None:
        return None
    if not gpu.unified:
        return max(0, size - calibration.gpu_reserve_bytes)
    if memory.limit_bytes is not None:
        size = min(size, memory.limit_bytes)
    return max(0, size - calibration.ram_reserve(size, free_known=gpu.free_bytes is not None))


def mapping_limit(facts: GpuFacts) -> str | None:
    """What to know of a described chip that shares its memory and whose driver maps a part of it by default."""
    if not facts.unified or facts.vendor != "amd":
        return None
    return (
        f"{facts.name} is planned with all RAM but the reserve; Linux lets the GPU map half of it until the kernel option "
        "ttm.pages_limit is raised."
    )


def note_memory_in_use(gpu: Gpu, record: Record) -> None:
    """Say how much others hold when it is a good part of the device."""
    if gpu.unified or gpu.memory_bytes is None or gpu.free_bytes is None:
        return
    used = gpu.memory_bytes - gpu.free_bytes
    if used <= _BUSY * gpu.memory_bytes:
        return
    message = (
        f"{gib(used)} of the {gib(gpu.memory_bytes)} of GPU {gpu.index} ({gpu.name}) are in use; "
        f"planned with the {gib(gpu.free_bytes)} that are free."
    )
    record.warn("gpu-memory-in-use", message, f"gpu{gpu.index}")
