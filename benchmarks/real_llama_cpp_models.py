"""GGUF files that a real engine loads: headers of published models, a vocabulary made up, weights at random or a hole."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from llmadvise.engine.memory.layout import Tensor
from memory_rows import header_of

_ALIGNMENT = 32
_POOL_BYTES = 8 << 20
_SPECIAL = ("<unk>", "<s>", "</s>")
_BYTE_TOKENS = 256
_UNKNOWN, _CONTROL, _BYTE, _NORMAL = 2, 3, 6, 1
"""Kinds of token in `tokenizer.ggml.token_type` (llama.cpp b11434, include/llama.h: llama_token_type)."""

# Id, elements and bytes of a block, and where its half-precision scales lie (llama.cpp b11434,
# gguf-py/gguf/constants.py: GGML_QUANT_SIZES; ggml/src/ggml-common.h: the block structs).
_TYPES: dict[str, tuple[int, int, int, tuple[int, ...]]] = {
    "F32": (0, 1, 4, ()), "F16": (1, 1, 2, ()), "BF16": (30, 1, 2, ()),
    "Q4_0": (2, 32, 18, (0,)), "Q4_1": (3, 32, 20, (0, 2)), "Q5_0": (6, 32, 22, (0,)), "Q5_1": (7, 32, 24, (0, 2)),
    "Q8_0": (8, 32, 34, (0,)), "Q2_K": (10, 256, 84, (80, 82)), "Q3_K": (11, 256, 110, (108,)),
    "Q4_K": (12, 256, 144, (0, 2)), "Q5_K": (13, 256, 176, (0, 2)), "Q6_K": (14, 256, 210, (208,)),
    "IQ4_NL": (20, 32, 18, (0,)), "IQ4_XS": (23, 256, 136, (0,)), "MXFP4": (39, 32, 17, ()),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFile:
    """One file as it was written."""

    path: Path
    name: str
    metadata: Mapping[str, object]
    tensors: tuple[Tensor, ...]

    @property
    def parameters(self) -> int:
        """Elements of all tensors."""
        return sum(_elements(tensor) for tensor in self.tensors)

    @property
    def bytes(self) -> int:
        """Bytes of all tensors."""
        return sum(tensor.bytes for tensor in self.tensors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A published header and what to make of it."""

    header: str
    """Model and quantization as in tests/data/gguf_headers."""
    blocks: int | None = None
    """Keep only so many leading blocks; None: all."""
    type: str | None = None
    """Quantise all quantised matrices to this instead; None: as published."""

    @property
    def name(self) -> str:
        """The model, the blocks that are left, and the quantization."""
        model, _, quantization = self.header.rpartition(".")
        cut = f", first {self.blocks} blocks" if self.blocks else ""
        return f"{model} {self.type or quantization}{cut}"


def make_file(source: Source, folder: Path, *, random: bool) -> MadeFile:
    """Write the file, unless it lies there already. Weights are random, or else a hole in the file (zeros)."""
    header = header_of(*source.header.rsplit(".", 1))
    metadata = {key: list(value) if isinstance(value, tuple) else value for key, value in header.metadata.items()}
    tensors = list(header.tensors)
    if source.blocks:
        metadata, tensors = _first_blocks(metadata, tensors, source.blocks)
    if source.type:
        tensors = [_retyped(tensor, source.type) for tensor in tensors]
    # llama.cpp knows some vocabularies by the model's name and asks for their tokens.
    metadata |= {"general.name": "made up", **_vocabulary(metadata)}
    stem = re.sub(r"[^\w.-]+", "-", source.name)
    path = folder / f"{stem}{'' if random else '-hole'}.gguf"
    if not path.exists():
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            _write(file, metadata, tensors, random=random)
        part.rename(path)
    return MadeFile(path=path, name=source.name, metadata=metadata, tensors=tuple(tensors))


def _elements(tensor: Tensor) -> int:
    count = 1
    for extent in tensor.shape:
        count *= extent
    return count


def _first_blocks(
    metadata: Mapping[str, object], tensors: Sequence[Tensor], blocks: int
) -> tuple[dict[str, object], list[Tensor]]:
    """The same network with fewer blocks: lists with one item a block are cut as well."""
    count = f"{metadata['general.architecture']}.block_count"
    cut = {
        key: value[:blocks] if isinstance(value, list) and len(value) == metadata[count] else value
        for key, value in metadata.items()
    }
    cut[count] = blocks
    kept = []
    for tensor in tensors:
        match = re.match(r"blk\.(\d+)\.", tensor.name)
        if match is None or int(match.group(1)) < blocks:
            kept.append(tensor)
    return cut, kept


def _retyped(tensor: Tensor, kind: str) -> Tensor:
    """The tensor in another type, if it is quantised at all and its rows are whole blocks of that type."""
    _, elements, size, _ = _TYPES[kind]
    if tensor.type in ("F32", "F16", "BF16") or tensor.shape[0] % elements:
        return tensor
    return Tensor(tensor.name, tensor.shape, kind, _elements(tensor) // elements * size)


def _vocabulary(metadata: Mapping[str, object]) -> dict[str, object]:
    """A SentencePiece vocabulary of the right size: special tokens, bytes, and words that are numbers."""
    size = metadata[f"{metadata['general.architecture']}.vocab_size"]
    assert isinstance(size, int)
    tokens = [*_SPECIAL, *(f"<0x{byte:02X}>" for byte in range(_BYTE_TOKENS))]
    kinds = [_UNKNOWN, _CONTROL, _CONTROL, *[_BYTE] * _BYTE_TOKENS]
    words = size - len(tokens)
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": [*tokens, *(f"\u2581{number}" for number in range(words))],
        "tokenizer.ggml.scores": [-float(index) for index in range(size)],
        "tokenizer.ggml.token_type": [*kinds, *[_NORMAL] * words],
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
    }


def _write(file: BinaryIO, metadata: Mapping[str, object], tensors: Sequence[Tensor], *, random: bool) -> None:
    file.write(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)))
    file.writelines(_text(key) + _value(value) for key, value in metadata.items())
    offset = 0
    for tensor in tensors:
        file.write(_text(tensor.name) + struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape))
        file.write(struct.pack("<IQ", _TYPES[tensor.type][0], offset))
        offset = _aligned(offset + tensor.bytes)
    start = _aligned(file.tell())
    fill = _random_filler() if random else None
    for tensor in tensors:
        file.seek(start)
        if fill is not None:
            fill(file, tensor)
        start = _aligned(start + tensor.bytes)
    file.truncate(start)


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNMENT) * _ALIGNMENT


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: object) -> bytes:
    """A value with its type: 4 for a whole number (5 in lists), 6 for a float, 7 for truth, 8 for text, 9 for lists."""
    if isinstance(value, list):
        items = [struct.pack("<Ii", 5, item) if type(item) is int else _value(item) for item in value]
        kind = items[0][:4] if items else struct.pack("<I", 5)
        return struct.pack("<I", 9) + kind + struct.pack("<Q", len(items)) + b"".join(item[4:] for item in items)
    match value:
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case str():
            return struct.pack("<I", 8) + _text(value)
        case _:
            raise TypeError(type(value).__name__)


def _random_filler() -> Callable[[BinaryIO, Tensor], None]:
    """Writes weights of a harmless size; one pool of random blocks a type is written again and again."""
    generator = np.random.default_rng(0)
    pools: dict[str, bytes] = {}

    def fill(file: BinaryIO, tensor: Tensor) -> None:
        if tensor.type == "F32" and len(tensor.shape) == 1:
            file.write(np.ones(_elements(tensor), dtype=np.float32).tobytes())
            return
        if tensor.type not in pools:
            pools[tensor.type] = _pool(generator, tensor.type)
        pool = pools[tensor.type]
        # Another part of the pool for each tensor, so that routers and matrices differ.
        block = _TYPES[tensor.type][2]
        start = int(generator.integers(len(pool) // block)) * block
        left = tensor.bytes
        while left:
            piece = pool[start : start + left]
            file.write(piece)
            left -= len(piece)
            start = 0

    return fill


def _pool(generator: np.random.Generator, kind: str) -> bytes:
    """Random blocks with scales near 0.001, so that nothing overflows."""
    _, _, size, scales = _TYPES[kind]
    count = _POOL_BYTES // size
    if kind in ("F32", "F16"):
        return generator.normal(0.0, 0.02, count).astype(np.float32 if kind == "F32" else np.float16).tobytes()
    if kind == "BF16":
        wide: NDArray[np.uint32] = generator.normal(0.0, 0.02, count).astype(np.float32).view(np.uint32)
        return (wide >> 16).astype(np.uint16).tobytes()
    blocks = generator.integers(0, 256, (count, size), dtype=np.uint8)
    if kind == "MXFP4":
        # Its scale is a power of two with a bias of 127.
        blocks[:, 0] = generator.integers(117, 121, count, dtype=np.uint8)
    for offset in scales:
        scale = generator.uniform(0.0005, 0.002, count).astype(np.float16)
        blocks[:, offset : offset + 2] = scale.view(np.uint8).reshape(count, 2)
    return blocks.tobytes()
