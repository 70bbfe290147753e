"""The tensor list of a header: names, shapes, types, and places in the data that must exist and be apart."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from llmadvise.engine.memory.layout import Tensor
from llmadvise.gguf.cursor import Cursor
from llmadvise.gguf.limits import LONGEST_NAME, MOST_DIMENSIONS, MOST_TENSORS
from llmadvise.gguf.types import REMOVED_TYPES, TENSOR_TYPES, TensorType
from llmadvise.gguf.values import read_name
from llmadvise.shown import shown

_MOST_ELEMENTS: Final = (1 << 63) - 1
"""ggml counts elements in a signed 64-bit number."""
_INCOMPLETE: Final = (
    "The download is incomplete: get the rest. If the file came in raw parts (part1of2, split-a), join them first."
)


class PlacedTensor(NamedTuple):
    """A tensor, where its data begins counted from the data section, and where its entry stands."""

    tensor: Tensor
    offset: int
    entry: int


def read_tensors(cursor: Cursor, count: int, width: int) -> list[PlacedTensor]:
    """All entries of the list. `width` is the bytes of a length or an extent: 4 in version 1, 8 since."""
    # The shortest entry is a length, one letter, no extents, a type and an offset.
    if count > MOST_TENSORS or count * (width + 17) > cursor.limit - cursor.at:
        raise cursor.error(f"the header claims {count} tensors, more than the file or any model has")
    names: set[str] = set()
    placed = []
    for _ in range(count):
        one = _tensor(cursor, width)
        if one.tensor.name in names:
            raise cursor.error(f"the tensor {shown(one.tensor.name)!r} stands there twice", at=one.entry)
        names.add(one.tensor.name)
        placed.append(one)
    return placed


def check_places(cursor: Cursor, placed: list[PlacedTensor], begin: int, alignment: int, file_bytes: int) -> None:
    """Refuse tensors that lie off the alignment, over each other or beyond the file. `begin` is the data section."""
    end, before = 0, ""
    for tensor, offset, entry in sorted(placed, key=lambda one: one.offset):
        name = shown(tensor.name)
        if offset % alignment:
            raise cursor.error(f"the tensor '{name}' begins at {offset}, off the alignment of {alignment}", at=entry)
        if offset < end:
            raise cursor.error(f"the tensors '{before}' and '{name}' overlap at {offset}", at=entry)
        end, before = offset + tensor.bytes, name
        if begin + end > file_bytes:
            what = f"the tensor '{name}' ends at byte {begin + end}, but the file has {file_bytes}"
            raise cursor.error(what, at=entry, hint=_INCOMPLETE)


def _tensor(cursor: Cursor, width: int) -> PlacedTensor:
    entry = cursor.at
    name = read_name(cursor, width, LONGEST_NAME, "tensor name")
    dimensions = cursor.unsigned(4)
    if dimensions > MOST_DIMENSIONS:
        what = f"the tensor '{shown(name)}' has {dimensions} dimensions; ggml knows at most {MOST_DIMENSIONS}"
        raise cursor.error(what, at=entry)
    code = {4: "I", 8: "Q"}[width]
    extents = struct.unpack(f"{cursor.format_prefix}{dimensions}{code}", cursor.take(dimensions * width))
    shape: tuple[int, ...] = extents or (1,)  # ggml: no extents make a single number
    number, offset = struct.unpack(cursor.format_prefix + "IQ", cursor.take(12))
    kind = _type(cursor, name, number, entry)
    return PlacedTensor(Tensor(name, shape, kind.name, _bytes(cursor, name, shape, kind, entry)), offset, entry)


def _type(cursor: Cursor, name: str, number: int, entry: int) -> TensorType:
    if kind := TENSOR_TYPES.get(number):
        return kind
    if removed := REMOVED_TYPES.get(number):
        what = f"the tensor '{shown(name)}' has the type {removed}, which ggml gave up and no current runtime reads"
        raise cursor.error(what, at=entry, hint="Get a newer file of this model; Q4_0 took the place of Q4_0_N_M.")
    what = f"the tensor '{shown(name)}' has the type {number}, which ggml did not know when llmadvise was made"
    raise cursor.error(what, at=entry, hint="Update llmadvise; files for forks of llama.cpp have types of their own.")


def _bytes(cursor: Cursor, name: str, shape: tuple[int, ...], kind: TensorType, entry: int) -> int:
    """What the data takes: rows of whole blocks."""
    elements = 1
    for extent in shape:
        elements *= extent
    if not 0 < elements <= _MOST_ELEMENTS:
        many = "no elements" if elements == 0 else "more than 2^63 elements"
        raise cursor.error(f"the tensor '{shown(name)}' has the shape {list(shape)}: {many}", at=entry)
    if shape[0] % kind.block:
        what = f"a row of the tensor '{shown(name)}' has {shape[0]} elements, not a multiple of {kind.name}'s block"
        raise cursor.error(f"{what} of {kind.block}", at=entry)
    return elements // kind.block * kind.bytes
