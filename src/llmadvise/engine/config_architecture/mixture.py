"""The mixture of experts that a config describes."""

from __future__ import annotations

import re

from llmadvise.domain.model import Experts
from llmadvise.engine.config_architecture.keys import ConfigKeys

_TOTAL = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts", "num_moe_experts")
_USED = (
    "num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_top_k", "moe_k", "top_k_experts",
    "experts_per_token", "num_selected_experts", "num_experts_per_topk",
)  # fmt: skip
_SHARED = ("n_shared_experts", "num_shared_experts", "num_shared_expert", "moe_num_shared_experts")
_SHARED_WIDTH = (
    "shared_expert_intermediate_size", "moe_shared_expert_intermediate_size", "share_expert_dim",
    "moe_share_expert_dim", "shared_intermediate_size",
)  # fmt: skip
_WIDTH = ("moe_intermediate_size", "expert_ffn_hidden_size", "moe_ffn_hidden_size", "expert_intermediate_size")
_ONE_SHARED_ALWAYS = frozenset({"llama4_text", "llama4"})
"""Classes with a shared expert beside the routed ones that no key counts (transformers, modeling_llama4.py)."""


def experts_of(keys: ConfigKeys, model_type: str, width: int | None) -> Experts | None:
    """The experts; None for a dense model, and where the config does not say how many a token uses.

    `width` is the feed-forward size: that of an expert too where no key of its own says it.
    """
    inner = keys.inner("ffn_config")
    total = inner.positive("moe_num_experts") or keys.positive(*_TOTAL)
    used = inner.positive("moe_top_k") or keys.positive(*_USED)
    pattern = keys.text("hybrid_override_pattern")
    if pattern and "E" not in pattern:
        return None
    if keys.flag("enable_moe_block") is False or total is None or total == 1 or used is None or used > total:
        return None
    routed = inner.positive("ffn_hidden_size") or keys.positive(*_WIDTH) or width
    shared_width = keys.positive(*_SHARED_WIDTH)
    shared = keys.number(*_SHARED) or 0
    if shared == 0 and (model_type in _ONE_SHARED_ALWAYS or shared_width):
        shared = 1
    if shared and shared_width is None:
        shared_width = shared * routed if routed else None
    return Experts(
        total=total,
        used=used,
        shared=shared,
        feed_forward_size=routed,
        shared_feed_forward_size=shared_width if shared else None,
        dense_layers=_dense_layers(keys),
        every=keys.positive("expert_layer_period", "interleave_moe_layer_step", "decoder_sparse_step") or 1,
    )


def has_unknown_experts(keys: ConfigKeys) -> bool:
    """Whether the config has experts, but not how many of them a token uses."""
    total = keys.inner("ffn_config").positive("moe_num_experts") or keys.positive(*_TOTAL) or 0
    used = keys.inner("ffn_config").positive("moe_top_k") or keys.positive(*_USED)
    return total > 1 and used is None and keys.flag("enable_moe_block") is not False


def _dense_layers(keys: ConfigKeys) -> int:
    """How many leading layers have an ordinary feed-forward network."""
    if (each := keys.counts("moe_layer_freq")) is not None:
        return next((index for index, flag in enumerate(each) if flag), len(each))
    kinds = keys.words("mlp_layer_types")
    if kinds is not None:
        return next((index for index, kind in enumerate(kinds) if kind != "dense"), len(kinds))
    if leading := keys.number("first_k_dense_replace", "num_dense_layers", "moe_layer_start_index"):
        return leading
    listed = keys.text("moe_layers_enum")
    if re.fullmatch(r"\d{1,4}(,\d{1,4})*", listed):
        return min(int(item) for item in listed.split(","))
    only = keys.counts("mlp_only_layers") or ()
    return next((index for index in range(len(only) + 1) if index not in only), 0)
