"""The lines of neofetch, fastfetch, inxi-like summaries: `GPU: …`, `CPU: …`, `Memory: … / …`."""

from __future__ import annotations

import re

from llmadvise.domain.hardware import MemoryKind, Platform
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.outputs.sighting import Observed, Room, Sighting, Trust
from llmadvise.probe.outputs.values import first_size, size, vendor_of
from llmadvise.probe.text import clean

_MOST_GPUS = 16


def read_fetch(text: str) -> Observed | None:
    """A summary with an operating system or a processor beside its GPUs."""
    lines = re.findall(
        r"(?:^|\s{2,})(OS|Kernel|CPU|GPU ?\d?|Memory|RAM)(?: \([^)\n]{2,60}\))?: (\S[^\n]{1,200})$", text, re.MULTILINE
    )
    labels = {label for label, _ in lines}
    if not ({"CPU", "OS"} & labels and {"GPU", "Memory", "RAM"} & {label.split(" ")[0] for label in labels}):
        return None
    gpus = [
        _gpu(value, place) for place, value in enumerate(value for label, value in lines if label.startswith("GPU"))
    ]
    names = [clean(re.sub(r" \(\d{1,3}\)| @ [\d.,]+ ?GHz.*$", "", value)) for label, value in lines if label == "CPU"]
    room = next((_room(value) for label, value in lines if label in {"Memory", "RAM"}), None)
    return Observed(
        form="system summary", gpus=tuple(gpu for gpu in gpus if gpu)[:_MOST_GPUS], cpu=CpuReading(names=tuple(names[:1])) if names else None,
        room=room, platform=next((_platform(value) for label, value in lines if label == "OS"), None),
    )  # fmt: skip


def _gpu(value: str, place: int) -> Sighting | None:
    text = clean(value)
    kind = MemoryKind.DEDICATED if "[Discrete]" in text else MemoryKind.SHARED if "[Integrated]" in text else None
    inside = re.search(r"\((\d{1,4}(?:\.\d{1,2})? [GM]i?B)", text)
    name = re.split(r" @ | \(\d| \[(?:Discrete|Integrated)\]", text)[0].strip()
    vendor = vendor_of(name)
    if not name or vendor is None:
        return None
    memory = size(inside.group(1)) if inside else None
    cores = re.search(r"\((\d{1,3})\) @", text) if vendor == "apple" else None
    return Sighting(
        tool="system summary", position=place, vendor=vendor, name=name, memory_bytes=memory if kind is MemoryKind.DEDICATED else None,
        memory_kind=MemoryKind.UNIFIED if vendor == "apple" else kind, memory_trust=Trust.ROUNDED,
        gpu_cores=int(cores.group(1)) if cores else None,
    )  # fmt: skip


def _room(value: str) -> Room | None:
    used, slash, total = value.partition("/")
    bytes_ = first_size(total) if slash else first_size(value)
    taken = first_size(used) if slash else None
    left = bytes_ - taken if bytes_ and taken is not None and taken <= bytes_ else None
    return Room(total_bytes=bytes_, available_bytes=left, trust=Trust.ROUNDED) if bytes_ else None


def _platform(value: str) -> Platform:
    if "macOS" in value:
        return Platform.MACOS
    return Platform.WINDOWS if "Windows" in value else Platform.LINUX
