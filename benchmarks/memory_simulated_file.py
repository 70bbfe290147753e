"""Writes a family as a GGUF file whose data is a hole: a header and nothing behind it."""

from __future__ import annotations

import os
import struct
from math import prod
from pathlib import Path

from memory_simulated_models import HEAD, HIDDEN, VOCABULARY, WIDE, Family, Part

_TYPES = {"F32": (0, 4, 1), "F16": (1, 2, 1), "Q8_0": (8, 34, 32), "Q4_K": (12, 144, 256)}
"""Number, bytes of a block and elements in it (ggml.h)."""
_KEPT = ("norm", "ssm_a", "ssm_d", "conv", "gate_inp", "scale", "rope")


def write(path: Path, family: Family) -> None:
    """The file of a family."""
    tensors = _tensors(family)
    keys = _keys(family)
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
    header += b"".join(_text(name) + _value(value) for name, value in keys.items())
    at = 0
    for name, extents in tensors:
        number, size, elements = _TYPES[_type(name, extents)]
        header += _text(name) + struct.pack("<I", len(extents)) + struct.pack(f"<{len(extents)}Q", *extents)
        header += struct.pack("<IQ", number, at)
        at += -(-prod(extents) * size // elements // 32) * 32
    header += bytes(-len(header) % 32)
    path.write_bytes(header)
    os.truncate(path, len(header) + at)


def _tensors(family: Family) -> list[Part]:
    found: list[Part] = [("token_embd.weight", (HIDDEN, VOCABULARY))]
    for layer in range(family.layers):
        found += [(f"blk.{layer}.{name}", extents) for name, extents in family.block(layer)]
    found += [*family.outside, (f"{family.last_norm}.weight", (HIDDEN,))]
    if family.biased_end:
        found.append((f"{family.last_norm}.bias", (HIDDEN,)))
    return found if family.tied else [*found, ("output.weight", (HIDDEN, VOCABULARY))]


def _type(name: str, extents: tuple[int, ...]) -> str:
    if len(extents) == 1 or any(part in name for part in _KEPT):
        return "F32"
    return "Q4_K" if extents[0] % 256 == 0 else "Q8_0" if extents[0] % 32 == 0 else "F16"


def _keys(family: Family) -> dict[str, object]:
    own: dict[str, object] = {
        "vocab_size": VOCABULARY, "block_count": family.layers, "context_length": 32768, "embedding_length": HIDDEN,
        "feed_forward_length": WIDE, "attention.head_count": HIDDEN // HEAD, "attention.head_count_kv": 4,
        "attention.layer_norm_rms_epsilon": 1e-6, "attention.layer_norm_epsilon": 1e-5,
        "rope.dimension_count": HEAD, "rope.freq_base": 10000.0, **family.keys,
    }  # fmt: skip
    return {
        "general.architecture": family.architecture, "general.file_type": 15, "tokenizer.ggml.model": "no_vocab",
        **{name if name.startswith("xielu.") else f"{family.architecture}.{name}": value for name, value in own.items()},
    }  # fmt: skip


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _value(value: object) -> bytes:
    """One value with its type in front (docs/gguf.md of ggml)."""
    match value:
        case bool():
            return struct.pack("<IB", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case str():
            return struct.pack("<I", 8) + _text(value)
        case [*items]:
            listed = [_value(item) for item in items]
            return (
                struct.pack("<I", 9)
                + listed[0][:4]
                + struct.pack("<Q", len(items))
                + b"".join(item[4:] for item in listed)
            )
        case _:
            raise TypeError(type(value))
