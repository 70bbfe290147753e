"""One object of a JSON document, and the texts in it."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.probe.text import clean
from llmadvise.record import dataclass

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One object of a document."""

    name: str
    """The key that it stands under."""
    fields: Fields
    place: int
    """How many devices came before it."""


def text_of(fields: Fields, *names: str) -> str | None:
    """The first of these fields that holds a text."""
    found = next((fields[name] for name in names if isinstance(fields.get(name), str) and fields[name]), None)
    return clean(found) if isinstance(found, str) else None
