"""Joins what a driver or a file says about devices with their catalog rows and budgets."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Backend, Cpu, CpuFacts, Gpu, GpuFacts, Memory, MemoryKind
from llmadvise.probe.budget import budget_bytes, note_memory_in_use
from llmadvise.probe.identify import Match, identify_cpu, identify_gpu
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.text import LARGEST_MEMORY, gib
from llmadvise.record import replace

_MOST_NAMES = 4


def complete_reading(
    reading: GpuReading,
    *,
    index: int,
    facts: Mapping[str, GpuFacts],
    memory: Memory,
    calibration: MemoryCalibration,
    record: Record,
    laptop: bool = False,
) -> Gpu:
    """The GPU of a reading with its row's facts and a budget."""
    if (reading.memory_bytes or 0) >= LARGEST_MEMORY:
        record.warn("gpu-memory-unknown", f"{reading.name} reports a size that cannot be.", f"gpu{index}")
        reading = replace(reading, memory_bytes=None, free_bytes=None, budget_bytes=None, installed_bytes=None)
    match = identify_gpu(
        reading.partition_of or reading.name,
        facts,
        vendor=reading.vendor,
        pci_id=reading.pci_id,
        memory_bytes=reading.parent_bytes or reading.installed_bytes or reading.memory_bytes,
        gpu_cores=reading.gpu_cores,
        laptop=laptop,
    )
    gpu = Gpu(
        index=index, vendor=reading.vendor, name=reading.name, memory_bytes=reading.memory_bytes,
        free_bytes=reading.free_bytes, budget_bytes=reading.budget_bytes,
        unified=bool(reading.unified), compute_capability=reading.compute_capability, driver=reading.driver,
        power_limit_watts=reading.power_limit_watts,
        backends=reading.backends or (), partition_of=reading.partition_of, pci_id=reading.pci_id,
        carve_out_bytes=reading.carve_out_bytes, shared_bytes=reading.shared_bytes, gpu_cores=reading.gpu_cores,
        memory_kind=memory_kind(reading.vendor, unified=bool(reading.unified)) if reading.memory_bytes is not None or reading.unified else None,
    )  # fmt: skip
    gpu = with_facts(gpu, match, record=record, choose_backends=reading.backends is None)
    if gpu.memory_bytes is None and reading.backends is None:
        gpu = _with_known_size(gpu, match, record)
    if reading.backends == ():
        return gpu
    whole = reading.parent_bytes or (match.facts.memory_bytes if match is not None else None)
    gpu = _slice_bandwidth(gpu, whole)
    if gpu.budget_bytes is None:
        gpu = replace(gpu, budget_bytes=budget_bytes(gpu, memory=memory, calibration=calibration))
    note_memory_in_use(gpu, record)
    return gpu


def _with_known_size(gpu: Gpu, match: Match | None, record: Record) -> Gpu:
    """A device that gave no answer, with the memory of its row where every row that it may be has the same."""
    sizes = {row.memory_bytes for row in (match.facts, *match.others)} if match is not None else set()
    size = sizes.pop() if len(sizes) == 1 else None
    if size is None:
        record.warn("gpu-memory-unknown", f"The memory of {gpu.name} could not be read.", f"gpu{gpu.index}")
        return gpu
    record.warn("gpu-memory-assumed", f"{gpu.name} gave no answer; the {gib(size)} of its kind are assumed.", gpu.id)
    return replace(gpu, memory_bytes=size)


def memory_kind(vendor: str, *, unified: bool) -> MemoryKind:
    """Whose memory a GPU of this vendor computes in where it shares the RAM, or not."""
    if not unified:
        return MemoryKind.DEDICATED
    return {"amd": MemoryKind.CARVE_OUT, "apple": MemoryKind.UNIFIED, "nvidia": MemoryKind.UNIFIED}.get(
        vendor, MemoryKind.SHARED
    )


def with_facts(gpu: Gpu, match: Match | None, *, record: Record, choose_backends: bool) -> Gpu:
    """The GPU with what its catalog row knows and the driver did not say; findings where rows fail or tie."""
    if match is None:
        record.note(
            "gpu-unidentified",
            f"GPU {gpu.index} ({gpu.name}) is not in the catalog, so its speed is not known.",
            f"gpu{gpu.index}",
        )
        return gpu
    facts = match.facts
    note_tie(f"GPU {gpu.index} ({gpu.name})", match, record)
    named = gpu.name.startswith(("AMD GPU ", "Intel GPU ", "NVIDIA device "))
    gpu = replace(
        gpu,
        id=gpu.id or facts.id,
        name=facts.name if named else gpu.name,
        compute_capability=gpu.compute_capability or facts.compute_capability,
        backends=facts.backends if choose_backends else _supported(gpu, facts),
    )
    if gpu.memory_bandwidth is None and facts.memory_bandwidth is not None:
        gpu = replace(
            gpu, memory_bandwidth=facts.memory_bandwidth, bandwidth_basis=Basis.DECLARED,
            bandwidth_source=f"catalog row {facts.id}",
        )  # fmt: skip
    return gpu


def _supported(gpu: Gpu, facts: GpuFacts) -> tuple[Backend, ...]:
    """The driver's backends without ROCm where AMD does not support this chip."""
    return tuple(backend for backend in gpu.backends if backend is not Backend.ROCM or backend in facts.backends)


def note_tie(name: str, match: Match, record: Record) -> None:
    """Say which other products a name may mean, where they are faster or larger."""
    own = (match.facts.memory_bandwidth, match.facts.memory_bytes)
    others = sorted({row.name for row in match.others if (row.memory_bandwidth, row.memory_bytes) != own})
    if others:
        more = f" and {len(others) - _MOST_NAMES} more" if len(others) > _MOST_NAMES else ""
        taken = f"{match.facts.name} is assumed{f', since {match.reason}' if match.reason else ''}"
        message = f"{name} may also be {', '.join(others[:_MOST_NAMES])}{more}; {taken}."
        if match.reason is None:
            record.note("gpu-ambiguous", message, match.facts.id)
        else:
            # It is not the slowest, so what is promised may be too much.
            record.warn("gpu-ambiguous", message, match.facts.id)


def _slice_bandwidth(gpu: Gpu, whole_bytes: int | None) -> Gpu:
    """A slice reads as fast as its part of the memory: the hardware divides both along the same lines."""
    if gpu.partition_of is None or gpu.memory_bandwidth is None:
        return gpu
    if not whole_bytes or gpu.memory_bytes is None:
        return replace(gpu, memory_bandwidth=None, bandwidth_basis=None, bandwidth_source=None)
    share = min(1.0, gpu.memory_bytes / whole_bytes)
    return replace(
        gpu,
        memory_bandwidth=int(gpu.memory_bandwidth * share),
        bandwidth_basis=Basis.COMPUTED,
        bandwidth_source=f"{gpu.bandwidth_source}, times the slice's part of the memory",
    )


def shared_bandwidth(gpus: tuple[Gpu, ...], cpu: Cpu, facts: CpuFacts | None) -> tuple[Gpu, ...]:
    """Integrated GPUs of AMD and Intel read the same RAM as the processor, whatever a typical row says.

    Where the processor's peak equals the row's bandwidth the memory is soldered to that speed and the row stands.
    """
    done = []
    for gpu in gpus:
        if gpu.unified and gpu.vendor in {"amd", "intel"} and not _soldered(gpu, facts):
            slower = [value for value in (gpu.memory_bandwidth, cpu.memory_bandwidth) if value is not None]
            source = f"shares the RAM: {cpu.bandwidth_source}" if cpu.bandwidth_source else gpu.bandwidth_source
            gpu = replace(  # noqa: PLW2901
                gpu, memory_bandwidth=min(slower, default=None), bandwidth_basis=Basis.ASSUMED if slower else None,
                bandwidth_source=source,
            )  # fmt: skip
        done.append(gpu)
    return tuple(done)


def _soldered(gpu: Gpu, facts: CpuFacts | None) -> bool:
    return facts is not None and facts.peak_bandwidth is not None and facts.peak_bandwidth == gpu.memory_bandwidth


def complete_cpu(reading: CpuReading, facts: Mapping[str, CpuFacts]) -> tuple[Cpu, CpuFacts | None]:
    """The processor of a reading, with its row where the name is known."""
    row = identify_cpu(reading.names, facts, packages=reading.packages)
    cpu = Cpu(
        name=reading.names[0] if reading.names else None,
        architecture=reading.architecture,
        cores=reading.cores,
        features=reading.features,
        id=row.id if row is not None else None,
    )
    return cpu, row
