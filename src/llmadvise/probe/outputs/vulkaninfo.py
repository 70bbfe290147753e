"""`vulkaninfo`, summary and whole: devices with their kind, and the largest heap on the device."""

from __future__ import annotations

import re

from llmadvise.domain.hardware import Backend, MemoryKind
from llmadvise.probe.outputs.sighting import Observed, Sighting, Trust
from llmadvise.probe.outputs.values import number, pci_id, vendor_of
from llmadvise.probe.text import clean

_MOST_DEVICES = 64
KINDS = {
    "DISCRETE_GPU": MemoryKind.DEDICATED,
    "INTEGRATED_GPU": MemoryKind.SHARED,
    "1": MemoryKind.SHARED,
    "2": MemoryKind.DEDICATED,
}
"""By the name or number of VkPhysicalDeviceType."""
SOFTWARE = frozenset({"CPU", "4"})


def read_vulkan(text: str) -> Observed | None:
    """The sections `GPU0:` that name a device; the same device under a second driver is the same."""
    if "deviceName" not in text:
        return None
    found: list[Sighting] = []
    for section in re.split(r"^\s*GPU\d{1,2}:?\s*$", text, flags=re.MULTILINE)[:_MOST_DEVICES]:
        name = _field(section, "deviceName")
        if name is None:
            continue
        identity = _field(section, "deviceUUID")
        sighting = _device(section, name, identity, len(found))
        if not any(_same(sighting, other) for other in found):
            found.append(sighting)
    return Observed(form="vulkaninfo", gpus=tuple(found)) if found else None


def _same(one: Sighting, other: Sighting) -> bool:
    return one.uuid is not None and one.uuid == other.uuid and one.pci_id == other.pci_id


def _field(section: str, label: str) -> str | None:
    match = re.search(rf"^\s*{label}\s*=\s*(\S[^\n]{{0,200}})$", section, re.MULTILINE)
    return clean(match.group(1)) if match else None


def _device(section: str, name: str, identity: str | None, position: int) -> Sighting:
    kind = re.search(r"(?:PHYSICAL_DEVICE_TYPE_)?(\w{1,20})", _field(section, "deviceType") or "")
    word = kind.group(1) if kind else ""
    vendor, device = ((_field(section, label) or "").split(" ")[0] for label in ("vendorID", "deviceID"))
    pci = pci_id(vendor, device)
    known = vendor_of(name, pci)
    memory = _heap(section)
    shared = KINDS.get(word) is MemoryKind.SHARED
    return Sighting(
        tool="vulkaninfo", position=position, vendor=known, name=name, uuid=identity,
        pci_id=pci if pci and pci[:4] in {"10de", "1002", "8086"} else None, software=word in SOFTWARE,
        memory_kind=KINDS.get(word) or (MemoryKind.SHARED if known in {"qualcomm", "arm", "broadcom", "imagination"} else None),
        memory_bytes=None if shared else memory, shared_bytes=memory if shared else None, memory_trust=Trust.ROUNDED,
        driver=_field(section, "driverInfo"), backends=(Backend.VULKAN,),
    )  # fmt: skip


def _heap(section: str) -> int | None:
    """The largest heap that is on the device; each has its flags below its size."""
    largest = 0
    for heap in re.split(r"memoryHeaps\[\d{1,2}\]", section)[1:32]:
        value = re.search(r"size\s*=\s*(\d{1,15})\b", heap[:200], re.ASCII)
        if value is not None and "MEMORY_HEAP_DEVICE_LOCAL_BIT" in heap[:600]:
            largest = max(largest, number(value.group(1)) or 0)
    return largest or None
