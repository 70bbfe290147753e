"""Writes an entry as the YAML that people review: block style, one line for short rows, text quoted where YAML would guess."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Final, TypeAlias

from llmadvise.domain.draft import DraftModel
from llmadvise.domain.model import Model

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+()%-]+)*")
_GUESSED: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"})
_INLINE: Final = frozenset(
    {"parameters", "context_length", "license", "experts", "pictures", "embedding", "fill_in_middle"}
)
_ROWS_INLINE: Final = frozenset({"base_models", "attention", "evidence", "files", "projectors"})
_LAST_OF_FOUR_DIGITS: Final = 0xFFFF
_NOT_WRITTEN: Final = frozenset({"id", "findings"})
_KEPT_EMPTY: Final = frozenset({"total", "active", "native", "declared", "layers", "hidden_size", "vocabulary_size"})
"""Keys that are written as null where they are unknown: a reviewer must see that they are missing."""


def entry_yaml(entry: Model | DraftModel) -> str:
    """The file of an entry. Findings of a draft stand as comments at its head."""
    comments = [_comment(finding.message) for finding in entry.findings] if isinstance(entry, DraftModel) else []
    table = _plain(entry, required=isinstance(entry, DraftModel))
    assert isinstance(table, dict)  # noqa: S101 - an entry is a mapping
    lines = list(_block({key: value for key, value in table.items() if key not in _NOT_WRITTEN}, 0))
    return "\n".join([*comments, *lines]) + "\n"


def _comment(text: str) -> str:
    return "# " + "".join(letter if letter.isprintable() else " " for letter in text)[:300]


def _plain(value: object, *, required: bool) -> Plain:
    """Dataclasses as tables, without what is left at its default."""
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item, required=required) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [_plain(item, required=required) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        table: dict[str, Plain] = {}
        for field in fields(value):
            item = getattr(value, field.name)
            needed = field.default is MISSING and field.default_factory is MISSING
            if item is None:
                written = needed or (required and field.name in _KEPT_EMPTY)
            else:
                written = item not in ((), {}) and (needed or item != field.default)
            if written:
                table[field.name] = _plain(item, required=required)
        if table.get("repo") and "quantization" in table:
            table.pop("id", None)
        return table
    raise TypeError(f"{type(value).__name__} has no place in an entry")


def _block(table: Mapping[str, Plain], indent: int) -> Iterable[str]:
    pad = "  " * indent
    for key, value in table.items():
        match value:
            case dict() if key in _INLINE or not value:
                yield f"{pad}{key}: {_flow(value)}"
            case dict():
                yield f"{pad}{key}:"
                yield from _block(value, indent + 1)
            case list() if value and (key in _ROWS_INLINE or key in {"notes", "sources"}):
                yield f"{pad}{key}:"
                yield from (f"{pad}  - {_flow(item)}" for item in value)
            case list() if value and all(isinstance(item, dict) for item in value):
                yield f"{pad}{key}:"
                for item in value:
                    first, *rest = _block(item, indent + 2) if isinstance(item, dict) else ("",)
                    yield f"{pad}  - {first.lstrip()}"
                    yield from rest
            case _:
                yield f"{pad}{key}: {_flow(value)}"


def _flow(value: Plain) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case bool() | None:
            return json.dumps(value)
        case str():
            plain = _BARE.fullmatch(value) and value.lower() not in _GUESSED
            return value if plain else "".join(map(_visible, json.dumps(value, ensure_ascii=False)))
        case float():
            return f"{value:.10g}" if "." in f"{value:.10g}" else f"{value:.1f}"
        case _:
            return str(value)


def _visible(letter: str) -> str:
    """A letter as it may stand in a file that people read, and on a terminal: whatever cannot be seen as an escape."""
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) <= _LAST_OF_FOUR_DIGITS else f"\\U{ord(letter):08x}"
