"""Markdown: front matter always, code blocks when asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from llmadvise.checkout.places import Candidate
from llmadvise.checkout.readers.assigned import read_shell
from llmadvise.checkout.readers.blocks import moved, read_block
from llmadvise.checkout.readers.source import Source
from llmadvise.checkout.readers.yaml import read_yaml

_DEEPEST = 4
_INDENTED = ("    ", "\t")
_OWN = frozenset(("markdown", "md", "mdx"))


@cache
def _fence() -> re.Pattern[str]:
    return re.compile(
        r"[ \t]*(?:>[ \t]?)*[ \t]*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?(?P<fence>`{3,}(?=[^`]*$)|~{3,})(?P<says>.*)"
    )


def front_matter(text: str) -> str:
    """The YAML between the first two lines of dashes; empty if there is none."""
    if not text.startswith("---\n") and not text.startswith("---\r\n"):
        return ""
    end = text.find("\n---", 3)
    return text[4:end] if end > 0 else ""


def read_front_matter(source: Source) -> Iterator[Candidate]:
    """Candidates of the front matter."""
    head = front_matter(source.text)
    if head:
        yield from moved(read_yaml, Source(name=source.name, text=head, ollama=source.ollama), 1, "front-matter")


def read_markdown(source: Source) -> Iterator[Candidate]:
    """Candidates of the front matter and of fenced and indented blocks."""
    yield from read_front_matter(source)
    yield from _blocks(source, 0)


def _blocks(source: Source, depth: int) -> Iterator[Candidate]:
    """A block ends where a fence of its own kind stands alone that is no shorter, or with the text."""
    fence, language, quoted, start = "", "", False, 0
    block: list[str] = []
    for number, line in enumerate(source.text.split("\n"), 1):
        text = _unquoted(line) if fence and quoted else line
        bare = text.strip()
        if fence and bare.startswith(fence) and not bare.strip(fence[0]):
            yield from _block(source, language, block, start, depth)
            fence = ""
        elif fence:
            block.append(text)
        elif (found := _fence().match(line) if "```" in line or "~~~" in line else None) is not None:
            fence, quoted, block, start = found.group("fence"), line.lstrip().startswith(">"), [], number
            words = found.group("says").strip("`~ ").lower().replace("{", " ").split()
            language = words[0].strip(".}") if words else ""
        elif line.startswith(_INDENTED):
            yield from moved(read_shell, Source(name=source.name, text=line, ollama=source.ollama), number - 1, "")
    if fence:
        yield from _block(source, language, block, start, depth)


def _unquoted(line: str) -> str:
    """A line of a quotation without its mark."""
    return line.lstrip().removeprefix(">").removeprefix(" ")


def _block(source: Source, language: str, block: list[str], start: int, depth: int) -> Iterator[Candidate]:
    """One block; Markdown in it has blocks of its own."""
    if language not in _OWN:
        yield from read_block(source, language, block, start)
    elif depth < _DEEPEST:
        inner = Source(name=source.name, text="\n".join(block), ollama=source.ollama)
        for item in _blocks(inner, depth + 1):
            yield replace(item, line=item.line + start)
