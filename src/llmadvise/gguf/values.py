"""The metadata of a header: keys, and values that are numbers, texts, truth values or lists of those."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

from llmadvise.gguf.cursor import Cursor
from llmadvise.gguf.limits import (
    LONGEST_KEPT_ARRAY,
    LONGEST_KEPT_TEXT,
    LONGEST_KEPT_TEXTS,
    LONGEST_KEY,
    MOST_ENTRIES,
)
from llmadvise.shown import shown


class _ScalarType(NamedTuple):
    """A value type of fixed size: name, bytes, and the letter that `struct` knows it by."""

    name: str
    bytes: int
    code: str


_SCALARS: Final = {
    0: _ScalarType("uint8", 1, "B"), 1: _ScalarType("int8", 1, "b"), 2: _ScalarType("uint16", 2, "H"),
    3: _ScalarType("int16", 2, "h"), 4: _ScalarType("uint32", 4, "I"), 5: _ScalarType("int32", 4, "i"),
    6: _ScalarType("float32", 4, "f"), 7: _ScalarType("bool", 1, "?"), 10: _ScalarType("uint64", 8, "Q"),
    11: _ScalarType("int64", 8, "q"), 12: _ScalarType("float64", 8, "d"),
}  # fmt: skip
"""By the ids of enum gguf_type (llama.cpp 0c1e57098, ggml/include/gguf.h)."""
_TEXT: Final = 8
_ARRAY: Final = 9
ALIGNMENT_KEY: Final = "general.alignment"
_UINT32: Final = 4


@dataclass(frozen=True, slots=True)
class ArraySummary:
    """A list, or a text, that is too long to keep: what it holds and how many."""

    element_type: str
    """`string`, `uint8`, `float32` and so on; `byte` for a text."""
    length: int

    def __len__(self) -> int:
        return self.length


Scalar = int | float | bool | str
Value = Scalar | tuple[Scalar, ...] | ArraySummary


def read_metadata(cursor: Cursor, count: int, width: int) -> dict[str, Value]:
    """All entries. `width` is the bytes of a length: 4 in version 1, 8 since."""
    # The shortest entry is a length, one letter, a type and one byte.
    if count > MOST_ENTRIES or count * (width + 6) > cursor.limit - cursor.at:
        raise cursor.error(f"the header claims {count} metadata entries, more than the file or any model has")
    metadata: dict[str, Value] = {}
    for _ in range(count):
        at = cursor.at
        key = read_name(cursor, width, LONGEST_KEY, "metadata key")
        if key in metadata:
            raise cursor.error(f"the key {shown(key)!r} stands there twice", at=at)
        value = metadata[key] = _value(cursor, key, width)
        if key == ALIGNMENT_KEY and not (isinstance(value, int) and value > 0 and value & (value - 1) == 0):
            raise cursor.error(f"`{key}` is {value}, not a power of two", at=at)
    return metadata


def read_name(cursor: Cursor, width: int, longest: int, what: str) -> str:
    """A key or a tensor's name: UTF-8 of visible characters, not empty."""
    at = cursor.at
    length = cursor.text_length(width)
    if not 0 < length <= longest:
        raise cursor.error(f"a {what} has {length} bytes; it may have 1 to {longest}", at=at)
    cursor.keep(length)
    try:
        name = cursor.take(length).decode()
    except UnicodeDecodeError:
        raise cursor.error(f"a {what} is not UTF-8", at=at) from None
    if not name.isprintable():
        raise cursor.error(f"the {what} '{shown(name)}' has characters that cannot be seen", at=at)
    return name


def _value(cursor: Cursor, key: str, width: int) -> Value:
    at = cursor.at
    kind = cursor.unsigned(4)
    if key == ALIGNMENT_KEY and kind != _UINT32:
        raise cursor.error(f"`{key}` must be a uint32, but its type is {kind}", at=at)
    if kind == _TEXT:
        return _text(cursor, width)
    if kind == _ARRAY:
        return _array(cursor, key, width)
    if scalar := _SCALARS.get(kind):
        return _numbers(cursor, scalar, 1)[0]
    raise cursor.error(f"the value of {shown(key)!r} has the unknown type {kind}", at=at)


def _text(cursor: Cursor, width: int) -> str | ArraySummary:
    """A text; bytes that are not UTF-8 become replacement characters, as a wrong description harms nobody."""
    length = cursor.text_length(width)
    if length > LONGEST_KEPT_TEXT:
        cursor.skip(length)
        return ArraySummary("byte", length)
    cursor.keep(length)
    return cursor.take(length).decode(errors="replace")


def _array(cursor: Cursor, key: str, width: int) -> tuple[Scalar, ...] | ArraySummary:
    at = cursor.at
    kind, count = cursor.unsigned(4), cursor.unsigned(width)
    if kind == _TEXT:
        return _texts(cursor, count, width)
    scalar = _SCALARS.get(kind)
    if scalar is None:
        what = (
            "is a list of lists, which no runtime reads" if kind == _ARRAY else f"has elements of unknown type {kind}"
        )
        raise cursor.error(f"the value of {shown(key)!r} {what}", at=at)
    if count > LONGEST_KEPT_ARRAY:
        cursor.skip(count * scalar.bytes)
        return ArraySummary(scalar.name, count)
    cursor.keep(count * scalar.bytes, count)
    return _numbers(cursor, scalar, count)


def _texts(cursor: Cursor, count: int, width: int) -> tuple[str, ...] | ArraySummary:
    if count > LONGEST_KEPT_TEXTS:
        cursor.skip_texts(count, width)
        return ArraySummary("string", count)
    cursor.keep(0, count)
    texts = [_text(cursor, width) for _ in range(count)]
    kept = tuple(text for text in texts if isinstance(text, str))
    return kept if len(kept) == count else ArraySummary("string", count)


def _numbers(cursor: Cursor, scalar: _ScalarType, count: int) -> tuple[int | float | bool, ...]:
    return struct.unpack(f"{cursor.format_prefix}{count}{scalar.code}", cursor.take(count * scalar.bytes))
