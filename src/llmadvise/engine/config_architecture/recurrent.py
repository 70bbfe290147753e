"""The state that a recurrent layer keeps for each sequence, as llama.cpp keeps it: in f32, convolution and state."""

from __future__ import annotations

from llmadvise.domain.model import AttentionGroup, AttentionKind
from llmadvise.engine.config_architecture.keys import ConfigKeys

_BYTES = 4
_LIGHTNING = frozenset({"linear_attention", "lightning_attention"})
_RWKV_SHIFTS = 2
"""Rows of the token shift that RWKV 6 and 7 keep (llama.cpp b11434, token_shift_count)."""


def recurrent_group(keys: ConfigKeys, model_type: str, hidden: int, layers: tuple[int, ...]) -> AttentionGroup:
    """The recurrent layers; without `state_bytes` where the config does not say how much they keep."""
    convolution, state, inner = _elements(keys, model_type, hidden) or (None, None, None)
    size = None if convolution is None or state is None else _BYTES * (convolution + state)
    return AttentionGroup(kind=AttentionKind.RECURRENT, layers=layers, state_bytes=size, inner_size=inner)


def _elements(keys: ConfigKeys, model_type: str, hidden: int) -> tuple[int, int, int] | None:
    """Elements of the convolution and of the state, and the width inside."""
    for read in (_delta_net, _kda, _short_convolution):
        if found := read(keys, hidden):
            return found
    if model_type.startswith("rwkv"):
        return _rwkv(keys, hidden)
    if width := keys.positive("lru_width"):
        kernel = keys.positive("conv1d_width")
        return (width * (kernel - 1), width, width) if kernel else None
    if keys.positive("mamba_d_state", "ssm_state_size", "state_size"):
        return _mamba(keys, model_type, hidden)
    return _lightning(keys, hidden)


def _delta_net(keys: ConfigKeys, _hidden: int) -> tuple[int, int, int] | None:
    """Gated delta net (Qwen3-Next): a matrix of key size × value size for each value head."""
    values, width = keys.positive("linear_num_value_heads"), keys.positive("linear_value_head_dim")
    key_heads, key = keys.positive("linear_num_key_heads"), keys.positive("linear_key_head_dim")
    kernel = keys.positive("linear_conv_kernel_dim")
    if not (values and width and key_heads and key and kernel):
        return None
    inner = values * width
    return ((kernel - 1) * (2 * key_heads * key + inner), values * key * width, inner)


def _kda(keys: ConfigKeys, _hidden: int) -> tuple[int, int, int] | None:
    """Kimi delta attention: a square matrix for each head, and three convolutions."""
    linear = keys.inner("linear_attn_config")
    heads = linear.positive("num_heads") or keys.positive("linear_num_heads")
    size = linear.positive("head_dim") or keys.positive("linear_head_dim")
    kernel = linear.positive("short_conv_kernel_size") or keys.positive("linear_conv_kernel_dim")
    if not (heads and size and kernel):
        return None
    return (3 * (kernel - 1) * heads * size, heads * size * size, heads * size)


def _short_convolution(keys: ConfigKeys, hidden: int) -> tuple[int, int, int] | None:
    """LFM2: nothing but the last inputs of a convolution."""
    kernel = keys.positive("conv_L_cache", "conv_l_cache")
    return ((kernel - 1) * hidden, 0, hidden) if kernel else None


def _rwkv(keys: ConfigKeys, hidden: int) -> tuple[int, int, int] | None:
    size = keys.positive("head_dim", "head_size", "rwkv_head_size")
    return (_RWKV_SHIFTS * hidden, hidden * size, hidden) if size else None


def _mamba(keys: ConfigKeys, model_type: str, hidden: int) -> tuple[int, int, int] | None:
    """Mamba, and Mamba 2, which has heads and whose convolution runs over the groups' states too."""
    state = keys.positive("mamba_d_state", "ssm_state_size", "state_size")
    kernel = keys.positive("mamba_d_conv", "conv_kernel", "mamba_conv_kernel")
    heads = keys.positive("mamba_n_heads", "mamba_num_heads", "n_mamba_heads") or 0
    if model_type == "mamba2":
        heads = keys.positive("num_heads") or 1
    size = keys.positive("mamba_d_head", "mamba_head_dim", "mamba_headdim")
    expansion = keys.positive("mamba_expand", "expand")
    inner = keys.positive("mamba_d_ssm") or (heads * size if heads and size else None)
    inner = inner or (expansion * hidden if expansion else None)
    if not (state and kernel and inner):
        return None
    if not heads or model_type in {"zamba", "jamba"}:
        return ((kernel - 1) * inner, state * inner, inner)
    groups = keys.positive("mamba_n_groups", "n_groups", "mamba_ngroups", "mamba_num_groups")
    if groups is None:
        return None
    return ((kernel - 1) * (inner + 2 * groups * state), state * inner, inner)


def _lightning(keys: ConfigKeys, hidden: int) -> tuple[int, int, int] | None:
    """Lightning attention (MiniMax-01): a square matrix for each head. Other layers with a state are not taken for it."""
    if not keys.has("attn_type_list") and _LIGHTNING.isdisjoint(keys.words("layer_types") or ()):
        return None
    heads = keys.positive("num_attention_heads")
    size = keys.positive("head_dim") or (hidden // heads if heads else None)
    return (0, heads * size * size, heads * size) if heads and size else None
