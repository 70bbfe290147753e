"""Bytes and tokens as people write them, and back. Bytes are `int`; 1 GiB is 2**30, 1 GB is 10**9."""

from __future__ import annotations

import re
from typing import Final

from llmadvise.errors import UsageError

KIB: Final = 1 << 10
MIB: Final = 1 << 20
GIB: Final = 1 << 30
GB: Final = 10**9

_BYTE_UNITS: Final = {
    "": 1, "b": 1,
    "k": KIB, "kb": 10**3, "kib": KIB,
    "m": MIB, "mb": 10**6, "mib": MIB,
    "g": GIB, "gb": GB, "gib": GIB,
    "t": 1 << 40, "tb": 10**12, "tib": 1 << 40,
}  # fmt: skip
_TOKEN_UNITS: Final = {"": 1, "k": 1024, "m": 1 << 20}
_QUANTITY: Final = r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([A-Za-z]*)\s*"
_LARGEST_BYTES: Final = 1 << 60
_LARGEST_TOKENS: Final = 1 << 40


def parse_bytes(text: str) -> int:
    """Bytes of `64GiB`, `24 GB`, `8g` (a bare letter is binary) or a plain number of bytes.

    Raises UsageError on anything else, on zero, and on more than 2**60.
    """
    return _parse(text, _BYTE_UNITS, "size", _LARGEST_BYTES, "a size such as 24GiB, 64GB or 512MiB")


def parse_tokens(text: str) -> int:
    """Tokens of `8192`, `32k` (1k = 1024) or `1m`. Raises UsageError on anything else and on zero."""
    return _parse(text, _TOKEN_UNITS, "number of tokens", _LARGEST_TOKENS, "a number such as 8192 or 32k")


def _parse(text: str, units: dict[str, int], what: str, largest: int, expected: str) -> int:
    match = re.fullmatch(_QUANTITY, text)
    factor = units.get(match.group(2).lower()) if match else None
    if match is None or factor is None:
        raise UsageError(f"{text[:40]!r} is not a {what}", f"Give {expected}.")
    value = round(float(match.group(1)) * factor)
    if not 0 < value <= largest:
        raise UsageError(f"{text[:40]!r} is out of range for a {what}", f"Give {expected}.")
    return value
