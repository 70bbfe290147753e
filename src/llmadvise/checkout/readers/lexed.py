"""Source code by its strings: JavaScript, TypeScript, Go, Rust, Java, HCL and others, and whatever could not be parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from llmadvise.checkout.places import Candidate, Slot
from llmadvise.checkout.plain_names import may_name, may_speak
from llmadvise.checkout.positions import Lines
from llmadvise.checkout.readers.assigned import read_lines
from llmadvise.checkout.readers.frames import Frames
from llmadvise.checkout.readers.json import read_json
from llmadvise.checkout.readers.lexed_places import ANYWHERE, Place, own_place
from llmadvise.checkout.readers.source import Source
from llmadvise.checkout.readers.used_names import used_names
from llmadvise.record import dataclass

_LONGEST = 300
_LONGEST_DOCUMENT = 20_000
_CLOSES = {'"""': '"""', "'''": "'''", 'r#"': '"#', "`": "`"}
_BRACKETS = frozenset("[](){}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A string with its quotes, or a bracket."""

    text: str
    start: int
    end: int


@cache
def _pattern(name: str) -> re.Pattern[str]:
    string = r"|(?P<text>\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\\\n]*(?:\\.[^'\\\n]*)*')|(?P<bracket>[\[\](){}])"
    slash = r"(?P<skip>//[^\n]*|/\*[\s\S]*?\*/)"
    return re.compile(
        {
            "slash": slash + r"|(?P<raw>\"\"\"|r\#\"|`)" + string,
            "hash": r"(?P<skip>\#[^\n]*|\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?''')|(?P<raw>`)" + string,
            "hcl": r"(?P<skip>\#[^\n]*|//[^\n]*|/\*[\s\S]*?\*/)|(?P<raw>(?!))" + string,
            "between": r"\s*,(?:\s|//[^\n]*|\#[^\n]*)*",
        }[name]
    )


def tokens(text: str, comments: str) -> Iterator[Token]:
    """The strings and brackets of a program in order; a string over several lines ends where its quotes do."""
    at = 0
    open_ended: set[str] = set()
    search = _pattern(comments).search
    while (found := search(text, at)) is not None:
        at = found.end()
        if found.lastgroup == "raw":
            close = _CLOSES[found.group()]
            end = -1 if close in open_ended else text.find(close, at)
            if end < 0:
                open_ended.add(close)
                continue
            at = end + len(close)
        if found.lastgroup != "skip":
            yield Token(text=text[found.start() : at], start=found.start(), end=at)


def read_slashed(source: Source) -> Iterator[Candidate]:
    """Candidates of a language with // comments."""
    yield from _read(source, "slash")


def read_hashed(source: Source) -> Iterator[Candidate]:
    """Candidates of a language with # comments."""
    yield from _read(source, "hash")


def read_hcl(source: Source) -> Iterator[Candidate]:
    """Candidates of Terraform and its like: by their blocks, and line by line."""
    yield from _read(source, "hcl")
    yield from read_lines(source)


def _read(source: Source, comments: str) -> Iterator[Candidate]:
    text = source.text
    lines = Lines(text)
    yield from used_names(text, lines, lambda: {token.start for token in tokens(text, comments)})
    hub = "hf_hub" in text or "hf-hub" in text
    frames = Frames(text, ollama=source.ollama)
    place: Place | None = ANYWHERE
    first, end, in_list = (0, 0), -1, False
    for token in tokens(text, comments):
        start = token.start
        if token.text in _BRACKETS:
            frames.bracket(token.text, start)
            continue
        if "\n" in token.text or (token.text[0] in "`r" and '"' in token.text[3:-2]):
            yield from _document(source, token, lines)
            continue
        value = token.text.strip("\"'`") if token.text[0] != "r" else token.text[3:-2]
        if len(value) > _LONGEST:
            continue
        before = frames.string(value, start)
        following = in_list and _pattern("between").fullmatch(text, end, start) is not None
        if not may_name(value) and not _opens(text, start):
            end = token.end if following else end
            continue
        if not following:
            ahead = text[max(0, start - 160) : start]
            in_list = ahead.rstrip().endswith(("[", "{", "listOf(", "List.of(", "asList(", "setOf(", " c(", "=c("))
            place, first = None, (start, token.end)
        end = token.end
        if not may_name(value):
            continue
        if place is None:
            place = own_place(text[max(0, first[0] - 160) : first[0]], text, first[1], hub=hub)
        given = place if place.slot is not Slot.ANY else frames.place(value, place, before, start)
        given = frames.asked(given)
        if given.slot is Slot.ANY and not may_speak(value, given.hint, ollama=source.ollama):
            continue
        line, column = lines.at(start)
        yield Candidate(value=value, line=line, column=column, kind=f"code-{given.how}", slot=given.slot, hint=given.hint)  # fmt: skip


def _opens(text: str, start: int) -> bool:
    """Whether a string is the first of a list, which says what the others are."""
    return text[max(0, start - 40) : start].rstrip().endswith(("[", "{", "Of(", "List(", " c("))


def _document(source: Source, token: Token, lines: Lines) -> Iterator[Candidate]:
    """A string of several lines: a configuration or commands, as a test or a template holds them."""
    text = token.text
    if len(text) > _LONGEST_DOCUMENT or not ("/" in text or ":" in text):
        return
    first, _ = lines.at(token.start)
    text = (text[3:-2] if text[0] == "r" else text.strip("`\"'")).rstrip()
    reader = read_json if text.lstrip().startswith(("{", "[")) else read_lines
    for item in reader(Source(name="", text=text, ollama=source.ollama)):
        yield replace(item, line=item.line + first - 1, kind="code-document")
