"""Display adapters of a Windows machine from the registry, which knows sizes above 4 GiB where WMI does not."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import Backend, CpuFacts, GpuFacts, Hardware, Platform
from llmadvise.probe.bandwidth import with_bandwidth
from llmadvise.probe.complete import complete_cpu, complete_reading, shared_bandwidth
from llmadvise.probe.nvidia import read_nvidia
from llmadvise.probe.portable import read_portable_cpu, read_portable_memory
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.text import clean

_CLASS = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"
_VENDORS = {"1002": "amd", "8086": "intel"}
_MOST_ADAPTERS = 32


def parse_adapter(values: Mapping[str, object]) -> GpuReading | None:
    """One adapter key; None for virtual adapters, which have no PCI id of a GPU vendor, and for NVIDIA (NVML reads those).

    The size is a number, or bytes in little-endian order with some drivers.
    """
    identity = str(values.get("MatchingDeviceId", "")).lower()
    vendor, device = _part(identity, "ven_"), _part(identity, "dev_")
    if vendor not in _VENDORS or not device:
        return None
    size = values.get("HardwareInformation.qwMemorySize")
    memory = size if isinstance(size, int) else int.from_bytes(size, "little") if isinstance(size, bytes) else None
    return GpuReading(
        vendor=_VENDORS[vendor], name=clean(str(values.get("DriverDesc", ""))) or f"GPU {vendor}:{device}",
        pci_id=f"{vendor}:{device}", memory_bytes=memory or None, driver=clean(str(values.get("DriverVersion", ""))) or None,
        backends=(Backend.VULKAN,),
    )  # fmt: skip


def _part(identity: str, label: str) -> str:
    _, found, rest = identity.partition(label)
    return rest[:4] if found else ""


def read_windows_gpus(record: Record) -> list[GpuReading]:
    """AMD and Intel adapters of the registry, one of each kind: drivers leave keys behind for one device."""
    found: dict[tuple[str, str | None], GpuReading] = {}
    for values in _adapter_keys():
        reading = parse_adapter(values)
        if reading is not None:
            found.setdefault((reading.name, reading.pci_id), reading)
    record.look(_CLASS, "read", f"{len(found)} adapters")
    return list(found.values())


def _adapter_keys() -> list[dict[str, object]]:
    keys: list[dict[str, object]] = []
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - exists on Windows alone

        for number in range(_MOST_ADAPTERS):
            try:
                with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{_CLASS}\{number:04d}") as key:
                    values = [winreg.EnumValue(key, place) for place in range(winreg.QueryInfoKey(key)[1])]
            except OSError:
                continue
            keys.append({name: value for name, value, _ in values})
    return keys


def probe_windows(
    record: Record,
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
    environment: Mapping[str, str],
) -> Hardware:
    """A Windows machine: NVIDIA by NVML, other GPUs by the registry, the rest by psutil."""
    memory = read_portable_memory(record)
    cpu, row = complete_cpu(read_portable_cpu(record), cpus)
    cpu = with_bandwidth(cpu, row, None)
    # NVML is part of the driver; a failed start there says that there is none, so no sign is looked for.
    found = read_nvidia(record, devices=(), memory=memory, environment=environment, expected=_has_nvml(environment))
    found += read_windows_gpus(record)
    done = tuple(
        complete_reading(gpu, index=index, facts=gpus, memory=memory, calibration=calibration, record=record)
        for index, gpu in enumerate(found)
    )
    return Hardware(platform=Platform.WINDOWS, cpu=cpu, memory=memory, gpus=shared_bandwidth(done, cpu, row))


def _has_nvml(environment: Mapping[str, str]) -> bool:
    return os.path.exists(os.path.join(environment.get("SYSTEMROOT", r"C:\Windows"), "System32", "nvml.dll"))  # noqa: PTH110, PTH118
