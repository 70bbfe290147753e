"""JSON by its tokens, with positions, however deep: keys that take models, and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from llmadvise.checkout.places import SILENT, Candidate, Slot, slot_of_key, words_of
from llmadvise.checkout.plain_names import DATA_WORDS
from llmadvise.checkout.positions import Lines
from llmadvise.checkout.readers.source import Source
from llmadvise.checkout.shell import candidates, of_command
from llmadvise.checkout.words import Word
from llmadvise.record import dataclass

if TYPE_CHECKING:
    from json import JSONDecoder

_LONGEST_KEY = 200
_SAME = frozenset(("default", "options", "choices", "enum"))
"""Keys whose values are those of the key above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string of a JSON document: the key it belongs to, and the keys above."""

    value: str
    key: str
    above: tuple[str, ...]
    offset: int
    in_list: bool
    is_key: bool = False


@cache
def _tokens() -> re.Pattern[str]:
    return re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|//[^\n]*|[\[\]{},]')


def unescaped(text: str) -> str:
    r"""A JSON string without its escapes; one that is malformed as it stands."""
    if "\\" not in text:
        return text
    try:
        value = _decoder().decode(f'"{text}"')
    except ValueError:
        return text
    return value if isinstance(value, str) else text


@cache
def _decoder() -> JSONDecoder:
    from json import JSONDecoder  # noqa: PLC0415 - only where there is an escape

    return JSONDecoder(strict=False)


def texts(document: str, *, longest: int = 2000, keys: bool = False, without: str = "") -> Iterator[Text]:
    """Every string value of a document in order, and keys with a slash if they are asked for; longer ones are left out,
    and what stands under the key `without`.
    """
    stack: list[tuple[str, bool]] = []
    key, hidden = "", 0
    for found in _tokens().finditer(document):
        mark = found.group()[0]
        if mark in "{[":
            stack.append((key, mark == "["))
            hidden += bool(without) and key == without
        elif mark in "}]":
            key = stack.pop()[0] if stack else ""
            hidden -= bool(without) and key == without and hidden > 0
        elif mark == '"':
            if found.group(2) is not None:
                key = unescaped(found.group(1)) if found.end(1) - found.start(1) < _LONGEST_KEY else ""
                if keys and "/" in key:
                    yield Text(value=key, key=stack[-1][0] if stack else "", above=(), offset=found.start(), in_list=False, is_key=True)  # fmt: skip
            elif found.end(1) - found.start(1) <= longest and not hidden:  # fmt: skip
                in_list = bool(stack) and stack[-1][1]
                yield Text(value=unescaped(found.group(1)), key=stack[-1][0] if in_list else key, above=tuple(name for name, _ in stack[-4:]), offset=found.start(), in_list=in_list)  # fmt: skip


def read_json(source: Source) -> Iterator[Candidate]:
    """Candidates of one JSON document."""
    lines = Lines(source.text)
    before: Text | None = None
    repository: tuple[str, ...] | None = None
    for text in texts(source.text, keys=True):
        line, column = lines.at(text.offset)
        if text.is_key:
            if slot_of_key(text.key) is not None:
                yield Candidate(value=text.value, line=line, column=column, kind="json-key", slot=Slot.MODEL, hint=text.key)  # fmt: skip
            continue
        yield from _command(text, before, line, column)
        before = text if text.in_list else None
        key = _full(text)
        slot = slot_of_key(key) or Slot.ANY
        if slot is Slot.HUB and "/" in text.value:
            repository = text.above
        elif words_of(text.key)[-1:] == ["filename"] and repository == text.above:
            continue  # a file of the repository that was named just before
        if key != text.key and slot is Slot.HUB:
            slot = Slot.MODEL
        if slot is not Slot.ANY or "/" in text.value or text.value.endswith(".gguf"):
            yield Candidate(value=text.value, line=line, column=column, kind="json-key", slot=slot, hint=key)


def _full(text: Text) -> str:
    """A key together with the one above where it says nothing by itself."""
    above = text.above[-1] if text.above else ""
    if text.key in SILENT and above and above != text.key:
        if text.key in _SAME:
            return above if slot_of_key(above) is not None else text.key
        if slot_of_key(above) is not None or not DATA_WORDS.isdisjoint(words_of(above)):
            return f"{above}_{text.key}"
    return text.key


def _command(text: Text, before: Text | None, line: int, column: int) -> Iterator[Candidate]:
    """What a word of a command takes, by itself or after the word before it; or a command in one string."""
    value = text.value
    words: list[Word] = []
    if text.in_list and value.startswith("--") and "=" in value:
        words = [Word(text=value, offset=0)]
    elif text.in_list and before is not None and (before.value.startswith("-") or before.value == "serve"):
        words = [Word(text=before.value, offset=0), Word(text=value, offset=0)]
    for given in of_command(words):
        yield Candidate(value=given.value, line=line, column=column, kind="json-argument", slot=given.slot, hint=given.hint)  # fmt: skip
    if " --" in value or value.startswith(("ollama ", "vllm ", "hf ", "huggingface-cli ")) or "ollama pull" in value:
        for item in candidates(value, line, column + 1, "json-command"):
            yield replace(item, line=line)
