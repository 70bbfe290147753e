"""GGUF files made by hand, byte by byte, so that they can be wrong in any way (layout: ggml/include/gguf.h)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from llmadvise.gguf.types import TENSOR_TYPES

KINDS = {
    "uint8": (0, "B"), "int8": (1, "b"), "uint16": (2, "H"), "int16": (3, "h"), "uint32": (4, "I"), "int32": (5, "i"),
    "float32": (6, "f"), "bool": (7, "?"), "uint64": (10, "Q"), "int64": (11, "q"), "float64": (12, "d"),
}  # fmt: skip
STRING, ARRAY = 8, 9


@dataclass(frozen=True)
class Maker:
    """Writes the parts of a file in one version and byte order."""

    version: int = 3
    order: Literal["<", ">"] = "<"

    @property
    def length_code(self) -> str:
        return "I" if self.version == 1 else "Q"

    def length(self, number: int) -> bytes:
        return struct.pack(self.order + self.length_code, number)

    def text(self, text: str | bytes) -> bytes:
        data = text.encode() if isinstance(text, str) else text
        return self.length(len(data)) + data

    def number(self, kind: str, value: float) -> bytes:
        identifier, code = KINDS[kind]
        return struct.pack(f"{self.order}I{code}", identifier, value)

    def string(self, text: str | bytes) -> bytes:
        return struct.pack(self.order + "I", STRING) + self.text(text)

    def numbers(self, kind: str, values: Sequence[float]) -> bytes:
        identifier, code = KINDS[kind]
        head = struct.pack(self.order + "II", ARRAY, identifier) + self.length(len(values))
        return head + struct.pack(f"{self.order}{len(values)}{code}", *values)

    def strings(self, texts: Sequence[str | bytes]) -> bytes:
        head = struct.pack(self.order + "II", ARRAY, STRING) + self.length(len(texts))
        return head + b"".join(self.text(text) for text in texts)

    def entry(self, key: str | bytes, value: bytes) -> bytes:
        return self.text(key) + value

    def tensor(self, name: str | bytes, shape: Sequence[int], kind: int, offset: int) -> bytes:
        extents = b"".join(self.length(extent) for extent in shape)
        return (
            self.text(name)
            + struct.pack(self.order + "I", len(shape))
            + extents
            + struct.pack(self.order + "IQ", kind, offset)
        )

    def head(self, tensors: int, entries: int) -> bytes:
        return b"GGUF" + struct.pack(self.order + "I", self.version) + self.length(tensors) + self.length(entries)

    def file(
        self,
        entries: Sequence[tuple[str | bytes, bytes]] = (),
        tensors: Sequence[tuple[str | bytes, Sequence[int], int]] = (),
        alignment: int = 32,
    ) -> bytes:
        """A whole file; the tensors follow each other and hold zeros."""
        listed, offset, end = b"", 0, 0
        for name, shape, kind in tensors:
            listed += self.tensor(name, shape, kind, offset)
            end = offset + data_bytes(shape, kind)
            offset = -(-end // alignment) * alignment
        pairs = b"".join(self.entry(key, value) for key, value in entries)
        header = self.head(len(tensors), len(entries)) + pairs + listed
        padding = -len(header) % alignment if tensors else 0
        return header + bytes(padding + end)


def data_bytes(shape: Sequence[int], kind: int) -> int:
    """Bytes of a tensor's data."""
    _, block, size = TENSOR_TYPES[kind]
    elements = 1
    for extent in shape:
        elements *= extent
    return elements // block * size


def small_model(make: Maker) -> bytes:
    """A file with every kind of value and a few tensors, as a model has them."""
    return make.file(
        [
            ("general.architecture", make.string("llama")),
            ("general.name", make.string("tiny")),
            ("general.alignment", make.number("uint32", 64)),
            ("llama.block_count", make.number("uint32", 2)),
            ("llama.embedding_length", make.number("uint32", 32)),
            ("llama.feed_forward_length", make.number("uint32", 64)),
            ("llama.attention.head_count", make.number("uint32", 4)),
            ("llama.attention.head_count_kv", make.numbers("int32", [2, 4])),
            ("llama.rope.freq_base", make.number("float32", 10000.0)),
            ("llama.vocab_size", make.number("uint32", 64)),
            ("tokenizer.ggml.tokens", make.strings(["a", "b", "ü"])),
            ("tokenizer.ggml.add_bos_token", make.number("bool", value=True)),
        ],
        [
            ("token_embd.weight", (32, 8), 8),
            ("blk.0.attn_q.weight", (32, 3), 2),
            ("blk.1.ffn_up.weight", (32, 2), 1),
            ("output_norm.weight", (32,), 0),
        ],
        alignment=64,
    )
