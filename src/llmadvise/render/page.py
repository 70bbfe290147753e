"""A page of terminal text: lines, pairs, tables and commands, laid out for one width; every string is cleaned here.

This module and `cells` import rich; they are imported where a page is written, never on the way to JSON. Colours are the sixteen of the terminal's own theme, and no meaning rests on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from io import StringIO
from typing import Final, NamedTuple

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from llmadvise.render.cells import cells, shorten
from llmadvise.render.sanitize import clean

NARROW: Final = 60
"""Below this many columns a table becomes a list of cards."""
PROSE: Final = 100
"""Prose is never set wider than this, however wide the terminal."""
_GAP: Final = 2
_RESET: Final = "\x1b[0m"


class Tone(StrEnum):
    """What a piece of text is, by its colour; the value is the style."""

    PLAIN = ""
    STRONG = "bold"
    QUIET = "dim"
    GOOD = "green"
    CAUTION = "yellow"
    BAD = "red"
    COMMAND = "bold cyan"


class Span(NamedTuple):
    """A piece of text in one tone."""

    text: str
    tone: Tone


Content = str | Span | tuple[str | Span, ...]
"""What a line or a cell holds."""


class Column(NamedTuple):
    """One column of a table."""

    title: str
    right: bool = False
    """Numbers are set to the right."""
    wraps: bool = False
    """Prose that may take several lines."""
    drop: int = 0
    """Left out when there is no room, the highest number first; 0 is never left out."""
    least: int = 12
    """Cells that a column which wraps keeps at least."""


class Symbols(NamedTuple):
    """The marks of one character set, each told apart without colour."""

    good: str
    partly: str
    bad: str
    unknown: str
    warn: str
    note: str
    weights: str
    kv_cache: str
    other: str
    free: str
    branch: str


_UNICODE: Final = Symbols("✓", "◐", "✗", "?", "!", "·", "▓", "▒", "▚", "░", "└")
_ASCII: Final = Symbols("[ok]", "[~]", "[x]", "[?]", "!", "-", "#", "=", "+", ".", "`")


class Page:
    """Text in the making."""

    def __init__(self, *, width: int, colour: bool, unicode: bool) -> None:

        self.width = max(width, 20)
        self.unicode = unicode
        self.symbols = _UNICODE if unicode else _ASCII
        self._out = StringIO()
        # Everything that rich would ask of the environment is given, so that the page depends on its arguments alone.
        self._console = Console(
            file=self._out,
            width=self.width,
            height=100,
            color_system="standard" if colour else None,
            force_terminal=colour,
            force_jupyter=False,
            force_interactive=False,
            no_color=not colour,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            _environ={},
        )

    def text(self) -> str:
        """Return what was written so far, without spaces at the ends of lines."""
        lines = [_without_trailing_spaces(line) for line in self._out.getvalue().split("\n")]
        return "\n".join(lines).strip("\n") + "\n"

    def short(self, text: str, width: int) -> str:
        """Cut outside text to some cells, so that one long name does not spoil a table."""
        return shorten(clean(text, unicode=self.unicode), width, unicode=self.unicode)

    def blank(self) -> None:
        """Leave a line empty."""
        self._out.write("\n")

    def line(self, content: Content, *, indent: int = 0) -> None:
        """Write a paragraph, wrapped at the width for prose."""
        self._print(Padding(self._rich(content), (0, 0, 0, indent)), width=min(self.width, PROSE))

    def heading(self, title: str) -> None:
        """Begin a section."""
        self.blank()
        self.line(Span(title, Tone.STRONG))

    def command(self, command: str) -> None:
        """Write a command on a line of its own, unindented and never wrapped, so that it can be copied whole."""
        self._console.print(self._rich(Span(command, Tone.COMMAND)), soft_wrap=True)

    def pairs(self, rows: Sequence[tuple[Content, Content]], *, indent: int = 0) -> None:
        """Write names and values in two columns; long values hang."""
        grid = Table.grid(padding=(0, _GAP, 0, 0))
        widest = max((cells(clean(plain(name), unicode=self.unicode)) for name, _ in rows), default=0)
        half = (self.width - indent) // 2
        grid.add_column(min_width=min(widest, half), max_width=half, overflow="fold")
        grid.add_column(overflow="fold")
        for name, value in rows:
            grid.add_row(self._rich(name), self._rich(value))
        self._print(Padding(grid, (0, 0, 0, indent)), width=min(self.width, PROSE))

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Content]]) -> None:
        """Write a table; columns that may go are left out until it fits, and a narrow page gets cards instead.

        A table without rows is nothing: what is missing is for the caller to say.
        """
        if not rows:
            return
        wanted = [self._wanted(columns, rows, index) for index in range(len(columns))]
        kept = _fitting(columns, wanted, self.width)
        if self.width < NARROW or kept is None:
            self._cards(columns, rows)
            return
        self._print(self._table(columns, rows, kept, wanted), width=self.width)

    def _table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[Content]], kept: Sequence[int], wanted: Sequence[int]
    ) -> RenderableType:

        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style=Tone.QUIET.value)
        for index in kept:
            column = columns[index]
            table.add_column(
                self._rich(column.title),
                justify="right" if column.right else "left",
                no_wrap=not column.wraps,
                min_width=_least(column, wanted[index]),
                overflow="fold",
            )
        for row in rows:
            table.add_row(*(self._rich(row[index]) for index in kept))
        return table

    def _cards(self, columns: Sequence[Column], rows: Sequence[Sequence[Content]]) -> None:
        """One card a row, under its first cell; a number before that belongs to it."""
        named = 2 if columns[0].title == "#" else 1
        for place, row in enumerate(rows):
            if place:
                self.blank()
            self.line(Span(" ".join(plain(cell) for cell in row[:named]), Tone.STRONG))
            cells_left = zip(columns[named:], row[named:], strict=True)
            self.pairs([(column.title, cell) for column, cell in cells_left if plain(cell)], indent=2)

    def _wanted(self, columns: Sequence[Column], rows: Sequence[Sequence[Content]], index: int) -> int:
        texts = [columns[index].title, *(plain(row[index]) for row in rows)]
        return max(cells(clean(text, unicode=self.unicode)) for text in texts)

    def _rich(self, content: Content) -> Text:

        text = Text()
        for part in spans(content):
            text.append(clean(part.text, unicode=self.unicode), style=part.tone.value or None)
        return text

    def _print(self, renderable: RenderableType, *, width: int) -> None:
        self._console.print(renderable, width=width)


def spans(content: Content) -> tuple[Span, ...]:
    """Split content into its pieces."""
    if isinstance(content, Span):
        return (content,)
    if isinstance(content, str):
        return (Span(content, Tone.PLAIN),)
    return tuple(part if isinstance(part, Span) else Span(part, Tone.PLAIN) for part in content)


def plain(content: Content) -> str:
    """Drop the tones."""
    return "".join(span.text for span in spans(content))


def joined(parts: Sequence[Content], separator: str = " · ") -> Content:
    """Set pieces of content in a row."""
    row: list[str | Span] = []
    for number, part in enumerate(parts):
        if number:
            row.append(separator)
        row.extend(spans(part))
    return tuple(row)


def _without_trailing_spaces(line: str) -> str:
    """Strip the end of a line; rich leaves the space of a line break inside the colour that ends there."""
    line = line.rstrip()
    if line.endswith(_RESET):
        return line.removesuffix(_RESET).rstrip() + _RESET
    return line


def _least(column: Column, wanted: int) -> int:
    return min(wanted, column.least) if column.wraps else wanted


def _fitting(columns: Sequence[Column], wanted: Sequence[int], width: int) -> list[int] | None:
    """Choose the columns that fit into the width; None if even the ones that must stay do not."""
    kept = list(range(len(columns)))
    while True:
        least = [_least(columns[index], wanted[index]) for index in kept]
        if sum(least) + _GAP * (len(kept) - 1) <= width:
            return kept
        droppable = [index for index in kept if columns[index].drop]
        if not droppable:
            return None
        kept.remove(max(droppable, key=lambda index: columns[index].drop))
