"""A Mac, from sysctl, ioreg and psutil."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts, Hardware, Memory, Platform
from llmadvise.probe.apple import AppleReading, read_apple, read_gpu_cores, read_values
from llmadvise.probe.bandwidth import with_bandwidth
from llmadvise.probe.complete import complete_cpu, complete_reading
from llmadvise.probe.parallel import Part
from llmadvise.probe.portable import read_portable_memory
from llmadvise.probe.record import Record


def probe_mac(
    record: Record, *, gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration
) -> Hardware:
    """Look at the Mac this runs on."""
    parts = (Part("memory", read_portable_memory, record), Part("sysctl", read_values, record))
    graphics = Part("GPU cores", read_gpu_cores, record)
    memory, values, cores = parts[0].take() or Memory(), parts[1].take() or {}, graphics.take()
    reading = read_apple(record, values=values, cores=cores, available_bytes=memory.available_bytes)
    return join_apple(reading, memory, record, gpus=gpus, cpus=cpus, calibration=calibration)


def join_apple(
    reading: AppleReading,
    memory: Memory,
    record: Record,
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
) -> Hardware:
    """The machine of a reading."""
    memory = replace(memory, total_bytes=reading.total_bytes or memory.total_bytes)
    cpu, row = complete_cpu(reading.cpu, cpus)
    cpu = with_bandwidth(cpu, row, None)
    done = tuple(
        complete_reading(gpu, index=index, facts=gpus, memory=memory, calibration=calibration, record=record)
        for index, gpu in enumerate(reading.gpus)
    )
    return Hardware(platform=Platform.MACOS, cpu=cpu, memory=memory, gpus=done)
