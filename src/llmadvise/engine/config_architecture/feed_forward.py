"""The width of the dense feed-forward network."""

from __future__ import annotations

from llmadvise.domain.model import Experts
from llmadvise.engine.config_architecture.keys import ConfigKeys, as_mapping

_WIDTH = (
    "intermediate_size", "ffn_dim", "n_inner", "d_ff", "ffn_hidden_size", "decoder_ffn_dim", "inner_hidden_size",
    "encoder_ffn_dim", "hidden_dim",
)  # fmt: skip
_FOUR_TIMES = frozenset({
    "gpt2", "gpt_bigcode", "falcon", "RefinedWeb", "RefinedWebModel", "bloom", "gpt_neo", "gptj", "gpt_neox_japanese",
    "codegen",
})  # fmt: skip
"""Classes whose network is four times as wide as the model where no key says it."""


def feed_forward_size(keys: ConfigKeys, model_type: str, hidden: int | None) -> int | None:
    """The width as the layers have it, which a few classes compute from what the config says."""
    if model_type == "llama4_text":
        return keys.positive("intermediate_size_mlp") or keys.positive("intermediate_size")
    if model_type.startswith("lfm2") and (found := _adjusted(keys)):
        return found
    width = keys.positive(*_WIDTH)
    if width is not None:
        # Qwen 1 counts gate and up together.
        return width // 2 if model_type == "qwen" else width
    if hidden and (ratio := keys.positive("expansion_ratio")):
        return ratio * hidden
    if hidden and model_type in _FOUR_TIMES:
        return 4 * hidden
    return _searched(keys, hidden)


def dense_width(width: int | None, experts: Experts | None) -> int | None:
    """The width that is used: that of an expert where every layer is a mixture without one beside."""
    if experts is None or experts.dense_layers or experts.shared:
        return width
    return experts.feed_forward_size or width


def _adjusted(keys: ConfigKeys) -> int | None:
    """LFM2 takes two thirds of the width and rounds up (transformers, modeling_lfm2.py: Lfm2MLP)."""
    width = keys.positive("block_ff_dim", "intermediate_size")
    if width is None or keys.flag("block_auto_adjust_ff_dim") is not True:
        return width
    factor = keys.value("block_ffn_dim_multiplier")
    multiple = keys.positive("block_multiple_of") or 1
    adjusted = int(2 * width / 3)
    if isinstance(factor, (int, float)) and not isinstance(factor, bool) and 0 < factor < 64:  # noqa: PLR2004 - sane
        adjusted = int(factor * adjusted)
    return multiple * -(-adjusted // multiple)


def _searched(keys: ConfigKeys, hidden: int | None) -> int | None:
    """The widest network of a searched architecture (DeciLM), from its multipliers."""
    blocks = keys.own.get("block_configs")
    if not isinstance(blocks, list) or hidden is None:
        return None
    widest = 0.0
    for block in blocks:
        factor = as_mapping(as_mapping(block).get("ffn")).get("ffn_mult")
        if isinstance(factor, (int, float)) and not isinstance(factor, bool) and 0 < factor < 64:  # noqa: PLR2004 - sane
            widest = max(widest, factor)
    # DeciLM rounds two thirds of the product up to a multiple of 256 (its own modeling_decilm.py).
    return 256 * -(-int(2 * widest * hidden / 3) // 256) if widest else None
