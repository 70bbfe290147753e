"""Documents as plain JSON values and as JSON text: the same document gives the same bytes everywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum

from llmadvise.record import field_names, is_record


def encode(document: object) -> object:
    """Turn a document, or any part of one, into dicts, lists, strings, numbers, booleans and None.

    Fields keep their order, tuples become lists, enum members their values. Floats are rounded to nine significant
    digits: far finer than any number here is known, and coarse enough to hide the last bit, where platforms differ.
    Raises TypeError for a value that has no JSON form.
    """
    if isinstance(document, Enum):
        return document.value
    if document is None or isinstance(document, (bool, int, str)):
        return document
    if isinstance(document, float):
        return float(f"{document:.9g}")
    if isinstance(document, (tuple, list)):
        return [encode(item) for item in document]
    if isinstance(document, Mapping):
        return {str(key): encode(value) for key, value in document.items()}
    if is_record(type(document)):
        return {name: encode(getattr(document, name)) for name in field_names(type(document))}
    raise TypeError(f"{type(document).__name__} has no JSON form")


def to_json(document: object) -> str:
    """Write the document as indented JSON with a newline at the end.

    Everything outside printable ASCII is escaped, so no control or bidirectional character reaches a terminal.
    Raises ValueError for NaN and infinity, which JSON does not know.
    """
    return json.dumps(encode(document), indent=2, ensure_ascii=True, allow_nan=False) + "\n"
