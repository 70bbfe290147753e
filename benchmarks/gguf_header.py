"""A small reader of GGUF headers for the benchmarks: metadata and the tensor list, no data."""

from __future__ import annotations

import struct

from llmadvise.engine.memory.layout import Tensor

# Elements and bytes of one block, by type id (llama.cpp b11434, gguf-py/gguf/constants.py: GGML_QUANT_SIZES).
_TYPES = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 20: ("IQ4_NL", 32, 18), 23: ("IQ4_XS", 256, 136),
    30: ("BF16", 1, 2), 39: ("MXFP4", 32, 17),
}  # fmt: skip
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def scalar(self, code: str) -> int | float | bool:
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize("<" + code)
        assert isinstance(value, int | float)
        return value

    def integer(self, code: str) -> int:
        return int(self.scalar(code))

    def text(self) -> str:
        length = self.integer("Q")
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def value(self, kind: int) -> object:
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            inner, count = self.integer("I"), self.integer("Q")
            return [self.value(inner) for _ in range(count)]
        return self.scalar(_SCALARS[kind])


def read_header(data: bytes) -> tuple[dict[str, object], list[Tensor]]:
    """Metadata and tensors of a GGUF file's first bytes (version 3, little endian)."""
    cursor = _Cursor(data)
    assert data[:4] == b"GGUF"
    cursor.at = 8
    tensors, pairs = cursor.integer("Q"), cursor.integer("Q")
    metadata = {cursor.text(): cursor.value(cursor.integer("I")) for _ in range(pairs)}
    return metadata, [_tensor(cursor) for _ in range(tensors)]


def _tensor(cursor: _Cursor) -> Tensor:
    name = cursor.text()
    shape = tuple(cursor.integer("Q") for _ in range(cursor.integer("I")))
    kind, elements, size = _TYPES[cursor.integer("I")]
    cursor.at += 8
    count = 1
    for extent in shape:
        count *= extent
    return Tensor(name, shape, kind, count // elements * size)
