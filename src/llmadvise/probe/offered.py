"""Machines that could be had: cards of the catalog in an idle machine, or a processor with so much RAM."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import Cpu, CpuFacts, Gpu, GpuFacts, Hardware, Memory, Platform
from llmadvise.probe.described import complete_described


def with_cards(
    facts: GpuFacts, count: int, *, gpus: Mapping[str, GpuFacts], calibration: MemoryCalibration
) -> Hardware:
    """So many cards of one kind, all their memory free; the RAM beside them is not known.

    A chip that shares its memory with the processor brings it along.
    """
    size = facts.memory_bytes
    cards = tuple(
        Gpu(
            index=index,
            vendor=facts.vendor,
            name=facts.name,
            id=facts.id,
            memory_bytes=size,
            free_bytes=None if facts.unified else size,
            unified=facts.unified,
        )
        for index in range(count)
    )
    described = Hardware(
        platform=Platform.MACOS if facts.vendor == "apple" else Platform.LINUX,
        memory=Memory(total_bytes=size) if facts.unified else Memory(),
        gpus=cards,
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
