"""A Linux machine, from /proc, /sys and the drivers' libraries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts, Hardware, Memory, Platform
from llmadvise.probe.bandwidth import assumed_bandwidth, with_bandwidth
from llmadvise.probe.complete import complete_cpu, complete_reading, shared_bandwidth
from llmadvise.probe.dimms import read_modules
from llmadvise.probe.linux_cpu import CpuReading, read_linux_cpu
from llmadvise.probe.linux_memory import read_linux_memory
from llmadvise.probe.no_gpu import explain_no_gpu, has_signs, read_by_name
from llmadvise.probe.parallel import Part
from llmadvise.probe.pci import PciDevice, read_display_devices
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
    """The machine below the record's root; `nvml` and `allowed` stand in for the library and the affinity mask.

    A file of a sleeping device may not answer, so no two of these wait for each other.
    """
    bus = Part("bus", read_display_devices, record)
    signs = Part("NVIDIA driver", has_signs, record)
    parts = (
        Part("memory", read_linux_memory, record),
        Part("processor", lambda part: read_linux_cpu(part, allowed=allowed), record),
        Part("memory modules", read_modules, record),
        Part("chassis", is_laptop, record),
    )
    first = record.door.seconds_left() / 2
    memory, reading = parts[0].take(first) or Memory(), parts[1].take(first) or CpuReading()
    modules, laptop = parts[2].take(first), parts[3].take(first)
    devices = bus.take(first) or ()
    # A driver whose files hang is there; asking it will tell no more, and is no slower.
    driver = signs.take(first) is not False
    cpu, row = complete_cpu(reading, cpus)
    cpu = with_bandwidth(cpu, row, modules)
    if cpu.memory_bandwidth is None and reading.cores is not None:
        cpu = assumed_bandwidth(cpu, record, modules=modules)
    found = _read_gpus(
        record, devices, driver=driver or nvml is not None, memory=memory, cpu_names=reading.names,
        calibration=calibration, environment=environment, nvml=nvml,
    )  # fmt: skip
    done = tuple(
        complete_reading(
            gpu, index=index, facts=gpus, memory=memory, calibration=calibration, record=record, laptop=bool(laptop)
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
    devices: Sequence[PciDevice],
    *,
    driver: bool,
    memory: Memory,
    cpu_names: Sequence[str],
    calibration: MemoryCalibration,
    environment: Mapping[str, str],
    nvml: object | None,
) -> list[GpuReading]:
    """Every vendor's devices: boxes with cards of two vendors exist, so no vendor ends the search."""
    reserve = calibration.ram_reserve_bytes
    jobs: dict[str, Callable[[Record], list[GpuReading]]] = {}
    vendors = {device.vendor for device in devices}
    if "nvidia" in vendors or driver:
        from llmadvise.probe.nvidia import read_nvidia  # noqa: PLC0415 - only where there is one

        jobs["nvidia"] = lambda part: read_nvidia(
            part, devices=devices, memory=memory, environment=environment, library=nvml
        )
    if "amd" in vendors:
        from llmadvise.probe.amd import read_amd  # noqa: PLC0415 - only where there is one

        jobs["amd"] = lambda part: read_amd(
            part, devices=devices, memory=memory, cpu_names=cpu_names, reserve=reserve, environment=environment
        )
    if "intel" in vendors:
        from llmadvise.probe.intel import read_intel  # noqa: PLC0415 - only where there is one

        jobs["intel"] = lambda part: read_intel(part, devices=devices, memory=memory, reserve=reserve)
    chip = next((name for name in cpu_names if name.startswith("Apple M")), None)
    if chip is not None:
        from llmadvise.probe.asahi import read_asahi  # noqa: PLC0415 - only where there is one

        jobs["apple"] = lambda part: read_asahi(part, chip=chip, memory=memory)
    under_way = {vendor: Part(f"{vendor} GPU", job, record) for vendor, job in jobs.items()}
    found: list[GpuReading] = []
    for vendor, part in under_way.items():
        readings = part.take()
        found += read_by_name(record, vendor, devices) if readings is None else readings
    told = any(finding.rule.startswith(("gpu-", "probe-", "mig-")) for finding in record.findings)
    if not found and not told:
        Part("explanation", explain_no_gpu, record).take()
    return found


def is_laptop(record: Record) -> bool:
    """Whether the firmware calls the chassis portable, laptop, notebook, sub-notebook or convertible."""
    return (record.read("/sys/class/dmi/id/chassis_type") or "").strip() in _PORTABLE
