"""What a plain YAML scalar means: only what YAML 1.1 and YAML 1.2 agree on, the rest must be quoted."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

Scalar: TypeAlias = bool | int | float | str | None

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {"true": True, "false": False}
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,18})")
_FLOAT: Final = re.compile(r"[-+]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][-+]?[0-9]{1,3})?")
# Read as a boolean or as nothing by one version or one program, as a string by another.
_DOUBTFUL_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
# Hexadecimal, octal, binary, sexagesimal, with underscores, infinite: numbers to some readers only.
_DOUBTFUL_NUMBER: Final = re.compile(
    r"[-+]?(?:0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|(?:[0-9][0-9_]*)?\.[0-9_]+(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
)


def plain_scalar(text: str) -> Scalar:
    """Return the value of an unquoted scalar. Raises ValueError, with the reason, where readers of YAML disagree about it.

    A date such as 2026-11-20 is a string here: the facts keep ISO dates as they are written.
    """
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    first = text[0]
    if first.isdecimal() or first in "+-.":
        return _number(text)
    if text.lower() in _DOUBTFUL_WORDS:
        raise ValueError(f"{text} without quotes is a boolean to some readers of YAML and a word to others")
    return text


def _number(text: str) -> int | float | str:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DOUBTFUL_NUMBER.fullmatch(text) and not _FLOAT.fullmatch(text):
        raise ValueError(f"{text[:40]} without quotes is a number to some readers of YAML and a word to others")
    if not _FLOAT.fullmatch(text):
        return text
    if text.lstrip("+-").isdecimal():
        raise ValueError(f"the number {text[:40]} begins with a zero or is too large")
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:40]} is too large")
    return value
