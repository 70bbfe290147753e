"""The same machine with another amount of RAM (`--ram`), and what that means for GPUs that compute in it."""

from __future__ import annotations

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import Gpu, Hardware, Memory, MemoryKind, ProbeSource
from llmadvise.probe.budget import budget_bytes
from llmadvise.record import replace


def with_ram(machine: Hardware, ram_bytes: int | None, calibration: MemoryCalibration) -> Hardware:
    """The machine with other RAM; how much of that is free is not known then."""
    if ram_bytes is None:
        return machine
    left = tuple(finding for finding in machine.findings if not finding.rule.startswith(("ram-", "cgroup-")))
    sources = (*machine.sources, ProbeSource(source="option --ram", status="read"))
    memory = Memory(total_bytes=ram_bytes)
    gpus = tuple(_with_ram(gpu, memory, machine.memory.total_bytes, calibration) for gpu in machine.gpus)
    return replace(machine, memory=memory, gpus=gpus, findings=left, sources=sources)


def _with_ram(gpu: Gpu, memory: Memory, before: int | None, calibration: MemoryCalibration) -> Gpu:
    """A GPU that shares the RAM addresses as much of the new one: all of it, or the part that its driver mapped before."""
    total = memory.total_bytes
    if not gpu.unified or total is None:
        return gpu
    size = total
    if gpu.memory_kind in {MemoryKind.CARVE_OUT, MemoryKind.SHARED} and gpu.memory_bytes and before:
        size = min(total, round(gpu.memory_bytes * total / before))
    fraction = None
    if gpu.vendor == "apple":
        from llmadvise.probe.apple import default_wired_fraction  # noqa: PLC0415 - on a Mac alone

        fraction = default_wired_fraction(total_bytes=total, system_version=None)
    other = replace(gpu, memory_bytes=size, free_bytes=None)
    return replace(other, budget_bytes=budget_bytes(other, memory=memory, calibration=calibration, fraction=fraction))
