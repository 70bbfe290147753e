"""`xpu-smi discovery`: boxes of labelled lines, one box a device."""

from __future__ import annotations

import re

from llmadvise.domain.hardware import Backend
from llmadvise.probe.outputs.sighting import Observed, Sighting, Trust
from llmadvise.probe.outputs.values import address, pci_id, size
from llmadvise.probe.text import clean

_MOST_DEVICES = 128


def read_discovery(text: str) -> Observed | None:
    """Devices of the table `Device ID | Device Information`."""
    if "Device Information" not in text and not re.search(r"\|\s*Device Name: ", text):
        return None
    boxes: list[dict[str, str]] = []
    for line in text.splitlines():
        row = re.match(r"^\s*\|\s*(\d{0,3})\s*\|\s*([A-Z][\w ./()-]{2,60}): ?([^|]{0,200}?)\s*\|?\s*$", line)
        if row is None:
            continue
        if row.group(1) and len(boxes) < _MOST_DEVICES:
            boxes.append({})
        if boxes:
            boxes[-1].setdefault(row.group(2).lower(), clean(row.group(3)))
    found = [from_fields(box, place) for place, box in enumerate(boxes) if "device name" in box]
    return Observed(form="xpu-smi discovery", gpus=tuple(found)) if found else None


def from_fields(box: dict[str, str], position: int) -> Sighting:
    """A device of the fields, whose names are lower-case; the JSON has the same with underscores."""
    name = box.get("device name")
    code = re.search(r"\[0x([0-9a-fA-F]{4})\]", name or "")
    memory = size(box.get("memory physical size", ""))
    return Sighting(
        tool="xpu-smi", position=position, vendor="intel", name=name, address=address(box.get("pci bdf address")),
        pci_id=pci_id("8086", box.get("pci device id")) or (pci_id("8086", code.group(1)) if code else None),
        memory_bytes=memory or None, memory_trust=Trust.DRIVER, backends=(Backend.SYCL, Backend.VULKAN),
        uuid=box.get("soc uuid") or box.get("uuid"),
    )  # fmt: skip
