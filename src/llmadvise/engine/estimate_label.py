"""Which scheme a file's weights are stored in: as its header says, else the type that most of the bytes have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import prod
from typing import Final

from llmadvise.domain.quantization import Quantization
from llmadvise.engine.memory.layout import Tensor

_FILE_TYPES: Final = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS",
    20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M",
    28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4_MOE",
    39: "NVFP4", 40: "Q1_0",
}  # fmt: skip
"""Mixes by `general.file_type` (llama.cpp 0c1e57098, gguf-py/gguf/constants.py: LlamaFileType)."""
_BITS: Final = 8


def scheme_of(
    metadata: Mapping[str, object], tensors: Iterable[Tensor], known: Mapping[str, Quantization]
) -> Quantization:
    """The catalog's row for the file's scheme; one of its own where the catalog has none."""
    matrices = [tensor for tensor in tensors if len(tensor.shape) > 1]
    stated = metadata.get("general.file_type")
    label = _FILE_TYPES.get(stated) if isinstance(stated, int) else None
    if label is not None and label in known:
        return known[label]
    common = label or _most_common(matrices)
    if common in known:
        return known[common]
    elements = sum(prod(tensor.shape) for tensor in matrices)
    near = next((item for id_, item in known.items() if item.format == "gguf" and id_.startswith(f"{common}_")), None)
    return Quantization(
        id=common,
        format="gguf",
        bits_per_weight=_BITS * sum(tensor.bytes for tensor in matrices) / max(1, elements),
        method=near.method if near else "unknown",
        speed_class=near.speed_class if near else None,
    )


def _most_common(matrices: Iterable[Tensor]) -> str:
    sizes: Counter[str] = Counter()
    for tensor in matrices:
        sizes[tensor.type] += tensor.bytes
    return max(sizes, key=lambda name: (sizes[name], name), default="F32")
