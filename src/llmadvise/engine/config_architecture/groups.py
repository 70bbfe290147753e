"""Attention groups from how each layer remembers and from the heads: what decides the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from llmadvise.domain.model import AttentionGroup, AttentionKind
from llmadvise.engine.config_architecture.heads import Heads
from llmadvise.engine.config_architecture.keys import ConfigKeys
from llmadvise.engine.config_architecture.layers import Memory
from llmadvise.engine.config_architecture.recurrent import recurrent_group

_CACHED = frozenset({Memory.FULL, Memory.SLIDING, Memory.CHUNKED})


def attention_groups(
    keys: ConfigKeys, model_type: str, hidden: int, heads: Heads, kinds: Sequence[Memory]
) -> tuple[AttentionGroup, ...]:
    """Layers that remember alike, in the order of their first layer."""
    lent = keys.number("num_kv_shared_layers") or 0
    kept = len(kinds) - lent if lent < len(kinds) else len(kinds)
    found: dict[AttentionGroup, list[int]] = {}
    states: list[int] = []
    for layer, kind in enumerate(kinds):
        if kind in {Memory.RECURRENT, Memory.BOTH}:
            states.append(layer)
        if kind is Memory.RECURRENT:
            continue
        if kind is Memory.NONE:
            group = AttentionGroup(kind=AttentionKind.NONE, layers=())
        elif layer >= kept:
            group = AttentionGroup(kind=AttentionKind.SHARED, layers=())
        else:
            group = _cache(keys, heads, Memory.FULL if kind is Memory.BOTH else kind, layer)
        found.setdefault(group, []).append(layer)
    groups = [replace(group, layers=tuple(layers)) for group, layers in found.items()]
    if states:
        groups.append(recurrent_group(keys, model_type, hidden, tuple(states)))
    return tuple(sorted(groups, key=lambda group: group.layers[0]))


def _cache(keys: ConfigKeys, heads: Heads, kind: Memory, layer: int) -> AttentionGroup:
    """What a layer with attention caches."""
    if heads.latent_size is not None and kind is Memory.FULL:
        return AttentionGroup(kind=AttentionKind.LATENT, layers=(), latent_size=heads.latent_size)
    kv = heads.kv_each[layer] if heads.kv_each else heads.kv
    key, value = heads.key_size, heads.value_size
    match kind:
        case Memory.SLIDING:
            return AttentionGroup(
                kind=AttentionKind.SLIDING,
                layers=(),
                kv_heads=keys.positive("swa_num_key_value_heads") or kv,
                key_size=keys.positive("swa_head_dim") or key,
                value_size=keys.positive("swa_v_head_dim", "swa_head_dim") or value,
                window=keys.positive("sliding_window", "sliding_window_size", "attention_window_size", "window_size"),
            )
        case Memory.CHUNKED:
            window = keys.positive("attention_chunk_size")
            return AttentionGroup(
                kind=AttentionKind.CHUNKED, layers=(), kv_heads=kv, key_size=key, value_size=value, window=window
            )
        case _:
            # Gemma 4: the layers that see everything have fewer and wider heads.
            wide = keys.positive("global_head_dim")
            return AttentionGroup(
                kind=AttentionKind.FULL,
                layers=(),
                kv_heads=keys.positive("num_global_key_value_heads") or kv,
                key_size=wide or key,
                value_size=wide or value,
            )
