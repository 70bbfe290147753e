"""Source code by its strings: JavaScript, TypeScript, Go, Rust, Java and others, and whatever could not be parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llmadvise.checkout.calls import slot_of_builder, slot_of_call
from llmadvise.checkout.places import Candidate, Slot, kind_of_key_is_uri, slot_of_key
from llmadvise.checkout.plain_names import may_name, may_speak
from llmadvise.checkout.positions import Lines
from llmadvise.checkout.readers.source import Source
from llmadvise.record import dataclass

_LONGEST = 300
_NAMED_FIRST = frozenset(("getenv", "get", "env", "string", "stringvar", "option", "setdefault"))
"""Functions that take a name and then its value: of a variable, or of a flag."""


@cache
def _pattern(name: str) -> re.Pattern[str]:
    string = r"|(?P<text>\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'|`[^`\n]{0,300}`)"
    return re.compile(
        {
            "slash": r"(?P<skip>//[^\n]*|/\*[\s\S]*?\*/)" + string,
            "hash": r"(?P<skip>\#[^\n]*|\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?''')" + string,
            "key": r"([A-Za-z_][\w-]{0,60})[\"']?\]?\s*(?::=|:|=>|=|<-)\s*(?:[A-Za-z_.:&]{1,30}\()?(?:[A-Za-z_.]{1,40}(?:\[['\"]\w+['\"]\])?\s*(?:\|\||\?\?|or)\s*)?(?:&?\[\]\w+|new\s*\w*\[\]|vec!)?\s*[\[({]?\s*$",
            "call": r"([A-Za-z_][\w.:]{0,80}|\.\w{1,80})\s*(?:<[^<>()]{0,40}>)?!?\(\s*$",
            "second": r"([A-Za-z_][\w.]{0,80})\s*\(\s*[\"'][\w-]{1,60}[\"']\s*,\s*$",
            "field": r"[^\n]*\n\s*(?:#\[[^\n]*\n\s*)*(?:pub(?:\([^)]*\))?\s+)?(\w+)\s*:",
            "import": r"(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\(|\blibrary\s*\()\s*$",
            "between": r"\s*,(?:\s|//[^\n]*|\#[^\n]*)*",
        }[name]
    )


def read_slashed(source: Source) -> Iterator[Candidate]:
    """Candidates of a language with // comments."""
    yield from _read(source, "slash", "code")


def read_hashed(source: Source) -> Iterator[Candidate]:
    """Candidates of a language with # comments."""
    yield from _read(source, "hash", "code")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a string stands."""

    slot: Slot
    how: str = "string"
    hint: str | None = None


def _read(source: Source, comments: str, kind: str) -> Iterator[Candidate]:
    text = source.text
    lines = Lines(text)
    hub = "hf_hub" in text or "hf-hub" in text
    place, end, in_list = _Place(slot=Slot.ANY), -1, False
    for found in _pattern(comments).finditer(text):
        if found.lastgroup != "text" or found.end() - found.start() > _LONGEST:
            continue
        start, value = found.start(), found.group()[1:-1]
        if not may_name(value) and not _opens(text, start):
            end = found.end() if in_list and _pattern("between").fullmatch(text, end, start) else end
            continue
        if not (in_list and _pattern("between").fullmatch(text, end, start)):
            before = text[max(0, start - 120) : start]
            in_list = before.rstrip().endswith(("[", "{", "listOf(", "List.of(", "asList(", "setOf(", " c(", "=c("))
            place = _place(before, text, found.end(), hub=hub)
        end = found.end()
        if place.slot is Slot.ANY and not may_speak(value, place.hint, ollama=source.ollama):
            continue
        line, column = lines.at(start)
        yield Candidate(value=value, line=line, column=column, kind=f"{kind}-{place.how}", slot=place.slot, hint=place.hint)  # fmt: skip


def _opens(text: str, start: int) -> bool:
    """Whether a string is the first of a list, which says what the others are."""
    return text[max(0, start - 40) : start].rstrip().endswith(("[", "{", "Of(", "List(", " c("))


def _place(before: str, text: str, end: int, *, hub: bool) -> _Place:
    call = _pattern("call").search(before)
    called = _of_call(call.group(1), hub=hub) if call is not None else None
    if called is not None:
        return called
    key = _pattern("key").search(before)
    if key is not None:
        return _of_key(key.group(1), text, end)
    if _pattern("import").search(before) is not None:
        return _Place(slot=Slot.DATA, how="import")
    second = _pattern("second").search(before)
    if second is not None:
        name = second.group(1)
        last = name.rpartition(".")[2]
        slot = slot_of_call(last, name, 1)
        if slot is None and last.lower() in _NAMED_FIRST:
            slot = _environment(before)
        return _Place(slot=slot, how="call") if slot is not None else _Place(slot=Slot.ANY)
    return _Place(slot=Slot.ANY)


def _of_call(name: str, *, hub: bool) -> _Place | None:
    last = name.rpartition(".")[2]
    slot = slot_of_call(last, name, 0) or slot_of_builder(name, hub=hub)
    return _Place(slot=slot, how="call", hint=last) if slot is not None else None


def _of_key(name: str, text: str, end: int) -> _Place:
    if name in ("default_value", "default", "default_value_t"):
        field = _pattern("field").match(text, end, min(len(text), end + 400))
        name = field.group(1) if field is not None else name
    slot = slot_of_key(name)
    if slot is not None and not kind_of_key_is_uri(name):
        return _Place(slot=Slot.MODEL if slot is Slot.HUB else slot, how="key", hint=name)
    return _Place(slot=Slot.ANY, hint=name)


def _environment(before: str) -> Slot | None:
    quoted = before.rstrip(", \n\t").rstrip("\"'")
    return slot_of_key(quoted[max(quoted.rfind('"'), quoted.rfind("'")) + 1 :])
