"""Numbers in the headers of an answer: plain digits, and few enough to be a number that is meant."""

from __future__ import annotations

from typing import Final

_MOST_DIGITS: Final = 18
"""More than any length of a file has; thousands of digits take Python long, and then raise ValueError."""


def whole_number(text: str | None, digits: int = _MOST_DIGITS) -> int | None:
    """The number; None for nonsense, nothing, or more digits than these."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > digits:
        return None
    return int(text)
