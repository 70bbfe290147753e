"""Checks outside values against the domain's own dataclasses: strict types, no unknown key, errors with `file:line`."""

from __future__ import annotations

import json
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from llmadvise.errors import InvalidFileError
from llmadvise.strict_yaml.read import Document, Location, Value, strings

Entry = TypeVar("Entry")

_STRICT: Final = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
# Prose may run over several lines; everything else is one line on a screen, in a command or in a report.
_PROSE: Final = frozenset(
    {"example", "text", "quote", "note", "notes", "summary", "surprises", "clause", "query_prefix"}
)
_SHOWN_ERRORS: Final = 3
_adapters: dict[type, TypeAdapter[Any]] = {}
_SEE_SCHEMA: Final = "See `llmadvise schema` for the type of each field."


def read_as(kind: type[Entry], values: Value, document: Document, location: Location = ()) -> Entry:
    """Return these values as an instance of a domain dataclass.

    `location` is where they stand in the document. Raises InvalidFileError that names file, line, field and what is
    wrong. An integer passes for a float, an array for a tuple, a string for an enumeration; nothing else is converted.
    """
    if kind is not str and not isinstance(values, dict):
        raise InvalidFileError(
            f"{document.where(location)}: expected `key: value` lines, not {_brief(values)}", _SEE_SCHEMA
        )
    for inner, text in strings(values):
        if "\n" in text and not _PROSE & {*map(str, (*location, *inner))}:
            where = document.where((*location, *inner))
            raise InvalidFileError(f"{where}: {_path(inner)} runs over several lines", "Write it on one line.")
    try:
        # Strict JSON is the rule set wanted here: in it an array is a tuple and a string may be an enumeration.
        entry: Entry = _adapter(kind).validate_json(json.dumps(values))
    except ValidationError as error:
        raise _invalid(error, kind, document, location) from error
    return entry


def _adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in _adapters:
        # Pydantic takes no settings beside a bare dataclass, but hands those of a union down to its members.
        optional: Any = kind | None
        _adapters[kind] = TypeAdapter(optional, config=_STRICT)
    return _adapters[kind]


def _invalid(error: ValidationError, kind: type, document: Document, location: Location) -> InvalidFileError:
    details = error.errors(include_url=False, include_context=False)
    lines = [
        f"{document.where((*location, *detail['loc']))}: {_describe(detail)}" for detail in details[:_SHOWN_ERRORS]
    ]
    if len(details) > _SHOWN_ERRORS:
        lines.append(f"{document.label}: and {len(details) - _SHOWN_ERRORS} more errors")
    return InvalidFileError("\n".join(lines), _hint(details[0], kind))


def _describe(detail: ErrorDetails) -> str:
    path = _path(detail["loc"]) or "the entry"
    match detail["type"]:
        case "unexpected_keyword_argument":
            return f"{path}: unknown key"
        case "missing" | "missing_keyword_only_argument":
            return f"{path}: missing"
        case _:
            message = detail["msg"]
            return f"{path}: {message[0].lower()}{message[1:]}, not {_brief(detail['input'])}"


def _hint(detail: ErrorDetails, kind: type) -> str:
    """Say what to do about the first error."""
    match detail["type"]:
        case "unexpected_keyword_argument":
            known = [field.name for field in fields(kind)] if len(detail["loc"]) == 1 else []
            near = get_close_matches(str(detail["loc"][-1]), known, n=1)
            return (
                f"Did you mean {near[0]}?"
                if near
                else "Remove the key, or see `llmadvise schema` for those that exist."
            )
        case "missing" | "missing_keyword_only_argument":
            return "Add the key; write null only where the schema allows it."
        case "string_type":
            return "Put it in quotes."
        case _:
            return _SEE_SCHEMA


def _path(location: Location) -> str:
    """`variants[0].files[1].bytes`."""
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step[:60]}" if step.isprintable() else f".{step[:60]!a}"
    return text.removeprefix(".")


def _brief(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            text = repr(value)
            return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004 - what fits beside the message
