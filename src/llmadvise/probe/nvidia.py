"""NVIDIA GPUs: asks NVML, then nvidia-smi, then the kernel module, and tells a broken driver from no GPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from llmadvise.domain.hardware import Backend, Memory
from llmadvise.probe.no_gpu import has_signs
from llmadvise.probe.nvidia_fallback import explain_failure, read_kernel_names, read_nvidia_smi
from llmadvise.probe.nvml import Nvml, slices
from llmadvise.probe.pci import PciDevice
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.visible import visible_devices

_NO_LIBRARY = frozenset(
    {"NVMLError_LibraryNotFound", "ModuleNotFoundError", "ImportError", "NVMLError_FunctionNotFound"}
)
_MOST_DEVICES = 64
_LEAST_MILLIWATTS, _MOST_MILLIWATTS = 1_000, 10_000_000
_BACKENDS = (Backend.CUDA, Backend.VULKAN)


def read_nvidia(
    record: Record,
    *,
    devices: Sequence[PciDevice],
    memory: Memory,
    environment: Mapping[str, str],
    library: object | None = None,
    expected: bool | None = None,
) -> list[GpuReading]:
    """The NVIDIA GPUs that this process may use; `library` stands in for pynvml.

    Nothing is imported on a machine without any sign of an NVIDIA driver or device; `expected` skips that look.
    """
    own = [device for device in devices if device.vendor == "nvidia"]
    if expected is None:
        expected = library is not None or bool(own) or has_signs(record)
    if not expected:
        return []
    nvml, problem = _open(record, library)
    found: list[GpuReading] = []
    if nvml is not None and problem is None:
        found = read_nvml(nvml, record, memory=memory)
        nvml.close()
        record.look("nvml", "read", f"{len(found)} devices")
    else:
        record.look("nvml", "absent" if problem in _NO_LIBRARY else "failed", problem)
        # A library that is there and fails fails in nvidia-smi too, which only loads it.
        if problem in _NO_LIBRARY:
            found, said = read_nvidia_smi(record, memory=memory)
            problem = said or problem
    if not found:
        found = [*read_kernel_names(record, own)]
        explain_failure(record, problem, found)
        return found
    return visible_devices(found, environment, record)


def _open(record: Record, library: object | None) -> tuple[Nvml | None, str | None]:
    if library is None:
        try:
            library = record.door.library("nvml")
        except ImportError as error:
            return None, type(error).__name__
    nvml = Nvml(library)
    return nvml, nvml.open()


def read_nvml(nvml: Nvml, record: Record, *, memory: Memory) -> list[GpuReading]:
    """Every device that an opened library lists: a divided card as its slices."""
    driver = nvml.text("nvmlSystemGetDriverVersion")
    found: list[GpuReading] = []
    for index in range(min(nvml.number("nvmlDeviceGetCount") or 0, _MOST_DEVICES)):
        handle, problem = nvml.ask_why("nvmlDeviceGetHandleByIndex", index)
        if handle is None:
            record.warn("gpu-driver-broken", f"NVIDIA device {index} does not answer ({problem}).", "nvml")
            continue
        found.extend(_read_card(nvml, handle, record, driver=driver, memory=memory))
    return found


def _read_card(nvml: Nvml, handle: object, record: Record, *, driver: str | None, memory: Memory) -> list[GpuReading]:
    name = nvml.text("nvmlDeviceGetName", handle) or "NVIDIA GPU"
    capability = nvml.pair("nvmlDeviceGetCudaComputeCapability", handle)
    sizes = nvml.memory(handle)
    whole = GpuReading(
        vendor="nvidia",
        name=name,
        pci_id=nvml.pci_id(handle),
        memory_bytes=sizes[0] if isinstance(sizes, tuple) else None,
        free_bytes=sizes[1] if isinstance(sizes, tuple) else None,
        compute_capability=f"{capability[0]}.{capability[1]}" if capability else None,
        driver=driver,
        backends=_BACKENDS,
        uuid=nvml.text("nvmlDeviceGetUUID", handle),
        power_limit_watts=_watts(nvml.number("nvmlDeviceGetEnforcedPowerLimit", handle)),
    )
    parts = slices(nvml, handle)
    if parts is None:
        return [_with_memory(whole, sizes, memory, record)]
    if not parts:
        record.warn(
            "mig-without-slices", f"{name} is in MIG mode without a slice; create one with `nvidia-smi mig`.", "nvml"
        )
    return [_read_slice(nvml, whole, part.handle, part.name, part.uuid) for part in parts]


def _watts(milliwatts: int | None) -> int | None:
    """Watts of a limit in milliwatts; None for one that no card has."""
    if milliwatts is None or not _LEAST_MILLIWATTS <= milliwatts <= _MOST_MILLIWATTS:
        return None
    return round(milliwatts / 1_000)


def _read_slice(nvml: Nvml, whole: GpuReading, handle: object, name: str | None, uuid: str | None) -> GpuReading:
    """One slice. Slices never add up: no model spans two of them."""
    sizes = nvml.memory(handle)
    total, free = sizes if isinstance(sizes, tuple) else (None, None)
    return replace(
        whole,
        name=name if name and "MIG" in name else f"{whole.name} MIG",
        memory_bytes=total,
        free_bytes=free,
        uuid=uuid,
        partition_of=whole.name,
        parent_bytes=whole.memory_bytes,
        power_limit_watts=None,
    )


def _with_memory(gpu: GpuReading, sizes: tuple[int, int] | str | None, memory: Memory, record: Record) -> GpuReading:
    """A card whose memory the library cannot tell: one that shares the RAM (GB10, Thor, Orin), or an unknown."""
    if isinstance(sizes, tuple):
        return gpu
    if sizes == "NVMLError_NotSupported":
        return shared_memory(gpu, memory)
    record.warn("gpu-memory-unknown", f"The driver does not tell the memory of {gpu.name} ({sizes}).", "nvml")
    return gpu


def shared_memory(gpu: GpuReading, memory: Memory) -> GpuReading:
    """The GPU as one that addresses the RAM."""
    return replace(
        gpu,
        unified=True,
        memory_bytes=memory.total_bytes,
        installed_bytes=memory.total_bytes,
        free_bytes=memory.available_bytes,
    )
