"""How fast the processor reads its RAM: declared by its catalog row and modules, else assumed."""

from __future__ import annotations

from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Cpu, CpuFacts
from llmadvise.probe.dimms import Modules
from llmadvise.probe.record import Record
from llmadvise.record import replace

_LINES_IN_FLIGHT = 12
"""Line fill buffers of a core (Intel 64 and IA-32 Architectures Optimization Reference Manual, Skylake Server)."""
_LINE_BYTES = 64
_LATENCY_NANOSECONDS = 80
"""Of a read from RAM on common desktop and server processors (idle latency, same manual)."""
_DUAL_CHANNEL = 51_200_000_000
"""Two channels x 3200 million transfers x 8 bytes: the most common desktop memory."""


def with_bandwidth(cpu: Cpu, facts: CpuFacts | None, modules: Modules | None) -> Cpu:
    """The processor with the bandwidth of its row, scaled to the modules that are really there.

    Rows hold the vendor's fastest memory; typical = peak times the part that reads usually reach. One module of two
    halves both, which no row can know.
    """
    if facts is None or facts.typical_bandwidth is None:
        return cpu
    if modules is None or facts.peak_bandwidth is None or not facts.memory_channels:
        source = f"catalog row {facts.id}, typical for its memory"
        return replace(
            cpu, memory_bandwidth=facts.typical_bandwidth, bandwidth_basis=Basis.ASSUMED, bandwidth_source=source
        )
    peak = modules.peak_bandwidth(channels=facts.memory_channels)
    share = facts.typical_bandwidth / facts.peak_bandwidth
    return replace(
        cpu,
        memory_bandwidth=round(peak * share),
        bandwidth_basis=Basis.COMPUTED,
        bandwidth_source=f"{modules.described}, {share:.0%} of the peak as in catalog row {facts.id}",
    )


def assumed_bandwidth(cpu: Cpu, record: Record, *, modules: Modules | None = None) -> Cpu:
    """The bandwidth of a processor that no catalog row knows; the same on every run, marked as assumed.

    A core has a bounded number of cache lines under way, so it reads at most lines x line size / latency; all cores
    together read no more than the memory modules give. A benchmark would do better, but not within an answer's time
    and not the same twice.
    """
    cores = cpu.cores or 1
    by_cores = cores * _LINES_IN_FLIGHT * _LINE_BYTES * 10**9 // _LATENCY_NANOSECONDS
    ceiling = modules.peak_bandwidth(channels=None) if modules is not None else _DUAL_CHANNEL
    limit = modules.described if modules is not None else "two channels of DDR4-3200"
    value = two_digits(min(by_cores, ceiling))
    source = f"{cores} cores of {_LINES_IN_FLIGHT} cache lines each in {_LATENCY_NANOSECONDS} ns, at most {limit}"
    record.note("bandwidth-assumed", "The processor is not in the catalog; the speed of its RAM is assumed.", source)
    return replace(cpu, memory_bandwidth=value, bandwidth_basis=Basis.ASSUMED, bandwidth_source=source)


def two_digits(value: int) -> int:
    """The value with two significant digits, which is more than such an assumption knows."""
    return int(float(f"{value:.1e}"))
