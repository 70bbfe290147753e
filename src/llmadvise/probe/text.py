"""Text from outside, made safe to print, and sizes in words."""

from __future__ import annotations

import re

from llmadvise.units import GIB

LARGEST_MEMORY = 1 << 46
"""Bytes; 64 TiB is beyond any machine, and a size beyond it a lie or a bug."""
_LONGEST_NAME = 120
_MOST_DIGITS = 24
_LONGEST_RANGE = 4096
_LEAST_TO_TELL, _ENOUGH_TO_TELL = 4, 2000
"""Bytes by which UTF-16 without a mark is told: of Latin letters every second byte is zero."""


def clean(text: str) -> str:
    """The text on one line without escape sequences and unprintable characters, at most 120 characters.

    Driver and firmware strings reach terminals and logs, so escape codes and text-direction marks must not survive.
    """
    without_escapes = re.sub(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])", "", text[:4096])
    printable = "".join(character if character.isprintable() else " " for character in without_escapes)
    return " ".join(printable.split())[:_LONGEST_NAME]


def decoded(raw: bytes) -> str:
    """Text in UTF-8, or in UTF-16 as Windows' tools write it, with or without a mark, with plain line ends."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", "replace")
    elif len(raw) >= _LEAST_TO_TELL and raw[1:_ENOUGH_TO_TELL:2].count(0) > len(raw[:_ENOUGH_TO_TELL]) // 3:
        text = raw.decode("utf-16-le", "replace")
    else:
        text = raw.decode("utf-8-sig", "replace")
    return re.sub(r"\r+\n", "\n", text)


def gib(size: int) -> str:
    """A size for a message, such as `23.6 GiB`."""
    return f"{size / GIB:.1f} GiB"


def whole_number(text: str | None) -> int | None:
    """The non-negative integer that is the whole text, or None."""
    if text is None:
        return None
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else None


def number_list(text: str | None) -> frozenset[int]:
    """Numbers of a list such as `0-7,16`; empty where it is not one."""
    numbers: set[int] = set()
    for part in (text or "").strip().split(","):
        first, _, last = part.partition("-")
        low, high = whole_number(first), whole_number(last or first)
        if low is None or high is None or not low <= high <= low + _LONGEST_RANGE:
            return frozenset()
        numbers.update(range(low, high + 1))
    return frozenset(numbers)
