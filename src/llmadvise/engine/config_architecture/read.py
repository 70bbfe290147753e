"""A whole config.json as an architecture, a context length and findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from llmadvise.domain.draft import DraftArchitecture, DraftContext
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import AttentionGroup, AttentionKind
from llmadvise.engine.config_architecture.context import context_length
from llmadvise.engine.config_architecture.feed_forward import dense_width, feed_forward_size
from llmadvise.engine.config_architecture.groups import attention_groups
from llmadvise.engine.config_architecture.heads import Heads, heads_of
from llmadvise.engine.config_architecture.keys import ConfigKeys
from llmadvise.engine.config_architecture.layers import ENCODERS, STATEFUL, Memory, memories
from llmadvise.engine.config_architecture.mixture import experts_of, has_unknown_experts
from llmadvise.engine.config_architecture.text_config import ConfigDefaults, TextConfig, text_config

_LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_decoder_layers", "num_layers", "decoder_layers")
_HIDDEN = ("hidden_size", "n_embd", "d_model", "dim", "model_dim", "embed_dim", "emb_dim")
_VOCABULARY = ("vocab_size", "padded_vocab_size", "n_vocab", "n_words", "tgt_vocab_size")
_MOST_LAYERS = 1024
_RULE = "config-incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigReading:
    """What a config says of the language model."""

    architecture: DraftArchitecture
    context: DraftContext
    text: TextConfig
    findings: tuple[Finding, ...]


def read_config(config: Mapping[str, object], known: ConfigDefaults) -> ConfigReading:
    """The language model that a config.json describes; what it does not say is None, with a finding."""
    text = text_config(config, known)
    keys, model_type = text.keys, text.model_type
    layers = _layer_count(keys)
    hidden = keys.positive(*_HIDDEN)
    heads = heads_of(keys, model_type, hidden, layers or 0)
    width = feed_forward_size(keys, model_type, hidden)
    experts = experts_of(keys, model_type, keys.positive("intermediate_size") or width)
    groups = _groups(keys, model_type, hidden, heads, layers)
    attends = model_type not in STATEFUL and (
        groups is None or model_type in ENCODERS or any(group.kind not in _STATELESS for group in groups)
    )
    architecture = DraftArchitecture(
        id=next((known.llama_cpp[name] for name in text.classes if name in known.llama_cpp), None),
        layers=layers,
        hidden_size=hidden,
        heads=heads.count if attends else None,
        kv_heads=_kv_heads(heads, groups) if attends else None,
        key_size=heads.key_size if attends else None,
        value_size=heads.value_size if attends else None,
        feed_forward_size=dense_width(width, experts),
        vocabulary_size=keys.positive(*_VOCABULARY),
        # An encoder has no output matrix beside its table.
        tied_embeddings=True if model_type in ENCODERS else keys.flag("tie_word_embeddings"),
        attention=groups,
        experts=experts,
        per_layer_embedding_size=keys.positive("hidden_size_per_layer_input"),
        draft_layers=ConfigKeys(own=keys.own, defaults={}).number(
            "num_nextn_predict_layers", "num_mtp_layers", "mtp_num_hidden_layers", "num_mtp_modules"
        )
        or 0,
    )
    context = context_length(keys)
    return ConfigReading(
        architecture=architecture,
        context=context,
        text=text,
        findings=(*_missing(architecture, context, model_type), *_doubts(architecture, keys, text)),
    )


_STATELESS = frozenset({AttentionKind.RECURRENT, AttentionKind.NONE})


def _layer_count(keys: ConfigKeys) -> int | None:
    if (pattern := keys.text("hybrid_override_pattern")) and len(pattern) <= _MOST_LAYERS:
        return len(pattern)
    for name in ("layers_block_type", "layer_types"):
        if (words := keys.words(name)) is not None and not any(key in keys.own for key in _LAYERS):
            return len(words) if len(words) <= _MOST_LAYERS else None
    layers = keys.positive(*_LAYERS)
    return layers if layers is not None and layers <= _MOST_LAYERS else None


def _groups(
    keys: ConfigKeys, model_type: str, hidden: int | None, heads: Heads, layers: int | None
) -> tuple[AttentionGroup, ...] | None:
    if layers is None or hidden is None:
        return None
    kinds = memories(keys, model_type, layers)
    if kinds is not None and heads.count is None and not set(kinds) <= {Memory.RECURRENT, Memory.NONE}:
        # Attention without heads: the config speaks in words that we do not know.
        return None
    return None if kinds is None else attention_groups(keys, model_type, hidden, heads, kinds)


def _kv_heads(heads: Heads, groups: tuple[AttentionGroup, ...] | None) -> int | None:
    """KV heads of the layers that see all; of the widest where they differ."""
    if heads.kv_each:
        return max((group.kv_heads or 0 for group in groups or ()), default=0) or heads.kv
    return heads.kv


def _missing(architecture: DraftArchitecture, context: DraftContext, model_type: str) -> list[Finding]:
    """One finding for all dimensions that the config does not say."""
    stateful = model_type in STATEFUL
    unknown = {
        "layers": architecture.layers,
        "hidden_size": architecture.hidden_size,
        "heads": architecture.heads or stateful or None,
        "kv_heads": architecture.kv_heads or stateful or None,
        "vocabulary_size": architecture.vocabulary_size,
        "tied_embeddings": architecture.tied_embeddings,
        "attention": architecture.attention,
        "context_length": context.native,
    }
    if architecture.attention is not None and all(group.kind in _STATELESS for group in architecture.attention):
        unknown = {name: value for name, value in unknown.items() if name not in {"heads", "kv_heads"}}
    names = [name for name, value in unknown.items() if value is None]
    if not names:
        return []
    return [Finding(rule=_RULE, verdict=Verdict.WARN, message=f"config.json does not say: {', '.join(names)}")]


def _doubts(architecture: DraftArchitecture, keys: ConfigKeys, text: TextConfig) -> list[Finding]:
    """What is said, but not enough to compute memory with."""
    found = []
    for group in architecture.attention or ():
        if group.kind is AttentionKind.RECURRENT and group.state_bytes is None:
            message = f"how much state {len(group.layers)} recurrent layers keep is not known for this model type"
            found.append(Finding(rule=_RULE, verdict=Verdict.WARN, message=message))
        if group.kind in {AttentionKind.SLIDING, AttentionKind.CHUNKED} and group.window is None:
            message = f"the width of the window of {len(group.layers)} layers is not said"
            found.append(Finding(rule=_RULE, verdict=Verdict.WARN, message=message))
    if has_unknown_experts(keys):
        message = "config.json names experts, but not how many of them a token uses"
        found.append(Finding(rule=_RULE, verdict=Verdict.WARN, message=message))
    heads, kv = architecture.heads, architecture.kv_heads
    if heads and kv and heads % kv:
        message = f"{kv} KV heads do not divide {heads} heads"
        found.append(Finding(rule="config-contradiction", verdict=Verdict.WARN, message=message))
    if not text.known:
        message = "the defaults of this model type are not known; only what config.json says itself was read"
        found.append(Finding(rule="config-unknown-type", verdict=Verdict.NOTE, message=message))
    return found
