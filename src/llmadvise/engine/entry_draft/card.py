"""Values of a model card that people wrote: words where words belong, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

_LONGEST: Final = 200


def word(card: Mapping[str, object], key: str) -> str | None:
    """One line of text; None for anything else."""
    value = card.get(key)
    if not isinstance(value, str):
        return None
    line = " ".join(part for part in value.split() if part.isprintable())[:_LONGEST]
    return line or None


def words(card: Mapping[str, object], key: str) -> tuple[str, ...]:
    """A text or a list of texts."""
    value = card.get(key)
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, Sequence):
        return ()
    found = (word({"item": item}, "item") for item in value)
    return tuple(dict.fromkeys(item for item in found if item))


def languages(card: Mapping[str, object]) -> tuple[str, ...]:
    """Codes of languages, in the card's order."""
    return tuple(item.lower() for item in words(card, "language") if 1 < len(item) < 12 and item.isascii())  # noqa: PLR2004 - BCP 47
