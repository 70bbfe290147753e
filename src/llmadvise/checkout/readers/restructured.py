"""reStructuredText and AsciiDoc: their blocks of code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llmadvise.checkout.places import Candidate
from llmadvise.checkout.readers.blocks import read_block
from llmadvise.checkout.readers.source import Source

_Block = tuple[str, list[str], int]
"""Language, lines, and the line before the first of them."""
_NAMED = {"testcode": "python", "testsetup": "python", "ipython": "python", "doctest": "pycon"}


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        {
            "directive": r"\s*\.\.\s+(code-block|code|sourcecode|prompt|parsed-literal|testcode|testsetup|ipython|doctest)::[ \t]*([\w+#-]*)",
            "option": r"\s*:[A-Za-z][\w-]*:(?:\s|$)",
            "source": r"\[(?:source|%?[\w%.#-]*)?(?:,\s*([\w+#-]+))?[^\]]*\]\s*$",
            "fence": r"(-{4,}|\.{4,}|```)[ \t]*([\w+#-]*)\s*$",
            "callout": r"(?:[ \t]*(?://|#|<!--|--))?[ \t]*(?:<\d+>[ \t]*)+(?:-->)?[ \t]*$",
        }[name]
    )


def read_restructured(source: Source) -> Iterator[Candidate]:
    """Candidates of the blocks of code and the sessions of Python in reStructuredText."""
    for language, rows, down in _restructured(source.text.split("\n")):
        yield from read_block(source, language, rows, down)


def _restructured(rows: list[str]) -> Iterator[_Block]:
    at = 0
    while at < len(rows):
        line = rows[at]
        found = _pattern("directive").match(line)
        bare = line.strip()
        if found is None and not (bare.endswith("::") and not bare.startswith("..")):
            if bare.startswith(">>> "):
                end = next((row for row in range(at, len(rows)) if not rows[row].strip()), len(rows))
                yield "pycon", rows[at:end], at
                at = end
            at += 1
            continue
        end = _end_of_indented(rows, at)
        body = rows[at + 1 : end]
        language = ""
        if found is not None:
            language = _NAMED.get(found.group(1), found.group(2).lower())
            body = _without_options(body)
        yield language, body, at + 1
        at = end


def _end_of_indented(rows: list[str], at: int) -> int:
    """The first line after `at` that is no deeper than it, blank ones aside."""
    indent = len(rows[at]) - len(rows[at].lstrip())
    for row in range(at + 1, len(rows)):
        if rows[row].strip() and len(rows[row]) - len(rows[row].lstrip()) <= indent:
            return row
    return len(rows)


def _without_options(rows: list[str]) -> list[str]:
    """The lines of a directive, its options left blank."""
    for at, row in enumerate(rows):
        if not _pattern("option").match(row):
            return [""] * at + rows[at:]
    return []


def read_asciidoc(source: Source) -> Iterator[Candidate]:
    """Candidates of the listings in AsciiDoc."""
    for language, rows, down in _asciidoc(source.text.split("\n")):
        plain = [_pattern("callout").sub("", row) if ">" in row else row for row in rows]
        yield from read_block(source, language, plain, down)


def _asciidoc(rows: list[str]) -> Iterator[_Block]:
    language: str | None = None
    at = 0
    while at < len(rows):
        line = rows[at]
        fence = _pattern("fence").match(line)
        says = _pattern("source").match(line)
        if fence is not None:
            mark = fence.group(1)
            end = next((row for row in range(at + 1, len(rows)) if rows[row].rstrip() == mark), len(rows))
            yield language or fence.group(2).lower(), rows[at + 1 : end], at + 1
            at, language = end, None
        elif says is not None and says.group(1) is not None:
            language = says.group(1).lower()
        elif language is not None and not line.startswith("."):
            end = next((row for row in range(at, len(rows)) if not rows[row].strip()), len(rows))
            yield language, rows[at:end], at
            at, language = end, None
        at += 1
