"""`rocminfo`: processors and GPUs as HSA agents with their pools."""

from __future__ import annotations

import re

from llmadvise.domain.hardware import Backend
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.outputs.sighting import Observed, Room, Sighting, Trust
from llmadvise.probe.outputs.values import gfx_target, pci_id
from llmadvise.probe.text import clean, whole_number
from llmadvise.units import KIB

_MOST_AGENTS = 256


def read_rocminfo(text: str) -> Observed | None:
    """The agents of the listing."""
    if not re.search(r"^\s*Agent \d+\s*$", text, re.MULTILINE):
        return None
    gpus: list[Sighting] = []
    names: list[str] = []
    ram = 0
    for agent in re.split(r"^\s*Agent \d{1,3}\s*$", text, flags=re.MULTILINE)[1 : _MOST_AGENTS + 1]:
        kind, marketing, name = (_field(agent, label) for label in ("Device Type", "Marketing Name", "Name"))
        if kind == "GPU" or (kind is None and gfx_target(name)):
            gpus.append(_gpu(agent, len(gpus), marketing, name))
        elif kind == "CPU" and (marketing or name):
            names.append(marketing or name or "")
            ram += _pool(agent) or 0
    if not gpus and not names:
        return None
    # One processor agent a NUMA node: nodes add up, names repeat.
    cpu = CpuReading(names=tuple(dict.fromkeys(names))) if names else None
    room = Room(total_bytes=ram, trust=Trust.SYSTEM) if ram else None
    return Observed(form="rocminfo", gpus=tuple(gpus), cpu=cpu, room=room)


def _field(agent: str, label: str) -> str | None:
    match = re.search(rf"^\s*{label}:[ \t]*(\S[^\n]{{0,200}})$", agent, re.MULTILINE)
    return clean(match.group(1)) if match else None


def _gpu(agent: str, position: int, marketing: str | None, name: str | None) -> Sighting:
    chip = re.search(r"Chip ID:\s*\d{1,6}\(0x([0-9a-fA-F]{1,4})\)", agent)
    integrated = bool(re.search(r"^\s*Memory Properties:\s*(?:\S+\s+)?APU\b", agent, re.MULTILINE))
    size = _pool(agent)
    return Sighting(
        tool="rocminfo", position=position, vendor="amd", name=marketing, gfx_target=gfx_target(name),
        pci_id=pci_id("1002", chip.group(1)) if chip else None, address=_address(_field(agent, "BDFID")),
        memory_bytes=None if integrated else size, shared_bytes=size if integrated else None, memory_trust=Trust.ROUNDED,
        backends=(Backend.ROCM, Backend.VULKAN),
    )  # fmt: skip


def _address(text: str | None) -> str | None:
    """Bus, device and function in one number."""
    value = whole_number(text)
    return f"0000:{value >> 8 & 0xFF:02x}:{value >> 3 & 0x1F:02x}.{value & 7}" if value else None


def _pool(agent: str) -> int | None:
    """The largest global pool; the pools of one agent are views of the same memory."""
    pattern = r"Segment:\s*GLOBAL[^\n]{0,80}\n\s*Size:\s*(\d{1,15})(?:\(0x[0-9a-fA-F]{1,15}\))?\s*KB"
    sizes = [int(value) * KIB for value in re.findall(pattern, agent, re.ASCII)]
    return max(sizes, default=None)
