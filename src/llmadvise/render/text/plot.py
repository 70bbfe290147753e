"""Quality over another figure as a plot drawn with characters: letters on a grid, and what each letter is."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Final, NamedTuple

from llmadvise.render.figures import two_digits
from llmadvise.render.page import NARROW, PROSE, Page, Span, Tone
from llmadvise.render.pareto import Point, frontier

_ROWS: Final = 12
_LEFT: Final = 5
"""Cells for the figures of the upright axis."""
_ROOM: Final = 1.08
_BELOW: Final = 6
"""Points of quality shown below the least."""


class _Ink(NamedTuple):
    """The characters of one character set."""

    upright: str
    corner: str
    flat: str
    budget: str


_UNICODE: Final = _Ink("│", "└", "─", "┊")
_ASCII: Final = _Ink("|", "+", "-", ":")


def write_plot(
    page: Page, title: str, points: Sequence[Point], *, axis: str, rising: bool, limit: float | None
) -> None:
    """Draw the points, the best of both axes in capitals, and list them; a narrow page has the list alone."""
    page.heading(title)
    best = frontier(points, rising=rising)
    ordered = sorted(points, key=lambda point: (not point.chosen, point not in best, -point.y, point.x, point.label))
    named = list(zip(_letters(ordered, best), ordered, strict=False))
    if page.width >= NARROW:
        for line in _drawn(page, named, axis, limit):
            page.line(line)
    rows = [(letter, _told(point, axis)) for letter, point in named]
    page.pairs(rows, indent=2)
    left = len(points) - len(named)
    rest = f" {left} more are not shown." if left > 0 else ""
    page.line(Span(f"Capitals: nothing shown beats them on both.{rest}{_limit(axis, limit)}", Tone.QUIET))


def _letters(ordered: Sequence[Point], best: Sequence[Point]) -> list[str]:
    return [
        letter if point in best else letter.lower() for letter, point in zip(ascii_uppercase, ordered, strict=False)
    ]


def _told(point: Point, axis: str) -> str:
    chosen = "  <- the advice" if point.chosen else ""
    return f"{point.label}: quality {point.y:.0f}, {two_digits(point.x)} {axis}{chosen}"


def _limit(axis: str, limit: float | None) -> str:
    return "" if limit is None else f" The upright line: {two_digits(limit)} {axis} may be used."


def _drawn(page: Page, named: Sequence[tuple[str, Point]], axis: str, limit: float | None) -> list[str]:
    """The grid, line by line, from the top."""
    ink = _UNICODE if page.unicode else _ASCII
    width = min(page.width, PROSE) - _LEFT - 2
    most = max(point.x for _, point in named) * _ROOM or 1.0
    if limit is not None and limit <= most * 1.5:
        most = max(most, limit * _ROOM)
    low = max(0.0, min(point.y for _, point in named) - _BELOW)
    high = min(100.0, max(point.y for _, point in named) + _BELOW / 2)
    grid = [[" "] * width for _ in range(_ROWS)]
    if limit is not None and limit <= most:
        column = _place(limit, most, width)
        for row in grid:
            row[column] = ink.budget
    for letter, point in reversed(named):
        row_index = _ROWS - 1 - _place(point.y - low, high - low, _ROWS)
        grid[row_index][_place(point.x, most, width)] = letter
    lines = []
    for index, row in enumerate(grid):
        value = high - (high - low) * index / (_ROWS - 1)
        mark = f"{value:.0f}" if index % 3 == 0 or index == _ROWS - 1 else ""
        lines.append(f"{mark.rjust(_LEFT)} {ink.upright}{''.join(row)}".rstrip())
    return [*lines, f"{' ' * _LEFT} {ink.corner}{ink.flat * width}", _ticks(most, width, axis)]


def _place(value: float, most: float, cells: int) -> int:
    return min(cells - 1, max(0, round(value / most * (cells - 1)))) if most > 0 else 0


def _ticks(most: float, width: int, axis: str) -> str:
    """Figures at nothing, half and all of the axis, and its name."""
    line = [" "] * (width + _LEFT + 2)
    for part in (0.0, 0.5):
        words = two_digits(most * part)
        at = _LEFT + 2 + round((width - 1) * part)
        line[at : at + len(words)] = words
    end = f"{two_digits(most)} {axis}"
    line[len(line) - len(end) :] = end
    return "".join(line).rstrip()
