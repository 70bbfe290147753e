"""Tells why no GPU was found, and names those that are there and do not answer."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.probe.pci import PciDevice
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.visible import in_container

_SIGNS = ("/proc/driver/nvidia", "/dev/nvidiactl", "/dev/nvmap", "/usr/lib/wsl/lib/libnvidia-ml.so.1")
SMI_QUERY = "nvidia-smi --query-gpu="
_NAMES = {"nvidia": "NVIDIA device", "amd": "AMD GPU", "intel": "Intel GPU"}


def has_signs(record: Record) -> bool:
    """Whether something says that there is an NVIDIA driver, working or not."""
    door = record.door
    return (
        any(record.exists(sign) for sign in _SIGNS)
        or door.find_program("nvidia-smi") is not None
        or bool(door.answered("nvml") or door.answered(SMI_QUERY))
    )


def read_by_name(record: Record, vendor: str, devices: Sequence[PciDevice]) -> list[GpuReading]:
    """The devices of a vendor whose part gave no answer: their names from the bus, the rest from the catalog."""
    found = [
        GpuReading(vendor=vendor, name=f"{_NAMES[vendor]} {device.pci_id}", pci_id=device.pci_id)
        for device in devices
        if device.vendor == vendor
    ]
    if found:
        record.note(
            "gpu-by-name", f"{len(found)} {vendor} GPUs are known by their PCI id alone; free memory is unknown."
        )
    return found


def hidden_in_container(record: Record, vendor: str, options: str) -> bool:
    """Whether the bus shows a vendor's GPU, as it does in every container, but its device nodes were not passed in."""
    if not in_container(record) or any(name.startswith("renderD") for name in record.names("/dev/dri")):
        return False
    record.warn(
        "gpu-not-visible",
        f"An {vendor} GPU is in this machine but not passed into this container. Start it with `docker run {options}`.",
        "/dev/dri",
    )
    return True


def explain_no_gpu(record: Record) -> None:
    """Say that there is none, where nothing has told of one that does not work."""
    if record.exists("/dev/dxg"):
        record.warn(
            "gpu-not-visible",
            "Windows lends this WSL2 system a GPU (/dev/dxg), but the libraries of its driver are missing. Install the "
            "driver in Windows, run `wsl --update`, and restart WSL with `wsl --shutdown`.",
            "/dev/dxg",
        )
    elif in_container(record):
        record.note(
            "gpu-none",
            "No GPU is visible in this container. If the host has one, pass it in: `--gpus all` (NVIDIA), "
            "`--device /dev/kfd --device /dev/dri` (AMD), `--device /dev/dri` (Intel).",
        )
    elif record.exists("/sys/bus/pci/devices") or record.exists("/sys/class/drm"):
        record.note("gpu-none", "No GPU of NVIDIA, AMD or Intel is on the bus; models run on the processor.")
