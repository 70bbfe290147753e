"""How fast the processor reads its RAM: declared by its catalog row and modules, else measured."""

from __future__ import annotations

from dataclasses import replace

from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Cpu, CpuFacts, Memory
from llmadvise.probe.dimms import Modules
from llmadvise.probe.read_benchmark import ReadRate, measure_read_rate
from llmadvise.probe.record import Record
from llmadvise.probe.text import whole_number
from llmadvise.units import KIB, MIB

_COLD = 4
"""A buffer this many times the last cache mostly comes from RAM."""


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


def measured_bandwidth(cpu: Cpu, memory: Memory, record: Record, *, modules: Modules | None = None) -> Cpu:
    """The processor with a measured bandwidth; a finding says when caches may have answered instead of the RAM."""
    rate = measure_read_rate(cores=cpu.cores or 1, free_bytes=memory.available_bytes)
    if rate is None:
        record.warn("bandwidth-unknown", "The speed of the RAM is not known, so no speed on the CPU can be given.")
        return cpu
    source = f"read benchmark of {rate.buffer_bytes // MIB} MiB on {rate.threads} threads"
    record.look(source, "read")
    cached = _warn_of_caches(rate, record, source)
    value = rate.bytes_per_second
    ceiling = modules.peak_bandwidth(channels=None) if modules is not None else None
    if ceiling is not None and value > ceiling:
        value, source = ceiling, f"{modules.described if modules else ''}, below what the {source} gave"
    basis = Basis.ASSUMED if cached else Basis.MEASURED
    return replace(cpu, memory_bandwidth=value, bandwidth_basis=basis, bandwidth_source=source)


def _warn_of_caches(rate: ReadRate, record: Record, source: str) -> bool:
    """Whether the buffer is too small against the last cache to be sure that RAM was measured."""
    cache = read_last_cache(record)
    if cache is not None and rate.buffer_bytes >= _COLD * cache:
        return False
    size = f"of {cache // MIB} MiB" if cache is not None else "of unknown size"
    record.note(
        "bandwidth-assumed",
        f"The processor is not in the catalog; its memory speed was measured in 20 ms with a buffer that a cache {size} "
        "may have held in part. `llmadvise bench` measures it well.",
        source,
    )
    return True


def read_last_cache(record: Record) -> int | None:
    """Bytes of the last cache before the RAM."""
    folder = "/sys/devices/system/cpu/cpu0/cache"
    for index in ("index3", "index2"):
        text = (record.read(f"{folder}/{index}/size") or "").strip()
        size = whole_number(text.removesuffix("K"))
        if size is not None and text.endswith("K"):
            return size * KIB
    return None
