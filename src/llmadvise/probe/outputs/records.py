"""Records of labelled values, as Windows' tools write them: lists, tables, CSV and tab-separated pairs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from llmadvise.probe.text import clean

_MOST_RECORDS = 256
_KEY = r"[A-Za-z][\w. ()-]{1,60}"
Fields = dict[str, str]


def plain(name: str) -> str:
    """`AdapterRAM`, `Adapter RAM` and `adapter_ram` are one name."""
    return re.sub(r"[^a-z0-9]+", "", name.lower())


def pairs(text: str) -> Iterator[Fields]:
    """Blocks of `Key : value`, `Key=value` or `Key<TAB>value`; a key that comes again begins the next block."""
    block: Fields = {}
    count = 0
    for line in text.splitlines():
        match = re.match(rf"^\s*({_KEY}?)\s*(?::|=|\t)\s?(.{{0,500}})$", line)
        if match is None:
            if not line.strip() and block:
                # wmic and PowerShell leave blank lines between records; wmic also within one.
                block["\n"] = ""
            continue
        key = plain(match.group(1))
        if key in block or ("\n" in block and key in _STARTS):
            count += 1
            if count > _MOST_RECORDS:
                return
            yield {name: value for name, value in block.items() if name != "\n"}
            block = {}
        block[key] = clean(match.group(2))
    if block:
        yield {name: value for name, value in block.items() if name != "\n"}


_STARTS = frozenset({"caption", "adapterram", "adaptercompatibility", "pscomputername", "driverdesc"})


def tables(text: str, known: frozenset[str]) -> Iterator[Fields]:
    """Rows of tables in columns whose header holds known names; wmic aligns by two spaces, PowerShell rules a line."""
    lines = text.splitlines()
    for place, line in enumerate(lines[:20_000]):
        names = [plain(word) for word in line.split()]
        ruled = (
            place + 1 < len(lines) and re.fullmatch(r"\s*-{2,}(?:\s+-{2,})*\s*", lines[place + 1][:2000]) is not None
        )
        if not names or not set(names) <= known or not (ruled or len(names) > 1 or _alone(lines, place)):
            continue
        if ruled:
            starts = [match.start() for match in re.finditer(r"-{2,}", lines[place + 1])]
        else:
            starts = [match.start() for match in re.finditer(r"\S+", line)]
        if len(starts) == len(names):
            yield from _rows(lines[place + 1 + ruled : place + 1 + ruled + _MOST_RECORDS], names, starts)


def _alone(lines: Sequence[str], place: int) -> bool:
    """Whether a header of one word is the first line of the text."""
    return not any(line.strip() for line in lines[:place])


def _rows(lines: Sequence[str], names: Sequence[str], starts: Sequence[int]) -> Iterator[Fields]:
    blanks = 0
    for line in lines:
        if not line.strip():
            blanks += 1
            if blanks > 1:
                return
            continue
        blanks = 0
        if re.match(r"^\S{0,60}[$#>] ", line):
            return
        cuts = [_cut(line, start) for start in starts]
        ends = [*cuts[1:], len(line)]
        yield {name: clean(line[start:end]) for name, start, end in zip(names, cuts, ends, strict=True)}


def _cut(line: str, start: int) -> int:
    """Where a column begins in this line: numbers stand to the right, so a long one begins before its header."""
    if start >= len(line):
        return start
    return (
        line.rfind(" ", 0, start) + 1
        if start and not line[start - 1].isspace() and not line[start].isspace()
        else start
    )


def separated(text: str, known: frozenset[str]) -> Iterator[Fields]:
    """Rows of CSV whose header holds known names (`wmic /format:csv`, `Export-Csv`)."""
    names: list[str] = []
    for line in text.splitlines()[:20_000]:
        if "," not in line or len(line) > 4000:  # noqa: PLR2004 - longer than any row
            names = []
            continue
        cells = next(csv.reader([line]), [])
        folded = [plain(cell) for cell in cells]
        if len(set(folded) & known) > 1:
            names = folded
        elif names and len(cells) == len(names):
            yield {name: clean(cell) for name, cell in zip(names, cells, strict=True)}
