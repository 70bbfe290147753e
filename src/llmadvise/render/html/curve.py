"""Memory against context as inline SVG: a line for each type of cache, and the budget."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2

from llmadvise.domain.assessment import ContextPoint
from llmadvise.record import dataclass
from llmadvise.render.figures import gib, tokens
from llmadvise.render.html.markup import element, table, text
from llmadvise.render.html.plots import figure, plain, word
from llmadvise.render.text.context import told
from llmadvise.units import GIB

_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 24, 22, 44
_STEPS = 4
_CLASSES = ("weights", "cache")
_LABELS = 8
"""More lengths than this have no room for a label each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    first: int
    last: int
    most: float

    def across(self, context: int) -> float:
        span = log2(self.last / self.first) or 1.0
        return _LEFT + log2(context / self.first) / span * (_WIDTH - _LEFT - _RIGHT)

    def up(self, size: float) -> float:
        return _HEIGHT - _BOTTOM - size / self.most * (_HEIGHT - _TOP - _BOTTOM)


def context_curve(name: str, points: Sequence[ContextPoint]) -> str:
    """The picture, its sentence, and a table with every figure; nothing where there are no points."""
    if not points:
        return ""
    types = list(dict.fromkeys(point.kv_type for point in points))
    contexts = sorted({point.context for point in points})
    most = max(point.total_bytes for point in points) * 1.08
    frame = _Frame(first=contexts[0], last=contexts[-1], most=most)
    drawn = [_axes(frame, contexts)]
    for kind, kv_type in zip(_CLASSES, types, strict=False):
        drawn.append(_line(frame, [point for point in points if point.kv_type == kv_type], kind))
    drawn.append(_budget(frame, points))
    drawn.append(_legend(types))
    picture = figure(
        f"Memory against context of {name}", f"{told(points)} {_legend_words(points)}", "".join(drawn), _HEIGHT
    )
    return picture + _table(points, types, contexts)


def _axes(frame: _Frame, contexts: Sequence[int]) -> str:
    drawn = []
    for step in range(_STEPS + 1):
        size = frame.most * step / _STEPS
        line = f"{frame.up(size):.1f}"
        drawn.append(element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=line, y2=line, class_="line"))
        drawn.append(word(plain(size / GIB), _LEFT - 8, frame.up(size) + 4, anchor="end"))
    every = 1 if len(contexts) <= _LABELS else 2
    for context in contexts[::-1][::every]:
        anchor = "end" if context == contexts[-1] and len(contexts) > 1 else "middle"
        drawn.append(word(tokens(context), frame.across(context), _HEIGHT - _BOTTOM + 18, anchor=anchor))
    drawn.append(word("tokens of context", (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 6))
    drawn.append(word("memory in GiB", _LEFT, _TOP - 8, anchor="start"))
    return "".join(drawn)


def _line(frame: _Frame, points: Sequence[ContextPoint], kind: str) -> str:
    """A line with a mark at each length: full where it fits, hollow where it is too big."""
    path = " ".join(f"{frame.across(point.context):.1f},{frame.up(point.total_bytes):.1f}" for point in points)
    drawn = [element("polyline", points=path, class_="front")]
    for point in points:
        said = element(
            "title", text(f"{tokens(point.context)}, {point.kv_type}: {gib(point.total_bytes)}, {_where(point)}")
        )
        place = {"cx": f"{frame.across(point.context):.1f}", "cy": f"{frame.up(point.total_bytes):.1f}"}
        drawn.append(element("circle", said, **place, r=5, class_=kind if point.fits else "hollow"))
    return "".join(drawn)


def _where(point: ContextPoint) -> str:
    return point.placement.value if point.fits else "too big"


def _budget(frame: _Frame, points: Sequence[ContextPoint]) -> str:
    """What the devices of the shortest context may use; left out where it is off the picture."""
    budget = points[0].budget_bytes
    if budget > frame.most:
        return ""
    y = f"{frame.up(budget):.1f}"
    return element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, class_="budget")


def _legend_words(points: Sequence[ContextPoint]) -> str:
    return f"The dashed line, where it is seen, is what the devices may use together: {gib(points[0].budget_bytes)}."


def _legend(types: Sequence[str]) -> str:
    drawn, left = [], _LEFT + 150.0
    for kind, kv_type in zip(_CLASSES, types, strict=False):
        drawn.append(element("circle", cx=f"{left:.1f}", cy=f"{_TOP - 12}", r=5, class_=kind))
        drawn.append(word(f"cache in {kv_type}", left + 12, _TOP - 8, anchor="start"))
        left += 130
    return "".join(drawn)


def _table(points: Sequence[ContextPoint], types: Sequence[str], contexts: Sequence[int]) -> str:
    known = {(point.context, point.kv_type): point for point in points}
    rows = [
        (
            tokens(context),
            *(
                f"{gib(point.total_bytes)}, {_where(point)}" if (point := known.get((context, kv_type))) else ""
                for kv_type in types
            ),
        )
        for context in contexts
    ]
    return table("Memory at each context length", ("Context", *(f"Cache in {name}" for name in types)), rows)
