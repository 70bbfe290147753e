"""Memory against budget as a bar, one a device: weights, KV cache, the rest, free."""

from __future__ import annotations

from math import floor

from llmadvise.domain.assessment import DeviceMemory, MemoryEstimate
from llmadvise.render.documents.hardware import HardwareDocument
from llmadvise.render.figures import gib, gib_number
from llmadvise.render.page import PROSE, Content, Page, Span, Tone
from llmadvise.render.text.marks import fit

_LONG = 20
_SHORT = 12
_LONG_FROM = 90
"""Columns from which there is room for the long bar."""


def memory_rows(page: Page, memory: MemoryEstimate, hardware: HardwareDocument | None) -> list[tuple[str, Content]]:
    """Write one row a device (used of budget, bar, verdict) and the legend of the bars."""
    rows: list[tuple[str, Content]] = []
    shares = [f"{gib_number(device.used.value)} of {gib(device.budget_bytes)}" for device in memory.by_device]
    widest = max(map(len, shares), default=0)
    for device, share in zip(memory.by_device, shares, strict=True):
        used = Span(share.rjust(widest), Tone.STRONG)
        name = device_name(device.device, hardware)
        content: tuple[str | Span, ...] = (used, "  ", bar(page, device), "  ", fit(page, device))
        if page.width >= PROSE and name:
            content = (*content, Span(f"  {name}", Tone.QUIET))
        rows.append((device.device, content))
    rows.append(("", Span(legend(page, memory), Tone.QUIET)))
    return rows


def bar(page: Page, device: DeviceMemory) -> str:
    """Draw the bar; where the device is too small the bar is full."""
    width = _LONG if page.width >= _LONG_FROM else _SHORT
    symbols = page.symbols
    parts = [
        (device.weights_bytes, symbols.weights),
        (device.kv_cache_bytes, symbols.kv_cache),
        (device.compute_bytes + device.overhead_bytes, symbols.other),
    ]
    if not any(size for size, _ in parts):
        parts = [(round(device.used.value), symbols.other)]
    free = max(device.headroom_bytes, 0)
    lengths = _shares([size for size, _ in parts] + [free], width)
    glyphs = [glyph for _, glyph in parts] + [symbols.free]
    return "".join(glyph * length for glyph, length in zip(glyphs, lengths, strict=True))


def legend(page: Page, memory: MemoryEstimate) -> str:
    """Say what each part of the bars stands for, with its size over all devices."""
    symbols = page.symbols
    parts = (
        f"{symbols.weights} weights {gib_number(memory.weights.value)}",
        f"{symbols.kv_cache} KV cache {gib_number(memory.kv_cache.value)}",
        f"{symbols.other} buffers and driver {gib_number(memory.compute.value + memory.overhead.value)}",
        f"{symbols.free} free",
    )
    return f"{'  '.join(parts)}  (GiB)"


def device_name(device: str, hardware: HardwareDocument | None) -> str:
    """Name a device as its driver does; empty where it is unknown."""
    if hardware is None:
        return ""
    if device == "cpu":
        return "RAM"
    return next((gpu.name for gpu in hardware.gpus if f"gpu{gpu.index}" == device), "")


def _shares(sizes: list[int], width: int) -> list[int]:
    """Share the cells out by size, with the largest remainders rounded up and at least one cell for what is there."""
    total = sum(sizes)
    if total <= 0:
        return [0] * (len(sizes) - 1) + [width]
    exact = [size * width / total for size in sizes]
    cells = [max(floor(share), 1) if size > 0 else 0 for size, share in zip(sizes, exact, strict=True)]
    by_remainder = sorted(range(len(sizes)), key=lambda index: (cells[index] - exact[index], index))
    for index in by_remainder:
        if sum(cells) < width and sizes[index] > 0:
            cells[index] += 1
    while sum(cells) > width:
        cells[cells.index(max(cells))] -= 1
    while sum(cells) < width:
        cells[cells.index(max(cells))] += 1
    return cells
