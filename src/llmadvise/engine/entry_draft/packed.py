"""How many weights a set of tensors holds, whatever they are packed into."""

from __future__ import annotations

from math import prod
from typing import Final

from llmadvise.domain.repository import StoredTensor
from llmadvise.engine.entry_draft.schemes import Storage

_WORD_BITS: Final = {"I32": 32, "U32": 32, "U8": 8, "I8": 8}
_SCALES: Final = (
    ".scales", "_scales", ".weight_scale", ".weight_scale_inv", ".weight_scale_2", ".input_scale", ".qzeros", ".g_idx",
    ".weight_shape", ".weight_zero_point", ".weight_g_idx", ".weight_global_scale", ".input_global_scale", ".absmax",
    ".quant_map", ".nested_absmax", ".nested_quant_map", ".k_scale", ".v_scale", ".SCB", ".weight_format",
    ".output_scale", ".scale", ".alpha",
)  # fmt: skip
_CONSTANTS: Final = (".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias", ".attention.bias", ".masked_bias")


def count_weights(tensors: tuple[StoredTensor, ...], storage: Storage | None) -> int:
    """Weights of all tensors: a packed word holds several, scales and constants hold none."""
    names = {tensor.name for tensor in tensors}
    return sum(_weights(tensor, storage, names) for tensor in tensors)


def _weights(tensor: StoredTensor, storage: Storage | None, names: set[str]) -> int:
    name = tensor.name
    if name.endswith(_SCALES + _CONSTANTS) or ".quant_state." in name:
        return 0
    elements = prod(tensor.shape)
    if storage is None or storage.bits is None:
        return elements
    width = _WORD_BITS.get(tensor.dtype)
    # MLX keeps a table of biases beside that of scales.
    if name.endswith(".biases") and f"{name.removesuffix('biases')}scales" in names:
        return 0
    return elements * width // storage.bits if width else elements
