"""Pictures as inline SVG: quality against memory or speed, and memory as stacked bars."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.domain.assessment import DeviceMemory, MemoryEstimate
from llmadvise.record import dataclass
from llmadvise.render.figures import gib
from llmadvise.render.html.markup import element, text
from llmadvise.render.pareto import Point, frontier

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 20, 16, 44
_BAR = 26
_LETTER = 7.2
"""Width of a letter of the labels, about."""
_LINE = 15
_SHIFTS = (0, -_LINE, _LINE)
_STEPS = 4
_TWO_DIGITS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """From figures to places on the picture."""

    low: float
    """The least quality shown."""
    most: float
    """The most of the other figure."""

    def across(self, x: float) -> float:
        return _LEFT + x / self.most * (_WIDTH - _LEFT - _RIGHT)

    def up(self, y: float) -> float:
        share = (y - self.low) / max(1e-9, 100 - self.low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def scatter(title: str, points: Sequence[Point], *, axis: str, rising: bool, limit: float | None) -> str:
    """Quality (0..100) over another figure, with the line of those that nothing beats on both.

    `rising`: more of the figure is better (speed); else less is (memory). `limit` is drawn as a line.
    """
    most = max(point.x for point in points) * 1.15 or 1.0
    frame = _Frame(low=max(0.0, min(point.y for point in points) - 8), most=most)
    drawn = [_axes(frame, axis)]
    inside = limit is not None and limit <= most
    if limit is not None and inside:
        x = f"{frame.across(limit):.1f}"
        drawn.append(element("line", x1=x, x2=x, y1=_TOP, y2=_HEIGHT - _BOTTOM, class_="budget"))
    best = frontier(points, rising=rising)
    path = " ".join(f"{frame.across(point.x):.1f},{frame.up(point.y):.1f}" for point in best)
    drawn.append(element("polyline", points=path, class_="front"))
    drawn += _marks(points, frame)
    told = f"{len(points)} files of models; nothing shown beats {', '.join(point.label for point in best)} on both."
    if limit is not None:
        line = "The dashed line is" if inside else "Beyond the right edge lies"
        told += f" {line} what this machine may use, {plain(limit)}."
    return figure(title, told, "".join(drawn), _HEIGHT)


def _axes(frame: _Frame, axis: str) -> str:
    drawn = []
    for step in range(_STEPS + 1):
        y, x = frame.low + (100 - frame.low) * step / _STEPS, frame.most * step / _STEPS
        line = f"{frame.up(y):.1f}"
        drawn.append(element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=line, y2=line, class_="line"))
        drawn.append(word(f"{y:.0f}", _LEFT - 8, frame.up(y) + 4, anchor="end"))
        anchor = "end" if step == _STEPS else "middle"
        drawn.append(word(plain(x), frame.across(x), _HEIGHT - _BOTTOM + 18, anchor=anchor))
    drawn.append(word(axis, (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 6))
    drawn.append(word("quality of 100", _LEFT, _TOP - 4, anchor="start"))
    return "".join(drawn)


def plain(value: float) -> str:
    """A figure of an axis."""
    return f"{value:.0f}" if value >= _TWO_DIGITS or value == 0 else f"{value:.1f}"


def _marks(points: Sequence[Point], frame: _Frame) -> list[str]:
    """A mark and a label each; a label goes where no other label is yet, or nowhere: the table has them all."""
    drawn, taken = [], list[tuple[float, float, float]]()
    for point in sorted(points, key=lambda item: (not item.chosen, -item.y, item.x)):
        x, y = frame.across(point.x), frame.up(point.y)
        drawn.append(_mark(point, x, y))
        long = len(point.label) * _LETTER
        left = x + 10 if x + 10 + long < _WIDTH else x - 10 - long
        line = next((y + 4 + shift for shift in _SHIFTS if _free(left, y + 4 + shift, long, taken)), None)
        if line is not None:
            taken.append((left, line, left + long))
            drawn.append(word(point.label, left, line, anchor="start"))
    return drawn


def _mark(point: Point, x: float, y: float) -> str:
    told = element("title", text(f"{point.label}: quality {point.y:.0f}, {plain(point.x)}"))
    if point.chosen:
        return element("rect", told, x=f"{x - 6:.1f}", y=f"{y - 6:.1f}", width=12, height=12, class_="weights")
    return element("circle", told, cx=f"{x:.1f}", cy=f"{y:.1f}", r=5, class_="other")


def _free(left: float, line: float, long: float, taken: Sequence[tuple[float, float, float]]) -> bool:
    inside = _TOP < line < _HEIGHT - _BOTTOM
    return inside and not any(
        abs(line - other) < _LINE and left < end and start < left + long for start, other, end in taken
    )


def memory_bars(title: str, memory: MemoryEstimate) -> str:
    """One bar a device, to one scale: weights, KV cache, buffers and driver, free; a line where the budget ends."""
    devices = memory.by_device
    most = max([max(device.budget_bytes, device.used.value) for device in devices], default=1) or 1
    drawn, told = [], []
    for row, device in enumerate(devices):
        top = _TOP + row * 2.4 * _BAR
        drawn.append(word(f"{device.device}: {_of(device)}", _LEFT, top + 12, anchor="start"))
        drawn.append(_bar(device, top + 18, (_WIDTH - _LEFT - _RIGHT) / most))
        told.append(f"{device.device} {_of(device)}")
    height = round(_TOP + len(devices) * 2.4 * _BAR + 24)
    drawn.append(_legend(height - 8))
    return figure(title, "; ".join(told) + ".", "".join(drawn), height)


def _of(device: DeviceMemory) -> str:
    return f"{gib(device.used.value)} of {gib(device.budget_bytes)}"


def _bar(device: DeviceMemory, top: float, scale: float) -> str:
    parts = [
        ("weights", device.weights_bytes),
        ("cache", device.kv_cache_bytes),
        ("other", device.compute_bytes + device.overhead_bytes),
    ]
    if not any(size for _, size in parts):
        parts = [("other", round(device.used.value))]
    parts.append(("free", max(0, device.headroom_bytes)))
    drawn, left = [], float(_LEFT)
    for kind, size in parts:
        width = size * scale
        drawn.append(element("rect", x=f"{left:.1f}", y=f"{top:.1f}", width=f"{width:.1f}", height=_BAR, class_=kind))
        left += width
    end = f"{_LEFT + device.budget_bytes * scale:.1f}"
    drawn.append(element("line", x1=end, x2=end, y1=f"{top - 3:.1f}", y2=f"{top + _BAR + 3:.1f}", class_="budget"))
    return "".join(drawn)


def _legend(y: float) -> str:
    drawn, left = [], float(_LEFT)
    for kind, words in (
        ("weights", "weights"),
        ("cache", "KV cache"),
        ("other", "buffers and driver"),
        ("free", "free"),
    ):
        drawn.append(element("rect", x=f"{left:.1f}", y=f"{y - 10:.1f}", width=12, height=12, class_=kind))
        drawn.append(word(words, left + 17, y, anchor="start"))
        left += 40 + len(words) * _LETTER
    return "".join(drawn)


def word(words: str, x: float, y: float, *, anchor: str = "middle") -> str:
    """A label."""
    return element("text", text(words), x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def figure(title: str, told: str, drawn: str, height: int) -> str:
    """The picture with its name and description, for who cannot see it."""
    inside = element("title", text(title)) + element("desc", text(told)) + drawn
    picture = element("svg", inside, viewBox=f"0 0 {_WIDTH} {height}", role="img", width=_WIDTH, height=height)
    return element("figure", picture, element("figcaption", text(told)))
