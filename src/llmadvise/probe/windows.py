"""A Windows machine: NVIDIA by NVML, other adapters by DXGI and the registry, the rest by psutil."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts, Hardware, Memory, Platform
from llmadvise.probe.bandwidth import with_bandwidth
from llmadvise.probe.complete import complete_cpu, complete_reading, shared_bandwidth
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.no_gpu import has_signs
from llmadvise.probe.nvidia import read_nvidia
from llmadvise.probe.parallel import Part
from llmadvise.probe.portable import read_portable_cpu, read_portable_memory
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.visible import visible_devices
from llmadvise.probe.windows_adapters import join_adapters
from llmadvise.probe.windows_dxgi import DxgiAdapter, parse_dxgi
from llmadvise.probe.windows_registry import CLASS_KEY, RegistryAdapter, parse_registry


def probe_windows(
    record: Record,
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
    environment: Mapping[str, str],
) -> Hardware:
    """Every way at once; an adapter that several of them see is one."""
    dxgi = Part("DXGI", _read_dxgi, record)
    registry = Part("registry", _read_registry, record)
    memory_part = Part("memory", read_portable_memory, record)
    processor = Part("processor", read_portable_cpu, record)
    first = record.door.seconds_left() / 2
    memory, reading = memory_part.take(first) or Memory(), processor.take(first) or CpuReading()
    nvidia = Part("nvidia GPU", lambda part: _read_nvidia(part, memory, environment), record)
    adapters = join_adapters(
        dxgi.take(first) or [], registry.take(first) or [], memory=memory, facts=gpus,
        reserve=calibration.ram_reserve_bytes, record=record,
    )  # fmt: skip
    found = nvidia.take() or []
    if not found and not any(finding.rule == "gpu-hidden" for finding in record.findings):
        # NVML did not answer; what it lists and a variable hides is hidden here too.
        cards = [item for item in adapters if item.vendor == "nvidia"]
        found = visible_devices(cards, environment, record)
    found += [item for item in adapters if item.vendor != "nvidia"]
    cpu, row = complete_cpu(reading, cpus)
    cpu = with_bandwidth(cpu, row, None)
    done = tuple(
        complete_reading(gpu, index=index, facts=gpus, memory=memory, calibration=calibration, record=record)
        for index, gpu in enumerate(found)
    )
    if not done:
        record.note("gpu-none", "No GPU of NVIDIA, AMD or Intel was found; models run on the processor.")
    return Hardware(platform=Platform.WINDOWS, cpu=cpu, memory=memory, gpus=shared_bandwidth(done, cpu, row))


def _read_nvidia(record: Record, memory: Memory, environment: Mapping[str, str]) -> list[GpuReading]:
    # NVML is part of the driver; a failed start there says that there is none, so no sign of a device is looked for.
    root = environment.get("SYSTEMROOT", r"C:\Windows")
    expected = record.exists(rf"{root}\System32\nvml.dll") or has_signs(record)
    return read_nvidia(record, devices=(), memory=memory, environment=environment, expected=expected)


def _read_dxgi(record: Record) -> list[DxgiAdapter]:
    answer = record.door.system_values("dxgi")
    record.look("dxgi", answer.status, answer.detail)
    return parse_dxgi(answer.text)


def _read_registry(record: Record) -> list[RegistryAdapter]:
    answer = record.door.system_values("registry")
    record.look(CLASS_KEY, answer.status, answer.detail)
    return parse_registry(answer.text)
