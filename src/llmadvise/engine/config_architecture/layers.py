"""How each layer remembers: one letter a layer, from whichever of a dozen keys says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from llmadvise.engine.config_architecture.keys import ConfigKeys, as_mapping


class Memory(StrEnum):
    """What one layer keeps of the tokens before."""

    FULL = "F"
    SLIDING = "S"
    CHUNKED = "C"
    RECURRENT = "R"
    BOTH = "B"
    """A state and a cache."""
    NONE = "N"


_WORDS: Final[Mapping[str, Memory]] = {
    "full_attention": Memory.FULL,
    "full": Memory.FULL,
    "attention": Memory.FULL,
    "global": Memory.FULL,
    "global_attention": Memory.FULL,
    "indexed_attention": Memory.FULL,
    "sliding_attention": Memory.SLIDING,
    "sliding_window": Memory.SLIDING,
    "sliding_window_attention": Memory.SLIDING,
    "sliding": Memory.SLIDING,
    "local": Memory.SLIDING,
    "local_attention": Memory.SLIDING,
    "swa": Memory.SLIDING,
    "chunked_attention": Memory.CHUNKED,
    "linear_attention": Memory.RECURRENT,
    "lightning_attention": Memory.RECURRENT,
    "gated_delta_net": Memory.RECURRENT,
    "gated_deltanet": Memory.RECURRENT,
    "kda": Memory.RECURRENT,
    "mamba": Memory.RECURRENT,
    "mamba2": Memory.RECURRENT,
    "m": Memory.RECURRENT,
    "conv": Memory.RECURRENT,
    "recurrent": Memory.RECURRENT,
    "hybrid": Memory.BOTH,
    "mlp": Memory.NONE,
    "moe": Memory.NONE,
    "ffn": Memory.NONE,
}
_SLID_BY_TYPE: Final = frozenset({
    "mistral", "ministral", "mixtral", "phi3", "phi3_v", "phi4mm", "phi4_multimodal", "phimoe", "starcoder2", "pixtral",
    "minimax_m2", "biogpt_mistral", "exaone_mistral",
})  # fmt: skip
"""Classes whose every layer slides where a window is given (transformers 5.23, create_sliding_window_causal_mask)."""
_PATTERNED_LETTERS: Final = {"L": Memory.SLIDING, "S": Memory.SLIDING, "G": Memory.FULL, "F": Memory.FULL}
_NEMOTRON_LETTERS: Final = {
    "M": Memory.RECURRENT, "*": Memory.FULL, "-": Memory.NONE, "E": Memory.NONE, "W": Memory.SLIDING,
}  # fmt: skip
ENCODERS: Final = frozenset({
    "bert", "roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "distilbert", "albert", "electra", "deberta",
    "deberta-v2", "mpnet", "modernbert", "nomic_bert", "new", "gte", "eurobert", "neobert", "jina_bert", "ultrabert",
})  # fmt: skip
"""Model types that read all tokens at once and cache none."""
STATEFUL: Final = frozenset({"mamba", "mamba2", "falcon_mamba", "rwkv", "rwkv5", "rwkv6", "rwkv7", "xlstm", "retnet"})
"""Model types without attention: every layer keeps a state."""


def memories(keys: ConfigKeys, model_type: str, layers: int) -> tuple[Memory, ...] | None:
    """How each layer remembers; None where the config does not say, or says it in words that we do not know."""
    if model_type in ENCODERS or keys.flag("use_bidirectional_attention") is True:
        return (Memory.NONE,) * layers
    if model_type in STATEFUL:
        return (Memory.RECURRENT,) * layers
    if model_type == "falcon_h1":
        return (Memory.BOTH,) * layers
    for read in _READERS:
        found = read(keys, layers)
        if found is not None:
            return found if len(found) == layers else None
    return _windowless(keys, _by_default(keys, model_type, layers))


def _listed(keys: ConfigKeys, layers: int) -> tuple[Memory, ...] | None:
    """A word for each layer."""
    for name in (
        "layer_types",
        "layers_block_type",
        "block_types",
        "layer_type_list",
        "mixer_types",
        "attention_layers",
    ):
        words = keys.words(name)
        if words is None:
            continue
        if name == "block_types":
            words = (words * layers)[:layers]
        found = [_WORDS.get(word.lower()) for word in words[:layers]]
        # A word that we do not know makes the whole list unknown, not absent.
        kinds = () if None in found else tuple(item for item in found if item is not None)
        if name == "block_types" and keys.positive("attention_window_size"):
            return tuple(Memory.SLIDING if kind is Memory.FULL else kind for kind in kinds)
        return kinds
    return None


def _lettered(keys: ConfigKeys, layers: int) -> tuple[Memory, ...] | None:
    """A letter for each layer: Nemotron-H's `M-M*-`, EXAONE's `LLLG`."""
    text = keys.text("hybrid_override_pattern")
    if text:
        found = [_NEMOTRON_LETTERS.get(letter) for letter in text]
        return () if None in found else tuple(item for item in found if item is not None)
    text = keys.text("sliding_window_pattern")
    if text:
        cycle = [_PATTERNED_LETTERS.get(letter) for letter in text.upper()]
        known = tuple(item for item in cycle if item is not None)
        if len(known) != len(cycle):
            return ()
        # The class makes the last layer a full one (transformers, configuration_exaone4.py).
        return (*(known * layers)[: layers - 1], Memory.FULL)
    return None


def _by_index(keys: ConfigKeys, layers: int) -> tuple[Memory, ...] | None:
    """Lists of the layers of one kind, or one number a layer."""
    linear = keys.inner("linear_attn_config")
    if (full := linear.counts("full_attn_layers")) is not None:
        return _chosen(frozenset(index - 1 for index in full), layers, Memory.FULL, Memory.RECURRENT)
    if (shared := keys.counts("hybrid_layer_ids")) is not None:
        return _chosen(frozenset(shared), layers, Memory.BOTH, Memory.RECURRENT)
    for name in ("attn_layer_indices", "full_attn_idxs", "attn_layers"):
        if (indices := keys.counts(name)) is not None:
            return _chosen(frozenset(indices), layers, Memory.FULL, Memory.RECURRENT)
    if (crossing := keys.counts("cross_attention_layers")) is not None:
        return _chosen(frozenset(crossing), layers, Memory.NONE, Memory.FULL)
    for name, nonzero, zero in (
        ("attn_type_list", Memory.FULL, Memory.RECURRENT),
        ("hybrid_layer_pattern", Memory.SLIDING, Memory.FULL),
        ("no_rope_layers", Memory.CHUNKED, Memory.FULL),
    ):
        flags = keys.each(name, layers)
        if flags is not None and (name != "no_rope_layers" or keys.positive("attention_chunk_size")):
            return tuple(nonzero if flag else zero for flag in flags)
    return _searched(keys)


def _searched(keys: ConfigKeys) -> tuple[Memory, ...] | None:
    """`block_configs` of searched architectures (DeciLM): a block may go without attention."""
    blocks = keys.own.get("block_configs")
    if not isinstance(blocks, list) or not blocks:
        return None
    attention = [as_mapping(as_mapping(block).get("attention")) for block in blocks]
    return tuple(
        Memory.NONE if item.get("no_op") or item.get("replace_with_linear") else Memory.FULL for item in attention
    )


def _chosen(indices: frozenset[int], layers: int, inside: Memory, outside: Memory) -> tuple[Memory, ...]:
    return tuple(inside if layer in indices else outside for layer in range(layers))


def _periodic(keys: ConfigKeys, layers: int) -> tuple[Memory, ...] | None:
    """A period: every n-th layer is a full one."""
    every = keys.positive("full_attention_interval", "layer_group_size")
    if every and keys.positive("linear_num_value_heads", "layer_group_size"):
        return tuple(Memory.RECURRENT if (layer + 1) % every else Memory.FULL for layer in range(layers))
    if period := keys.positive("attn_layer_period"):
        offset = keys.number("attn_layer_offset") or 0
        return tuple(Memory.FULL if layer % period == offset else Memory.RECURRENT for layer in range(layers))
    window = keys.positive("sliding_window", "sliding_window_size", "window_size")
    pattern = keys.own.get("sliding_window_pattern", keys.own.get("_sliding_window_pattern"))
    every = ConfigKeys(own={"n": pattern}, defaults={}).positive("n") or keys.positive("global_attn_every_n_layers")
    if every and window:
        return tuple(Memory.SLIDING if (layer + 1) % every else Memory.FULL for layer in range(layers))
    first = keys.positive("max_window_layers")
    if keys.own.get("use_sliding_window") is True and window and first is not None:
        return tuple(Memory.SLIDING if layer >= first else Memory.FULL for layer in range(layers))
    if keys.own.get("use_sliding_window") is False:
        return (Memory.FULL,) * layers
    return None


_READERS: Final[tuple[Callable[[ConfigKeys, int], tuple[Memory, ...] | None], ...]] = (
    _listed,
    _lettered,
    _by_index,
    _periodic,
)


def _by_default(keys: ConfigKeys, model_type: str, layers: int) -> tuple[Memory, ...] | None:
    """What the class does where nothing says it."""
    pattern = keys.defaults.get("pattern")
    if pattern == "?":
        return None
    if isinstance(pattern, str):
        period = tuple(Memory(letter) for letter in pattern.rstrip("!"))
        repeated = (period * layers)[:layers]
        return (*repeated[:-1], Memory.FULL) if pattern.endswith("!") and repeated else repeated
    window = keys.positive("sliding_window", "attention_window_size")
    if window is None:
        return (Memory.FULL,) * layers
    # A window without a word on which layers have it.
    return (Memory.SLIDING,) * layers if model_type in _SLID_BY_TYPE or keys.defaults else None


def _windowless(keys: ConfigKeys, found: tuple[Memory, ...] | None) -> tuple[Memory, ...] | None:
    """The same with full attention in place of windows of no width: a config that says null has none, and
    one that is as wide as the context hides nothing.
    """
    if found is None or Memory.SLIDING not in found or "sliding_window" not in keys.own:
        return found
    window, context = keys.positive("sliding_window"), keys.positive("max_position_embeddings")
    if keys.own["sliding_window"] is not None and not (window and context and window >= context):
        return found
    return tuple(Memory.FULL if item is Memory.SLIDING else item for item in found)
