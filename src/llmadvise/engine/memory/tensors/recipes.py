"""Which tensors the blocks of an architecture have (src/models/*.cpp of llama.cpp b11434: load_arch_tensors)."""

from __future__ import annotations

from typing import Final

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a block has beside its projections."""

    norms: tuple[str, ...] = ("attn_norm", "ffn_norm")
    norm_bias: bool = False
    fused: bool = False
    """Query, keys and values are one matrix."""
    attention_bias: bool = False
    output_bias: bool = False
    feed_bias: bool = False
    head_norms: str = ""
    """Norms of queries and keys: over each `head`, over `all`, or none."""
    probability_bias: bool = False
    """The routed experts are chosen with a bias."""
    shared_gate: bool = False
    """The shared expert has a gate."""
    sinks: bool = False
    expert_bias: bool = False
    gated_attention: bool = False
    """The query projection is twice as wide: half of it is a gate."""
    last_bias: bool = False
    """The output matrix has a bias."""
    last_norm: str = "output_norm"
    first_norm: bool = False
    """The embedding is normed before the first block."""


_SANDWICH = ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")
_AFTER = ("post_attention_norm", "post_ffw_norm")
_POST = ("attn_norm", "post_attention_norm")
_ONE = ("attn_norm",)
_BIASED: Final = Recipe(norm_bias=True, fused=True, attention_bias=True, output_bias=True, feed_bias=True)
_GATED_DELTA: Final = Recipe(norms=_POST, head_norms="head", gated_attention=True)
_GATED_DELTA_EXPERTS: Final = Recipe(norms=_POST, head_norms="head", gated_attention=True, shared_gate=True)
_PLAIN: Final = Recipe()
_HEAD_NORMS: Final = Recipe(head_norms="head")
_BIASED_QUERY: Final = Recipe(attention_bias=True)

RECIPES: Final = {
    **dict.fromkeys(
        (
            "llama", "mistral3", "granite", "granitemoe", "granitehybrid", "internlm2", "minicpm", "gemma", "baichuan",
            "exaone", "ernie4_5", "smollm3", "arcee", "llama4", "mamba2", "mamba", "deepseek2", "nemotron_h",
        ),
        _PLAIN,
    ),
    **dict.fromkeys(
        ("qwen3", "qwen3vl", "qwen3moe", "qwen3vlmoe", "hunyuan-dense", "hunyuan-moe", "apertus"), _HEAD_NORMS
    ),
    **dict.fromkeys(("qwen2", "qwen2vl"), _BIASED_QUERY),
    "phi3": Recipe(fused=True),
    "chatglm": Recipe(fused=True, attention_bias=True),
    "qwen2moe": Recipe(attention_bias=True, shared_gate=True),
    "olmoe": Recipe(head_norms="all"),
    "minimax-m2": Recipe(head_norms="all", probability_bias=True),
    "bailingmoe2": Recipe(fused=True, head_norms="head", probability_bias=True),
    "exaone-moe": Recipe(head_norms="head", probability_bias=True),
    "ernie4_5-moe": Recipe(probability_bias=True),
    "lfm2": Recipe(head_norms="head", last_norm="token_embd_norm"),
    "lfm2moe": Recipe(head_norms="head", last_norm="token_embd_norm", probability_bias=True),
    "gemma2": Recipe(norms=_SANDWICH),
    "gemma3": Recipe(norms=_SANDWICH, head_norms="head"),
    "gemma4": Recipe(norms=_SANDWICH, head_norms="head"),
    "gemma3n": Recipe(norms=_SANDWICH, head_norms="head"),
    "glm4": Recipe(norms=_SANDWICH, attention_bias=True),
    "olmo2": Recipe(norms=_AFTER, head_norms="all"),
    "exaone4": Recipe(norms=_AFTER, head_norms="head"),
    "gpt-oss": Recipe(norms=_POST, attention_bias=True, output_bias=True, expert_bias=True, sinks=True),
    "glm4moe": Recipe(norms=_POST, attention_bias=True, probability_bias=True),
    "seed_oss": Recipe(norms=_POST, attention_bias=True),
    "falcon-h1": _PLAIN,
    "nemotron_h_moe": Recipe(probability_bias=True),
    "afmoe": Recipe(norms=_SANDWICH, head_norms="head", probability_bias=True),
    "qwen35": _GATED_DELTA,
    "qwen35moe": _GATED_DELTA_EXPERTS,
    "qwen3next": _GATED_DELTA_EXPERTS,
    "command-r": Recipe(norms=_ONE),
    "cohere2": Recipe(norms=_ONE),
    "falcon": Recipe(norms=_ONE, norm_bias=True, fused=True),
    "phi2": Recipe(
        norms=_ONE, norm_bias=True, attention_bias=True, output_bias=True, feed_bias=True, last_bias=True
    ),
    "mpt": Recipe(fused=True),
    "nemotron": Recipe(norm_bias=True),
    "gpt2": _BIASED,
    "starcoder": _BIASED,
    "gptneox": _BIASED,
    "bloom": Recipe(
        norm_bias=True, fused=True, attention_bias=True, output_bias=True, feed_bias=True, first_norm=True
    ),
    "starcoder2": Recipe(norm_bias=True, attention_bias=True, output_bias=True, feed_bias=True),
}  # fmt: skip
"""Architectures whose blocks can be made up. Files of some have query, keys and values apart all the same."""
EITHER_WAY: Final = frozenset({"chatglm", "phi3"})
"""Both are found: the bytes of the file decide."""
