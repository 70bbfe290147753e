"""HTML and XML: scripts, choices of a model, and elements and attributes that take one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from llmadvise.checkout.places import Candidate, Slot, slot_of_key, words_of
from llmadvise.checkout.positions import Lines
from llmadvise.checkout.readers.json import read_json
from llmadvise.checkout.readers.lexed import read_slashed
from llmadvise.checkout.readers.source import Reader, Source

_MOST_ATTRIBUTES = 40
_FIELDS = frozenset(("select", "selector", "selection", "input", "field", "dropdown", "picker", "list", "options", "combo", "box", "choice"))  # fmt: skip
_LABELS = ("id", "name", "aria-label", "v-model", "data-testid")


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        {
            "tag": r"<!--|<(/?)([A-Za-z][\w.:-]{0,60})((?:[^<>\"']|\"[^\"<]{0,2000}\"|'[^'<]{0,2000}'){0,400})>(?:\s*([^\s<>]{3,200})\s*(?=<))?",
            "attribute": r"([A-Za-z_:@][\w.:-]{0,60})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')",
            "script": r"</script\s*>",
        }[name]
    )


def read_markup(source: Source) -> Iterator[Candidate]:
    """Candidates of one page or document."""
    text = source.text
    lines = Lines(text)
    choice: Slot | None = None
    at = 0
    while (found := _pattern("tag").search(text, at)) is not None:
        at = found.end()
        closes, tag = found.group(1), (found.group(2) or "").lower()
        if not tag:
            at = text.find("-->", at)
            if at < 0:
                return
            continue
        if tag == "select":
            choice = None if closes else _labelled(found.group(3))
        if closes:
            continue
        if tag == "script":
            end = _pattern("script").search(text, found.end(3))
            if end is None:
                return
            yield from _script(source, found.group(3), found.end(3) + 1, end.start(), lines)
            at = end.end()
            continue
        for item in _element(found, tag, choice):
            line, column = lines.at(item.column)
            yield replace(item, line=line, column=column)


def _script(source: Source, attributes: str, start: int, end: int, lines: Lines) -> Iterator[Candidate]:
    """A script in a page, at its place there."""
    kind = dict(_attributes(attributes)).get("type", ("", 0))[0].lower()
    if "importmap" in kind or (source.text.find("/", start, end) < 0 and source.text.find(":", start, end) < 0):
        return
    reader: Reader = read_json if "json" in kind else read_slashed
    first, column = lines.at(start)
    inner = Source(name=source.name, text=source.text[start:end], ollama=source.ollama)
    for item in reader(inner):
        yield replace(item, line=item.line + first - 1, column=item.column + (column - 1 if item.line == 1 else 0))


def _element(found: re.Match[str], tag: str, choice: Slot | None) -> Iterator[Candidate]:
    """What the attributes and the text of an element give, each with its offset as column."""
    attributes = dict(_attributes(found.group(3) or ""))
    labelled = choice if tag == "option" else _slot_of_labels(attributes)
    for name, (value, offset) in attributes.items():
        slot = labelled if name in ("value", "defaultvalue") else slot_of_key(name.removeprefix("data-"))
        slot = slot if "/" in value or ":" in value else None
        if slot is not None and name not in _LABELS:
            yield _made(value, found.start(3) + offset, slot, name)
    text = found.group(4)
    slot = slot_of_key(tag)
    if text and slot is not None:
        yield _made(text, found.start(4), slot, tag)


def _made(value: str, offset: int, slot: Slot, hint: str) -> Candidate:
    taken = Slot.MODEL if slot is Slot.HUB else slot
    return Candidate(value=value, line=1, column=offset, kind="markup", slot=taken, hint=hint)


def _attributes(text: str) -> Iterator[tuple[str, tuple[str, int]]]:
    """Name, value and offset of each attribute of a tag."""
    for at, found in enumerate(_pattern("attribute").finditer(text)):
        if at >= _MOST_ATTRIBUTES:
            return
        value = found.group(2) if found.group(2) is not None else found.group(3)
        yield found.group(1).lower(), (value, found.start(2) if found.group(2) is not None else found.start(3))


def _labelled(attributes: str) -> Slot | None:
    return _slot_of_labels(dict(_attributes(attributes)))


def _slot_of_labels(attributes: dict[str, tuple[str, int]]) -> Slot | None:
    """What a field takes by its id, its name or its label: `model`, `modelSelect`, `model-input`."""
    for name in _LABELS:
        words = words_of(attributes[name][0]) if name in attributes else []
        slot = slot_of_key("_".join(words[:-1] if words[-1:] and words[-1] in _FIELDS else words))
        if slot is not None:
            return slot
    return None
