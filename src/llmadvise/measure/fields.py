"""Values of a JSON object, each checked: what others wrote is believed only as far as it makes sense."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

LONGEST_TEXT = 300
MOST_BYTES = 1 << 50
MOST_TOKENS = 1 << 30
MOST_LAYERS = 1 << 16
FASTEST = 1e9
"""Tokens a second: a hundred times what any machine of today reads."""


class Fields:
    """One object. Every reader raises ValueError, which names the field, for a value that it cannot be."""

    def __init__(self, values: object) -> None:
        if not isinstance(values, dict):
            raise ValueError("not an object")  # noqa: TRY004 - one kind of failure for all that is wrong with a line
        self._values: Mapping[str, object] = values

    def __contains__(self, name: str) -> bool:
        """Whether the field is there and is not null."""
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """A string of a usual length."""
        value = self._values.get(name)
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            raise ValueError(f"{name} is no text of up to {LONGEST_TEXT} letters")
        return value

    def text_or_none(self, name: str) -> str | None:
        """The same, where it may be left out."""
        return self.text(name) if name in self else None

    def count(self, name: str, most: int) -> int:
        """A whole number from zero."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise ValueError(f"{name} is no whole number from 0 to {most}")
        return value

    def count_or_none(self, name: str, most: int) -> int | None:
        """The same, where it may be left out."""
        return self.count(name, most) if name in self else None

    def number(self, name: str, *, least: float = 0.0, most: float = FASTEST) -> float:
        """A finite number in a range."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{name} is no number")  # noqa: TRY004 - as above
        # In this order: a whole number may have more digits than a float can hold.
        if not least <= value <= most or not isfinite(value):
            raise ValueError(f"{name} is not within {least:g} and {most:g}")
        return float(value)

    def number_or_none(self, name: str) -> float | None:
        """The same, where it may be left out."""
        return self.number(name) if name in self else None

    def switch(self, name: str) -> bool:
        """True or false."""
        value = self._values.get(name)
        if not isinstance(value, bool):
            raise ValueError(f"{name} is neither true nor false")  # noqa: TRY004 - as above
        return value

    def objects(self, name: str, most: int) -> list[Fields]:
        """A list of objects."""
        value = self._values.get(name)
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"{name} is no list of up to {most}")
        return [Fields(item) for item in value]

    def inner(self, name: str) -> Fields:
        """An object."""
        return Fields(self._values.get(name))
