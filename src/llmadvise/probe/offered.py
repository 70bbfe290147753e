"""Machines that could be had: cards of the catalog in an idle machine, or a processor with so much RAM."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import Cpu, CpuFacts, GpuFacts, Hardware, Memory, Platform
from llmadvise.probe.described import complete_described, idle_gpu


def with_cards(
    facts: GpuFacts, count: int, *, gpus: Mapping[str, GpuFacts], calibration: MemoryCalibration
) -> Hardware:
    """So many cards of one kind, all their memory free; the RAM beside them is not known.

    A chip that shares its memory with the processor brings it along.
    """
    size = facts.memory_bytes
    described = Hardware(
        platform=Platform.MACOS if facts.vendor == "apple" else Platform.LINUX,
        memory=Memory(total_bytes=size) if facts.unified else Memory(),
        gpus=tuple(idle_gpu(facts, index=index, memory_bytes=size) for index in range(count)),
        name=facts.name if count == 1 else f"{count}x {facts.name}",
    )
    return complete_described(
        described, gpus=gpus, cpus={}, calibration=calibration, open_backends=frozenset(range(count))
    )


def with_ram(
    facts: CpuFacts, ram_bytes: int, *, cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration
) -> Hardware:
    """A processor of the catalog without a GPU."""
    described = Hardware(
        platform=Platform.LINUX,
        cpu=Cpu(id=facts.id, name=facts.name),
        memory=Memory(total_bytes=ram_bytes),
        name=f"{ram_bytes >> 30} GiB RAM, {facts.name}",
    )
    return complete_described(described, gpus={}, cpus=cpus, calibration=calibration)
