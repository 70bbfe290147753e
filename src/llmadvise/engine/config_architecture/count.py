"""How many parameters a network of these dimensions has; matrices alone, whose biases and norms are a part in a thousand."""

from __future__ import annotations

from typing import Final

from llmadvise.domain.draft import DraftArchitecture
from llmadvise.domain.model import AttentionGroup, AttentionKind, Experts
from llmadvise.engine.config_architecture.keys import ConfigKeys
from llmadvise.engine.config_architecture.layers import STATEFUL
from llmadvise.engine.config_architecture.text_config import TextConfig
from llmadvise.engine.memory.traits import ENCODER_DECODER, UNGATED

_UNGATED_TYPES: Final = frozenset({
    "opt", "bloom", "gpt_neo", "gptj", "codegen", "bert", "roberta", "xlm-roberta", "mpnet", "distilbert", "electra",
})  # fmt: skip


def count_parameters(architecture: DraftArchitecture, text: TextConfig) -> int | None:
    """Parameters of the language model; None where a part of it is not known or of a kind without a formula."""
    hidden, vocabulary, layers = architecture.hidden_size, architecture.vocabulary_size, architecture.layers
    # Searched architectures size every block by itself.
    if "block_configs" in text.keys.own:
        return None
    if not hidden or not vocabulary or not layers or architecture.attention is None:
        return None
    if (
        architecture.per_layer_embedding_size
        or architecture.id in ENCODER_DECODER
        or architecture.tied_embeddings is None
    ):
        return None
    mixing = 0
    for group in architecture.attention:
        one = _mixing(architecture, group, text.keys, hidden)
        if one is None:
            return None
        mixing += one * len(group.layers)
    feeding = _feeding(architecture, text, hidden, layers)
    if feeding is None:
        return None
    tables = vocabulary * hidden * (1 if architecture.tied_embeddings else 2)
    return tables + mixing + feeding + hidden * (2 * layers + 1)


def unused_parameters(architecture: DraftArchitecture, text: TextConfig) -> int | None:
    """Parameters of the experts that a token skips; 0 for a dense model, None where their width is unknown."""
    experts = architecture.experts
    if experts is None:
        return 0
    if not experts.feed_forward_size or not architecture.hidden_size or not architecture.layers:
        return None
    one = matrices(architecture, text) * architecture.hidden_size * experts.feed_forward_size
    return one * (experts.total - experts.used) * expert_layers(text.keys, architecture.layers, experts)


def expert_layers(keys: ConfigKeys, layers: int, experts: Experts) -> int:
    """How many layers are mixtures of experts."""
    listed = _listed_expert_layers(keys, layers)
    if listed is not None:
        return listed
    if period := keys.positive("expert_layer_period"):
        offset = keys.number("expert_layer_offset") or 0
        return sum(layer % period == offset for layer in range(layers))
    step = experts.every
    only = frozenset(keys.counts("mlp_only_layers") or ())
    if step > 1 or only:
        return sum((layer + 1) % step == 0 and layer not in only for layer in range(layers))
    return max(0, layers - experts.dense_layers)


def _listed_expert_layers(keys: ConfigKeys, layers: int) -> int | None:
    """How many a list names; None where none does."""
    kinds = keys.words("mlp_layer_types")
    blocks = keys.words("layers_block_type") or ()
    if pattern := keys.text("hybrid_override_pattern"):
        return pattern.count("E")
    if kinds is not None:
        return sum(kind != "dense" for kind in kinds)
    if "moe" in blocks:
        return blocks.count("moe")
    if (indices := keys.counts("moe_layers")) is not None:
        return len(indices)
    if text := keys.text("moe_layers_enum"):
        return text.count(",") + 1
    flags = keys.each("moe_layer_freq", layers)
    return None if flags is None else sum(bool(flag) for flag in flags)


def matrices(architecture: DraftArchitecture, text: TextConfig) -> int:
    """Matrices of a feed-forward network: up, down and mostly a gate."""
    return 2 if architecture.id in UNGATED | {"nemotron_h_moe", "bert"} or text.model_type in _UNGATED_TYPES else 3


def _feeding(architecture: DraftArchitecture, text: TextConfig, hidden: int, layers: int) -> int | None:
    experts, width = architecture.experts, architecture.feed_forward_size
    if text.model_type in STATEFUL and not text.model_type.startswith("rwkv"):
        return 0
    each = matrices(architecture, text) * hidden
    if text.model_type == "nemotron_h":
        return _sparse_feeding(architecture, text.keys, each, width)
    if experts is None:
        return layers * each * width if width else None
    if not experts.feed_forward_size:
        return None
    mixtures = expert_layers(text.keys, layers, experts)
    shared = experts.shared_feed_forward_size or 0
    mixture = each * (experts.total * experts.feed_forward_size + shared) + hidden * experts.total
    dense = (layers - mixtures) * each * (width or 0)
    return mixtures * mixture + dense


def _sparse_feeding(architecture: DraftArchitecture, keys: ConfigKeys, each: int, width: int | None) -> int | None:
    """Nemotron-H has feed-forward networks in layers of their own."""
    pattern, experts = keys.text("hybrid_override_pattern"), architecture.experts
    total = pattern.count("-") * each * (width or 0)
    if experts and experts.feed_forward_size:
        shared = experts.shared_feed_forward_size or 0
        total += pattern.count("E") * each * (experts.total * experts.feed_forward_size + shared)
    return total or None


def _mixing(architecture: DraftArchitecture, group: AttentionGroup, keys: ConfigKeys, hidden: int) -> int | None:
    """Parameters of what mixes tokens in one layer."""
    heads = architecture.heads
    match group.kind:
        case AttentionKind.FULL | AttentionKind.SLIDING | AttentionKind.CHUNKED:
            key, value, kv = group.key_size, group.value_size, group.kv_heads
            if not (heads and key and value and kv):
                return None
            gate = 2 if keys.positive("linear_num_value_heads") else 1
            return hidden * (heads * (gate * key + value) + kv * (key + value))
        case AttentionKind.LATENT:
            return _latent(architecture, keys, hidden)
        case AttentionKind.RECURRENT:
            return _recurrent(keys, hidden, group.inner_size)
        case AttentionKind.NONE:
            return _uncached(architecture, keys, hidden)
        case AttentionKind.SHARED:
            return None


def _uncached(architecture: DraftArchitecture, keys: ConfigKeys, hidden: int) -> int | None:
    """A layer without a cache is one of an encoder, which attends, or none that mixes at all."""
    heads, key = architecture.heads, architecture.key_size
    if keys.text("hybrid_override_pattern"):
        return 0
    kinds = {group.kind for group in architecture.attention or ()}
    if not (heads and key) or kinds != {AttentionKind.NONE}:
        return None
    return hidden * 2 * key * (heads + (architecture.kv_heads or heads))


def _latent(architecture: DraftArchitecture, keys: ConfigKeys, hidden: int) -> int | None:
    heads, key, value = architecture.heads, architecture.key_size, architecture.value_size
    rank, rotary = keys.positive("kv_lora_rank"), keys.number("qk_rope_head_dim")
    if not (heads and key and value and rank) or rotary is None:
        return None
    reduced = keys.positive("q_lora_rank")
    query = reduced * (hidden + heads * key) if reduced else hidden * heads * key
    return query + hidden * (rank + rotary) + rank * heads * (key - rotary + value) + heads * value * hidden


def _recurrent(keys: ConfigKeys, hidden: int, inner: int | None) -> int | None:
    if not inner:
        return None
    if kernel := keys.positive("conv_L_cache"):
        return hidden * (4 * hidden + kernel)
    key_heads, key = keys.positive("linear_num_key_heads"), keys.positive("linear_key_head_dim")
    values = keys.positive("linear_num_value_heads")
    if key_heads and key and values:
        return hidden * (2 * key_heads * key + 3 * inner + 2 * values)
    state = keys.positive("mamba_d_state", "ssm_state_size", "state_size")
    if state is None:
        return None
    heads = keys.positive("mamba_n_heads", "mamba_num_heads", "n_mamba_heads")
    groups = keys.positive("mamba_n_groups", "n_groups", "mamba_ngroups")
    if heads and groups:
        return hidden * (3 * inner + 2 * groups * state + heads)
    rank = keys.positive("mamba_dt_rank", "time_step_rank") or -(-hidden // 16)
    return 3 * hidden * inner + inner * (2 * rank + 3 * state)
