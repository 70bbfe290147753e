"""Documents as plain JSON values and as JSON text: the same document gives the same bytes everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from json.encoder import encode_basestring_ascii
from math import isfinite
from typing import Any, Final

from llmadvise.record import field_names, is_record

_AS_IS: Final = frozenset({str, int, bool, type(None)})
"""What most values are; enum members may be words or numbers too, and are not meant."""


def encode(document: object) -> object:
    """Turn a document, or any part of one, into dicts, lists, strings, numbers, booleans and None.

    Fields keep their order, tuples become lists, enum members their values. Floats are rounded to nine significant
    digits: far finer than any number here is known, and coarse enough to hide the last bit, where platforms differ.
    Raises TypeError for a value that has no JSON form.
    """
    if type(document) in _AS_IS or (isinstance(document, (int, str)) and not isinstance(document, Enum)):
        return document
    if isinstance(document, (tuple, list)):
        return [encode(item) for item in document]
    if is_record(type(document)):
        return {name: encode(getattr(document, name)) for name in field_names(type(document))}
    if isinstance(document, Enum):
        return document.value
    if isinstance(document, float):
        return float(f"{document:.9g}")
    if isinstance(document, Mapping):
        return {str(key): encode(value) for key, value in document.items()}
    raise TypeError(f"{type(document).__name__} has no JSON form")


def to_json(document: object) -> str:
    """Write the document as indented JSON with a newline at the end.

    Everything outside printable ASCII is escaped, so no control or bidirectional character reaches a terminal.
    Raises ValueError for NaN and infinity, which JSON does not know.
    """
    return _text(encode(document), "\n") + "\n"


def _text(value: Any, line: str) -> str:  # noqa: ANN401 - a plain JSON value
    """The text of a plain value; `line` ends a line and indents the next.

    The bytes of `json.dumps(value, indent=2)`, whose encoder is a chain of generators where it indents.
    """
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, dict):
        inner = line + "  "
        items = [f"{encode_basestring_ascii(key)}: {_text(item, inner)}" for key, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(items)}{line}}}" if items else "{}"
    if isinstance(value, list):
        inner = line + "  "
        items = [_text(item, inner) for item in value]
        return f"[{inner}{f',{inner}'.join(items)}{line}]" if items else "[]"
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{value} has no JSON form")
    return _WORDS[value] if value is None or isinstance(value, bool) else repr(value)


_WORDS: Final = {None: "null", True: "true", False: "false"}
