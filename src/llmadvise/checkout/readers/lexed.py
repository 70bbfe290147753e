"""Source code by its strings: JavaScript, TypeScript, Go, Rust, Java and others, and whatever could not be parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llmadvise.checkout.places import Candidate, Slot, kind_of_key_is_uri, slot_of_call, slot_of_key
from llmadvise.checkout.positions import Lines
from llmadvise.checkout.readers.source import Source

_LONGEST = 300


@cache
def _pattern(name: str) -> re.Pattern[str]:
    string = r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`\n]{0,300}`)"
    return re.compile(
        {
            "slash": r"(?P<skip>//[^\n]*|/\*[\s\S]*?\*/)" + string,
            "hash": r"(?P<skip>\#[^\n]*|\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?''')" + string,
            "key": r"([A-Za-z_][\w-]{0,60})[\"']?\]?\s*(?::=|:|=>|=)\s*(?:[A-Za-z_.:&]{1,30}\()?(?:[A-Za-z_.]{1,40}(?:\[['\"]\w+['\"]\])?\s*(?:\|\||\?\?|or)\s*)?[\[(]?\s*$",
            "call": r"([A-Za-z_][\w.]{0,80})\s*(?:<[^<>()]{0,40}>)?!?\(\s*$",
            "second": r"([A-Za-z_][\w.]{0,80})\s*\(\s*[\"'][\w-]{1,60}[\"']\s*,\s*$",
            "field": r"[^\n]*\n\s*(?:#\[[^\n]*\n\s*)*(?:pub(?:\([^)]*\))?\s+)?(\w+)\s*:",
        }[name]
    )


def read_slashed(source: Source) -> Iterator[Candidate]:
    """Candidates of a language with // comments."""
    yield from _read(source, "slash", "code")


def read_hashed(source: Source) -> Iterator[Candidate]:
    """Candidates of a language with # comments."""
    yield from _read(source, "hash", "code")


def _read(source: Source, comments: str, kind: str) -> Iterator[Candidate]:
    text = source.text
    lines = Lines(text)
    for found in _pattern(comments).finditer(text):
        if found.lastgroup != "text" or found.end() - found.start() > _LONGEST:
            continue
        value = found.group()[1:-1]
        slot, how, hint = _place(text, found.start(), found.end())
        if slot is Slot.ANY and "/" not in value and not value.endswith(".gguf") and not value.startswith("hf:"):
            continue
        line, column = lines.at(found.start())
        yield Candidate(value=value, line=line, column=column, kind=f"{kind}-{how}", slot=slot, hint=hint)


def _place(text: str, start: int, end: int) -> tuple[Slot, str, str | None]:
    before = text[max(0, start - 120) : start]
    key = _pattern("key").search(before)
    if key is not None:
        name = key.group(1)
        if name in ("default_value", "default", "default_value_t"):
            field = _pattern("field").match(text, end, min(len(text), end + 400))
            name = field.group(1) if field is not None else name
        slot = slot_of_key(name)
        if slot is not None and not kind_of_key_is_uri(name):
            return Slot.MODEL if slot is Slot.HUB else slot, "key", name
        return Slot.ANY, "string", name
    second = _pattern("second").search(before)
    if second is not None:
        name = second.group(1)
        slot = slot_of_call(name.rpartition(".")[2], name, 1)
        if slot is None and name.rpartition(".")[2].lower() in ("getenv", "get", "env"):
            slot = _environment(before)
        return (slot, "call", None) if slot is not None else (Slot.ANY, "string", None)
    call = _pattern("call").search(before)
    if call is not None:
        name = call.group(1)
        slot = slot_of_call(name.rpartition(".")[2], name, 0)
        if slot is not None:
            return slot, "call", None
    return Slot.ANY, "string", None


def _environment(before: str) -> Slot | None:
    quoted = before.rstrip(", \n\t").rstrip("\"'")
    return slot_of_key(quoted[max(quoted.rfind('"'), quoted.rfind("'")) + 1 :])
