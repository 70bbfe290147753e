"""Devices that nobody looked at: idle ones of the catalog, and what a hardware file leaves out."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import Cpu, CpuFacts, Gpu, GpuFacts, Hardware, Memory
from llmadvise.probe.bandwidth import with_bandwidth
from llmadvise.probe.budget import budget_bytes, note_memory_in_use
from llmadvise.probe.complete import with_facts
from llmadvise.probe.identify import Match, identify_cpu, identify_gpu
from llmadvise.probe.record import Record
from llmadvise.record import replace


def idle_gpu(facts: GpuFacts, *, index: int, memory_bytes: int | None) -> Gpu:
    """A GPU of this row that nobody uses; `memory_bytes` is what it can address."""
    return Gpu(
        index=index,
        vendor=facts.vendor,
        name=facts.name,
        id=facts.id,
        memory_bytes=memory_bytes,
        # Of memory that the system shares, nobody knows how much is free.
        free_bytes=None if facts.unified else memory_bytes,
        unified=facts.unified,
    )


def complete_described(
    hardware: Hardware,
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
    open_backends: frozenset[int] = frozenset(),
) -> Hardware:
    """The machine with ids, bandwidths, backends and budgets from the catalog wherever the description has none.

    `open_backends` are the places of the GPUs whose backends are unknown; an empty list elsewhere means that the
    driver does not work.
    """
    record = Record()
    done = []
    for place, gpu in enumerate(hardware.gpus):
        opened = place in open_backends
        done.append(_complete_gpu(gpu, hardware.memory, gpus, calibration, record, choose_backends=opened))
    known = {(finding.rule, finding.evidence) for finding in hardware.findings}
    added = (finding for finding in record.findings if (finding.rule, finding.evidence) not in known)
    return replace(
        hardware, cpu=complete_cpu_row(hardware.cpu, cpus), gpus=tuple(done), findings=(*hardware.findings, *added)
    )


def _complete_gpu(
    gpu: Gpu,
    memory: Memory,
    facts: Mapping[str, GpuFacts],
    calibration: MemoryCalibration,
    record: Record,
    *,
    choose_backends: bool,
) -> Gpu:
    match = _match(gpu, memory, facts)
    gpu = with_facts(gpu, match, record=record, choose_backends=choose_backends)
    row = match.facts if match is not None else None
    if row is not None:
        gpu = replace(
            gpu, vendor=gpu.vendor or row.vendor, name=gpu.name or row.name, unified=gpu.unified or row.unified
        )
    if gpu.memory_bytes is None:
        gpu = replace(gpu, memory_bytes=memory.total_bytes if gpu.unified else row.memory_bytes if row else None)
    if gpu.budget_bytes is None and (gpu.backends or choose_backends):
        fraction = row.default_budget_fraction if row is not None else None
        gpu = replace(gpu, budget_bytes=budget_bytes(gpu, memory=memory, calibration=calibration, fraction=fraction))
    note_memory_in_use(gpu, record)
    if gpu.memory_bytes is None:
        record.warn(
            "gpu-memory-unknown", f"The memory of GPU {gpu.index} ({gpu.name}) is not known.", f"gpu{gpu.index}"
        )
    return gpu


def _match(gpu: Gpu, memory: Memory, facts: Mapping[str, GpuFacts]) -> Match | None:
    if gpu.id is not None and gpu.id in facts:
        return Match(facts=facts[gpu.id])
    return identify_gpu(
        gpu.partition_of or gpu.name,
        facts,
        vendor=gpu.vendor or None,
        memory_bytes=None if gpu.partition_of else gpu.memory_bytes or (memory.total_bytes if gpu.unified else None),
    )


def complete_cpu_row(cpu: Cpu, facts: Mapping[str, CpuFacts]) -> Cpu:
    """The processor with its row's id, cores, architecture, features and bandwidth where it has none."""
    row = facts.get(cpu.id) if cpu.id is not None else identify_cpu([cpu.name or ""], facts)
    if row is None:
        return cpu
    filled = replace(
        cpu,
        id=row.id,
        name=cpu.name or row.name,
        cores=cpu.cores or row.cores,
        architecture=cpu.architecture or row.architecture,
        features=cpu.features or row.features,
    )
    return filled if cpu.memory_bandwidth is not None else with_bandwidth(filled, row, None)
