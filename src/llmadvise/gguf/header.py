"""The header of one GGUF file: what the model is, and the name, shape, type and bytes of each tensor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from llmadvise.engine.memory.layout import Tensor
from llmadvise.gguf.cursor import ByteOrder, Cursor
from llmadvise.gguf.magic import read_version
from llmadvise.gguf.source import ByteSource, FileSource
from llmadvise.gguf.tensors import check_places, read_tensors
from llmadvise.gguf.values import ALIGNMENT_KEY, Value, read_metadata
from llmadvise.record import dataclass

_USUAL_ALIGNMENT: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands before the weights of one file. Texts are as the file has them: clean them before printing."""

    version: int
    byte_order: ByteOrder
    metadata: Mapping[str, Value]
    tensors: tuple[Tensor, ...]
    """In the order of the file."""
    data_offset: int
    """Where the weights begin."""
    file_bytes: int
    alignment: int

    @property
    def tensor_bytes(self) -> int:
        """All weights, without what aligns them."""
        return sum(tensor.bytes for tensor in self.tensors)


def read_header(source: ByteSource) -> Header:
    """The header that a file begins with; the weights are not touched.

    Raises InvalidFileError, with the file and the byte, if it is damaged, incomplete or made to mislead.
    """
    cursor = Cursor(source)
    version = read_version(cursor)
    width = 4 if version == 1 else 8
    tensor_count, entry_count = cursor.unsigned(width), cursor.unsigned(width)
    metadata = read_metadata(cursor, entry_count, width)
    given = metadata.get(ALIGNMENT_KEY)
    alignment = given if isinstance(given, int) else _USUAL_ALIGNMENT
    placed = read_tensors(cursor, tensor_count, width)
    data_offset = -(-cursor.at // alignment) * alignment if placed else cursor.at
    check_places(cursor, placed, data_offset, alignment, source.size)
    return Header(
        version=version,
        byte_order=cursor.order,
        metadata=metadata,
        tensors=tuple(one.tensor for one in placed),
        data_offset=data_offset,
        file_bytes=source.size,
        alignment=alignment,
    )


def read_file(path: str | Path) -> Header:
    """The header of one file on a disk; `split.read_model` also finds the other shards."""
    return read_header(FileSource(path))
