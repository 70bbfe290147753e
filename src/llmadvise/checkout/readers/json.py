"""JSON by its tokens, with positions, however deep: keys that take models, and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llmadvise.checkout.places import Candidate, Slot, slot_of_key
from llmadvise.checkout.positions import Lines
from llmadvise.checkout.readers.source import Source
from llmadvise.checkout.shell import Word, of_command
from llmadvise.record import dataclass

_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string of a JSON document: the key it belongs to, and the keys above."""

    value: str
    key: str
    above: tuple[str, ...]
    offset: int
    in_list: bool


@cache
def _tokens() -> re.Pattern[str]:
    return re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|//[^\n]*|[\[\]{},]')


def unescaped(text: str) -> str:
    r"""A JSON string without its escapes; one that is malformed as it stands."""
    if "\\" not in text:
        return text
    import json  # noqa: PLC0415 - only where there is an escape

    try:
        value = json.loads(f'"{text}"', strict=False)
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def texts(document: str, *, longest: int = 2000) -> Iterator[Text]:
    """Every string value of a document in order; longer ones are left out."""
    stack: list[tuple[str, bool]] = []
    key = ""
    for found in _tokens().finditer(document):
        mark = found.group()[0]
        if mark in "{[":
            stack.append((key, mark == "["))
        elif mark in "}]":
            key = stack.pop()[0] if stack else ""
        elif mark == '"':
            if found.group(2) is not None:
                key = unescaped(found.group(1)) if found.end(1) - found.start(1) < _LONGEST_KEY else ""
            elif found.end(1) - found.start(1) <= longest:
                in_list = bool(stack) and stack[-1][1]
                yield Text(value=unescaped(found.group(1)), key=stack[-1][0] if in_list else key, above=tuple(name for name, _ in stack[-4:]), offset=found.start(), in_list=in_list)  # fmt: skip


def read_json(source: Source) -> Iterator[Candidate]:
    """Candidates of one JSON document."""
    lines = Lines(source.text)
    flag: list[Text] = []
    for text in texts(source.text):
        line, column = lines.at(text.offset)
        slot = slot_of_key(text.key)
        if text.in_list and flag and flag[-1].value.startswith("-"):
            words = [Word(text=item.value, offset=0) for item in (flag[-1], text)]
            given = next(iter(of_command(words)), None)
            if given is not None:
                yield Candidate(value=given.value, line=line, column=column, kind="json-argument", slot=given.slot)
        flag = [text] if text.in_list else []
        if slot is None:
            slot = Slot.ANY
        value = text.value
        if text.in_list and value.startswith("--") and "=" in value:
            for given in of_command([Word(text=value, offset=0)]):
                yield Candidate(value=given.value, line=line, column=column, kind="json-argument", slot=given.slot)
        elif slot is not Slot.ANY or "/" in value or value.endswith(".gguf"):
            yield Candidate(value=value, line=line, column=column, kind="json-key", slot=slot, hint=text.key)
