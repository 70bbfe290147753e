"""A Linux machine, from /proc, /sys and the drivers' libraries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts, Hardware, Memory, Platform
from llmadvise.probe.bandwidth import with_bandwidth
from llmadvise.probe.complete import complete_cpu, complete_reading, shared_bandwidth
from llmadvise.probe.dimms import read_modules
from llmadvise.probe.linux_cpu import read_linux_cpu
from llmadvise.probe.linux_memory import read_linux_memory
from llmadvise.probe.pci import read_display_devices
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record

_PORTABLE = frozenset({"8", "9", "10", "14", "31"})
"""Chassis types of the SMBIOS specification."""


def probe_linux(
    record: Record,
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
    environment: Mapping[str, str],
    nvml: object | None = None,
    allowed: frozenset[int] | None = None,
) -> Hardware:
    """The machine below the record's root; `nvml` and `allowed` stand in for the library and the affinity mask."""
    memory = read_linux_memory(record)
    reading = read_linux_cpu(record, allowed=allowed)
    cpu, row = complete_cpu(reading, cpus)
    cpu = with_bandwidth(cpu, row, read_modules(record) if row is not None else None)
    found = _read_gpus(
        record, memory=memory, cpu_names=reading.names, calibration=calibration, environment=environment, nvml=nvml
    )
    laptop = found != [] and is_laptop(record)
    done = tuple(
        complete_reading(
            gpu, index=index, facts=gpus, memory=memory, calibration=calibration, record=record, laptop=laptop
        )
        for index, gpu in enumerate(found)
    )
    return Hardware(
        platform=Platform.LINUX,
        cpu=cpu,
        memory=memory,
        gpus=shared_bandwidth(done, cpu, row),
        sources=tuple(record.sources),
        findings=tuple(record.findings),
    )


def _read_gpus(
    record: Record,
    *,
    memory: Memory,
    cpu_names: Sequence[str],
    calibration: MemoryCalibration,
    environment: Mapping[str, str],
    nvml: object | None,
) -> list[GpuReading]:
    """Every vendor's devices: boxes with cards of two vendors exist, so no vendor ends the search."""
    from llmadvise.probe.nvidia import read_nvidia  # noqa: PLC0415

    devices = read_display_devices(record)
    found = read_nvidia(record, devices=devices, memory=memory, environment=environment, library=nvml)
    if any(device.vendor == "amd" for device in devices):
        from llmadvise.probe.amd import read_amd  # noqa: PLC0415 - only where there is one

        reserve = calibration.ram_reserve_bytes
        found += read_amd(record, devices=devices, memory=memory, cpu_names=cpu_names, reserve=reserve)
    if any(device.vendor == "intel" for device in devices):
        from llmadvise.probe.intel import read_intel  # noqa: PLC0415 - only where there is one

        found += read_intel(record, devices=devices, memory=memory, reserve=calibration.ram_reserve_bytes)
    return found


def is_laptop(record: Record) -> bool:
    """Whether the firmware calls the chassis portable, laptop, notebook, sub-notebook or convertible."""
    return (record.read("/sys/class/dmi/id/chassis_type") or "").strip() in _PORTABLE
