"""A script as words and separators, with where each begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llmadvise.record import dataclass

_SEPARATORS = frozenset((";", "&", "&&", "||", "|", "(", ")", "\n", "{", "}"))
_MOST_WORDS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a command, without its quotes, and where it begins."""

    text: str
    offset: int


@cache
def _words() -> re.Pattern[str]:
    return re.compile(
        r"(?P<skip>(?:[ \t\r]|\\\r?\n)+)|(?P<comment>(?<![^\s;])\#[^\n]*)|(?P<end>&&|\|\||[;&|()\n])"
        r"|(?P<word>(?:\"[^\"\\]*(?:\\[\s\S][^\"\\]*)*\"|'[^']*'|\$\([^()\n]*\)|\$\{[^{}\n]*\}|\\[^\n]|[^\s;&|()'\"\\$]+|[$'\"\\])+)"
    )


def split_words(text: str) -> list[Word]:
    """The words and separators of a script in order, comments left out."""
    out: list[Word] = []
    for found in _words().finditer(text):
        if found.lastgroup == "word":
            out.append(Word(text=_unquoted(found.group()), offset=found.start()))
        elif found.lastgroup == "end":
            out.append(Word(text=found.group(), offset=found.start()))
    return out


def split_commands(text: str) -> Iterator[list[Word]]:
    """The commands of a script in order; of a longer one, the first words."""
    command: list[Word] = []
    for word in [*split_words(text), Word(text="\n", offset=len(text))]:
        if word.text in _SEPARATORS:
            if command:
                yield command
            command = []
        elif len(command) < _MOST_WORDS:
            command.append(word)


def _unquoted(text: str) -> str:
    if text[0] in "\"'" and text[-1] == text[0] and len(text) > 1:
        return text[1:-1]
    if "$(" in text:
        return text  # a command of its own, whose quotes matter
    return text.replace('"', "").replace("'", "")
