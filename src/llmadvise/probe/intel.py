"""Intel GPUs on Linux from sysfs: Arc cards with their own memory, and integrated ones that share the RAM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from llmadvise.domain.hardware import Backend, Memory
from llmadvise.probe.no_gpu import hidden_in_container
from llmadvise.probe.pci import PciDevice
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.text import whole_number
from llmadvise.units import GIB

INTEGRATED_SLOT = "00:02.0"
"""Where every integrated GPU of Intel stands on the bus, and no card."""
_SMALL = 4 * GIB


def vulkan_heap(total: int) -> int:
    """What Mesa's driver offers of the RAM: half up to 4 GiB, three quarters above (anv_physical_device_init_heaps)."""
    return total // 2 if total <= _SMALL else total // 4 * 3


def read_intel(record: Record, *, devices: Sequence[PciDevice], memory: Memory, reserve: int) -> list[GpuReading]:
    """Every Intel display device with a driver; one at 00:02.0 is integrated even when it is called Arc."""
    found = []
    own = any(device.vendor == "intel" for device in devices)
    hidden = own and hidden_in_container(record, "Intel", "--device /dev/dri")
    for device in devices:
        if device.vendor != "intel":
            continue
        local = _read_local_memory(record, device)
        name = f"Intel GPU {device.pci_id}"
        if local is not None:
            found.append(
                GpuReading(
                    vendor="intel",
                    name=name,
                    pci_id=device.pci_id,
                    memory_bytes=local,
                    unified=False,
                    driver=device.driver,
                    backends=(Backend.SYCL, Backend.VULKAN),
                )
            )
        elif device.address.endswith(INTEGRATED_SLOT):
            found.append(_integrated(name, device, memory, reserve))
        else:
            record.warn("gpu-memory-unknown", f"The memory of {name} could not be read.", device.folder)
            found.append(GpuReading(vendor="intel", name=name, pci_id=device.pci_id, backends=(Backend.VULKAN,)))
    return [replace(gpu, backends=()) for gpu in found] if hidden else found


def _integrated(name: str, device: PciDevice, memory: Memory, reserve: int) -> GpuReading:
    total, available = memory.total_bytes, memory.available_bytes
    heap = vulkan_heap(total) if total is not None else None
    budget = min(heap, max(0, available - reserve)) if heap is not None and available is not None else None
    return GpuReading(
        vendor="intel", name=name, pci_id=device.pci_id, unified=True, driver=device.driver, memory_bytes=heap,
        installed_bytes=total, free_bytes=min(heap, available) if heap is not None and available is not None else None,
        budget_bytes=budget, backends=(Backend.VULKAN,),
    )  # fmt: skip


def _read_local_memory(record: Record, device: PciDevice) -> int | None:
    """Bytes on the card: i915 gives them for the DRM card, xe for each tile."""
    cards = [name for name in record.names(f"{device.folder}/drm") if name.startswith("card")]
    for path in (*(f"drm/{card}/lmem_total_bytes" for card in cards), "lmem_total_bytes"):
        size = whole_number(record.read(f"{device.folder}/{path}"))
        if size:
            return size
    tiles = [name for name in record.names(device.folder) if name.startswith("tile")]
    sizes = [_tile_size(record.read(f"{device.folder}/{tile}/physical_vram_size_bytes")) for tile in tiles]
    return sum(sizes) or None


def _tile_size(text: str | None) -> int:
    """Bytes of one tile; the driver writes hex."""
    digits = (text or "").strip().lower()
    try:
        return int(digits, 16) if digits.startswith("0x") else whole_number(digits) or 0
    except ValueError:
        return 0
