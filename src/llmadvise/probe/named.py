"""Machines that people name: from a row of the catalog to a whole machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import (
    Cpu,
    CpuFacts,
    GpuFacts,
    Hardware,
    MachineFacts,
    Memory,
    Platform,
    ProbeSource,
)
from llmadvise.probe.budget import mapping_limit
from llmadvise.probe.described import complete_described, idle_gpu
from llmadvise.probe.names import closest, exact_key


def find_machine(text: str, machines: Mapping[str, MachineFacts]) -> MachineFacts | None:
    """The machine of this id, name or alias, or the only one that begins so; case, spaces and punctuation are free."""
    direct = machines.get(text.strip().lower())
    wanted = exact_key(text)
    if direct is not None or not wanted:
        return direct
    keys = {row.id: {exact_key(name) for name in _names(row)} for row in machines.values()}
    exact = [id_ for id_, known in keys.items() if wanted in known]
    begun = [id_ for id_, known in keys.items() if any(key.startswith(wanted) for key in known)]
    found = exact or begun
    return machines[found[0]] if len(found) == 1 else None


def near_machines(text: str, machines: Mapping[str, MachineFacts]) -> list[str]:
    """Ids of up to five machines whose names are most like this one."""
    return list(
        dict.fromkeys(closest(text, {exact_key(name): row.id for row in machines.values() for name in _names(row)}))
    )


def named_machine(
    row: MachineFacts,
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
) -> Hardware:
    """The machine, idle: nothing of its memory is in use."""
    fitted = [gpus[item.gpu] for item in row.gpus for _ in range(item.count)]
    processor = cpus.get(row.cpu) if row.cpu else None
    described = Hardware(
        platform=row.platform,
        cpu=Cpu(name=processor.name, cores=processor.cores, id=processor.id) if processor else Cpu(),
        memory=Memory(total_bytes=row.ram_bytes),
        gpus=tuple(
            idle_gpu(facts, index=place, memory_bytes=row.ram_bytes if facts.unified else facts.memory_bytes)
            for place, facts in enumerate(fitted)
        ),
        sources=(ProbeSource(source=f"catalog: machine {row.id}", status="read"),),
        findings=(*(() if processor else (_no_processor(row),)), *_limits(fitted, row)),
        name=row.name,
    )
    return complete_described(
        described,
        gpus=gpus,
        cpus=cpus,
        calibration=calibration,
        open_backends=frozenset(range(len(fitted))),
    )


def _limits(fitted: list[GpuFacts], row: MachineFacts) -> Iterator[Finding]:
    for facts in fitted if row.platform is Platform.LINUX else ():
        limit = mapping_limit(facts)
        if limit is not None:
            yield Finding(rule="gpu-mapping-limit", verdict=Verdict.WARN, message=limit, evidence=facts.id)


def _no_processor(row: MachineFacts) -> Finding:
    message = f"The processor of {row.name} is not in the catalog, so no speed is told for what lies in its RAM."
    return Finding(rule="cpu-unknown", verdict=Verdict.NOTE, message=message, evidence=row.id)


def _names(row: MachineFacts) -> tuple[str, ...]:
    return (row.id, row.name, *row.aliases)
