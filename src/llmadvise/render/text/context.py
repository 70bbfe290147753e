"""Memory against context in the terminal: a bar for each length, and where it would lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from llmadvise.domain.assessment import ContextPoint
from llmadvise.render.figures import gib, tokens
from llmadvise.render.page import NARROW, Content, Page, Span, Tone
from llmadvise.render.placing import WHERE

_CELLS: Final = 24


def write_context(page: Page, points: Sequence[ContextPoint], planned: int) -> None:
    """A row for each context length with the cache as planned, and up to where each type of cache fits."""
    if not points:
        return
    first = points[0].kv_type
    shown = [point for point in points if point.kv_type == first]
    page.heading("Memory against context")
    most = max(point.total_bytes for point in shown)
    page.pairs([(_name(point, planned), _row(page, point, most)) for point in shown], indent=2)
    symbols = page.symbols
    if page.width >= NARROW:
        words = f"{symbols.weights} weights  {symbols.kv_cache} KV cache in {first}  {symbols.other} buffers and driver"
        page.line(Span(words, Tone.QUIET), indent=2)
    page.line(told(points))


def told(points: Sequence[ContextPoint]) -> str:
    """The same in a sentence: how far it fits where it lies now, and how far at all."""
    parts = []
    for kv_type in dict.fromkeys(point.kv_type for point in points):
        fitting = [point for point in points if point.kv_type == kv_type and point.fits]
        if not fitting:
            parts.append(f"with the cache in {kv_type} no length fits")
            continue
        kind = fitting[0].placement
        there = [point for point in fitting if point.placement is kind]
        most = fitting[-1]
        words = f"with the cache in {kv_type} {tokens(there[-1].context)} fit in {WHERE[kind]}"
        if most.context > there[-1].context:
            words += f", {tokens(most.context)} in {WHERE[most.placement]}"
        parts.append(words)
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _name(point: ContextPoint, planned: int) -> Content:
    words = tokens(point.context)
    return Span(f"{words} *", Tone.STRONG) if point.context == planned else words


def _row(page: Page, point: ContextPoint, most: int) -> Content:
    size = gib(point.total_bytes).rjust(9)
    where = WHERE[point.placement] if point.fits else "too big"
    tone = Tone.PLAIN if point.fits else Tone.BAD
    if page.width < NARROW:
        return (f"{size}  ", Span(where, tone))
    return (f"{size}  {_bar(page, point, most)}  ", Span(where, tone))


def _bar(page: Page, point: ContextPoint, most: int) -> str:
    """Cells in proportion to the largest of all bars; the ends of the parts are rounded, so that the bar is too."""
    symbols = page.symbols
    bar, seen = "", 0
    for size, glyph in (
        (point.weights_bytes, symbols.weights),
        (point.kv_cache_bytes, symbols.kv_cache),
        (point.other_bytes, symbols.other),
    ):
        seen += size
        bar += glyph * (round(seen * _CELLS / most) - len(bar))
    return bar.ljust(_CELLS)
