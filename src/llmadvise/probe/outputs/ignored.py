"""What looks like a GPU and is none: software renderers, virtual displays, the graphics of a server's controller."""

from __future__ import annotations

import re

from llmadvise.probe.outputs.sighting import Sighting

_SOFTWARE = r"llvmpipe|lavapipe|softpipe|swiftshader|swrast|basic render|\bwarp\b|software (?:adapter|rasterizer|renderer)|\bvirgl\b"
_VIRTUAL = (
    r"virtual (?:display|desktop|monitor|gpu display)|gameviewer|parsec|\bidd(?:cx)?\b|idddriver|citrix|vmware svga|svga ii|virtualbox|"
    r"\bqxl\b|virtio|hyper-v|remote display|remotefx|basic display|displaylink|spacedesk|mirage driver|oray|todesk|sunshine|"
    r"cirrus|bochs|red hat|synaptics|usb (?:display|mobile monitor)|mirror driver|\bvnc\b|rustdesk"
)
_CONTROLLER = r"\baspeed\b|\bmatrox\b|\bnuvoton\b|hibmc|hisilicon|\bast\d{4}\b|g200e|mga g200"

_REASONS = (
    (_SOFTWARE, "renders in software"),
    (_VIRTUAL, "is a virtual display"),
    (_CONTROLLER, "is the display of a management controller"),
)


def why_ignored(gpu: Sighting) -> str | None:
    """What it is instead of a GPU, or None for a GPU."""
    name = (gpu.name or "").lower()
    reason = next((reason for pattern, reason in _REASONS if re.search(pattern, name)), None)
    return reason or ("is no GPU that models run on" if gpu.software else None)


def names_no_gpu(name: str) -> bool:
    """Whether a name alone tells that the device is none."""
    return any(re.search(pattern, name.lower()) for pattern, _ in _REASONS)
