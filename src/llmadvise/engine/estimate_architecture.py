"""The architecture noun of a model that was read from a file: its shape told in the catalog's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from llmadvise.domain.model import Architecture, AttentionGroup, AttentionKind, Experts
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.shape import Shape

_CHUNKED: Final = frozenset({"llama4"})
"""Architectures whose windows are chunks (llama.cpp b11434, src/models/llama4.cpp: LLAMA_SWA_TYPE_CHUNKED)."""


def architecture_of(shape: Shape, layout: WeightLayout, metadata: Mapping[str, object]) -> Architecture:
    """What the header says, layer by layer."""
    kept = [cache for cache in shape.caches if cache is not None]
    heads = shape.heads or None
    return Architecture(
        id=shape.architecture,
        layers=shape.layers,
        hidden_size=shape.hidden_size,
        heads=heads,
        kv_heads=max((cache.kv_heads for cache in kept), default=None),
        key_size=shape.query_elements // heads if heads else None,
        value_size=shape.output_elements // heads if heads else None,
        feed_forward_size=shape.feed_forward_size or None,
        vocabulary_size=shape.vocabulary_size,
        tied_embeddings=layout.tied,
        attention=_groups(shape, metadata),
        experts=_experts(shape, metadata),
        per_layer_embedding_size=shape.per_layer_embedding or None,
        draft_layers=shape.draft_layers,
    )


def _experts(shape: Shape, metadata: Mapping[str, object]) -> Experts | None:
    if shape.experts is None:
        return None
    experts = shape.experts
    dense = metadata.get(f"{shape.architecture}.leading_dense_block_count")
    shared = metadata.get(f"{shape.architecture}.expert_shared_count")
    return Experts(
        total=experts.total,
        used=experts.used,
        shared=shared if isinstance(shared, int) else 0,
        feed_forward_size=experts.feed_forward_size or None,
        shared_feed_forward_size=experts.shared_feed_forward_size or None,
        dense_layers=dense if isinstance(dense, int) else 0,
    )


def _groups(shape: Shape, metadata: Mapping[str, object]) -> tuple[AttentionGroup, ...]:
    """Layers that remember alike, in the order of their first layer; a layer with cache and state is in two groups."""
    found: dict[AttentionGroup, list[int]] = {}
    lent = metadata.get(f"{shape.architecture}.attention.shared_kv_layers")
    own = shape.layers - (lent if isinstance(lent, int) else 0)
    for layer, (cache, state) in enumerate(zip(shape.caches, shape.states, strict=True)):
        if cache is not None:
            found.setdefault(_cache_group(shape, layer), []).append(layer)
        if state is not None:
            size = state.convolution_bytes + state.state_bytes
            group = AttentionGroup(
                kind=AttentionKind.RECURRENT, layers=(), state_bytes=size, inner_size=shape.inner_size or None
            )
            found.setdefault(group, []).append(layer)
        if cache is None and state is None:
            kind = AttentionKind.SHARED if layer >= own else AttentionKind.NONE
            found.setdefault(AttentionGroup(kind=kind, layers=()), []).append(layer)
    return tuple(replace(group, layers=tuple(layers)) for group, layers in found.items())


def _cache_group(shape: Shape, layer: int) -> AttentionGroup:
    cache = shape.caches[layer]
    assert cache is not None  # noqa: S101 - the caller looked
    if shape.latent_rank:
        return AttentionGroup(kind=AttentionKind.LATENT, layers=(), latent_size=cache.key_elements)
    windowed = AttentionKind.CHUNKED if shape.architecture in _CHUNKED else AttentionKind.SLIDING
    return AttentionGroup(
        kind=AttentionKind.FULL if cache.window is None else windowed,
        layers=(),
        kv_heads=cache.kv_heads,
        key_size=cache.key_head,
        value_size=cache.value_head,
        window=cache.window,
    )
