"""The dimensions that memory depends on, whatever they were read from."""

from __future__ import annotations

from llmadvise.domain.model import Architecture, AttentionGroup, AttentionKind
from llmadvise.engine.memory.tensors.states import Mixer, inner_size, mixer_of
from llmadvise.engine.memory.traits import SLIDING
from llmadvise.record import dataclass

_DEEP_INPUTS = {"qwen3vl": 3, "qwen3vlmoe": 3}
"""Embeddings of a picture beside that of the token, where no header says so (config.json: deepstack_visual_indexes)."""
_ROTARY_ELEMENTS = 64
"""Rotary part of a compressed key in DeepSeek-V2, V3 and Kimi K2 (config.json: qk_rope_head_dim)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerCache:
    """What one attention layer remembers of each token, in elements."""

    key_elements: int
    value_elements: int
    kv_heads: int
    key_head: int
    """Elements of one key head: what the blocks of a quantised cache must divide."""
    value_head: int
    window: int | None = None
    """Tokens; None: all of the context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerState:
    """What one recurrent layer keeps for each sequence, in bytes, whatever the context length."""

    convolution_bytes: int
    state_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertShape:
    """The mixture of experts: counts and widths."""

    total: int
    used: int
    feed_forward_size: int
    shared_feed_forward_size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A network as the memory model sees it. Widths in elements; per-layer tuples are as long as `layers`."""

    architecture: str | None
    """llama.cpp's name; None where it has none."""
    layers: int
    """Blocks that run; next-token-prediction blocks do not count."""
    hidden_size: int
    vocabulary_size: int
    heads: int
    """Query heads of the widest layer; 0 without attention."""
    query_elements: int
    """Widest query: heads × key size."""
    output_elements: int
    """Widest attention output: heads × value size."""
    caches: tuple[LayerCache | None, ...]
    states: tuple[LayerState | None, ...]
    feed_forward_size: int
    """Widest dense feed-forward network; 0 if there is none."""
    experts: ExpertShape | None = None
    inner_size: int = 0
    """Width of the recurrent layers' inside; 0 without them."""
    convolution_extra: int = 0
    """Elements that a recurrent layer's convolution carries beside `inner_size`."""
    latent_rank: int = 0
    """Elements of a compressed value (MLA), cached inside the key; 0: keys and values are cached apart."""
    per_layer_embedding: int = 0
    """Width of the embedding that each layer adds (Gemma 3n and 4 E); 0 without it."""
    reads: tuple[int, ...] = ()
    """For each layer the one whose cache it reads; its own index where it keeps one; empty: all do."""
    trained_context: int = 0
    """Tokens that an encoder may leave to its decoder."""
    rotates: bool = True
    """Positions are rotated into queries and keys; Granite's files may say no (`rope.scaling.finetuned`)."""
    draft_layers: int = 0
    """Next-token-prediction blocks in the file beyond `layers`."""
    deep_inputs: int = 0
    """Embeddings of pictures that come beside that of the token, one for each of so many first layers (Qwen3-VL)."""

    @property
    def has_attention(self) -> bool:
        """Whether any layer keeps keys and values."""
        return any(cache is not None for cache in self.caches)


def shape_from_catalog(architecture: Architecture) -> Shape | None:
    """The shape of a catalog entry; None if a dimension that memory depends on is unknown.

    A sliding window counts only where llama.cpp honours it for this architecture.
    """
    caches: list[LayerCache | None] = [None] * architecture.layers
    states: list[LayerState | None] = [None] * architecture.layers
    rank = 0
    mixer: Mixer | None = None
    for group in architecture.attention:
        if not group.layers or group.layers[-1] >= architecture.layers:
            return None
        if group.kind is AttentionKind.RECURRENT:
            if not group.state_bytes:
                return None
            mixer = mixer_of(architecture, group)
            convolution = mixer.convolution_bytes if mixer else 0
            state = LayerState(convolution_bytes=convolution, state_bytes=group.state_bytes - convolution)
            for layer in group.layers:
                states[layer] = state
        elif group.kind not in (AttentionKind.SHARED, AttentionKind.NONE):
            cache = _cache(architecture, group)
            if cache is None:
                return None
            if group.kind is AttentionKind.LATENT:
                rank = cache.value_head
            for layer in group.layers:
                caches[layer] = cache
    return _assemble(architecture, tuple(caches), tuple(states), rank, mixer)


def _assemble(
    architecture: Architecture,
    caches: tuple[LayerCache | None, ...],
    states: tuple[LayerState | None, ...],
    rank: int,
    mixer: Mixer | None,
) -> Shape | None:
    kept = [cache for cache in caches if cache is not None]
    if kept and not architecture.heads:
        return None
    heads = architecture.heads or 0 if kept else 0
    if rank:
        key, value = architecture.key_size or 0, architecture.value_size or 0
    else:
        key = max((cache.key_head for cache in kept), default=0)
        value = max((cache.value_head for cache in kept), default=0)
    return Shape(
        architecture=architecture.id,
        layers=architecture.layers,
        hidden_size=architecture.hidden_size,
        vocabulary_size=architecture.vocabulary_size,
        heads=heads,
        query_elements=heads * key,
        output_elements=heads * value,
        caches=caches,
        states=states,
        feed_forward_size=_dense_width(architecture),
        experts=_experts(architecture),
        inner_size=(mixer.inner if mixer else inner_size(architecture)) if any(states) else 0,
        convolution_extra=mixer.extra if mixer else 0,
        latent_rank=rank,
        per_layer_embedding=architecture.per_layer_embedding_size or 0,
        draft_layers=architecture.draft_layers,
        reads=_reads(architecture, caches),
        deep_inputs=_DEEP_INPUTS.get(architecture.id or "", 0),
    )


def _reads(architecture: Architecture, caches: tuple[LayerCache | None, ...]) -> tuple[int, ...]:
    """Later layers read the last cache of their kind (src/llama-model.cpp: create_memory).

    The catalog does not say which of them have a window: the order of the layers before them goes on.
    """
    shared = [layer for group in architecture.attention if group.kind is AttentionKind.SHARED for layer in group.layers]
    if not shared:
        return ()
    kept = min(shared)
    windows = [cache is not None and cache.window is not None for cache in caches[:kept]]
    period = next(size for size in range(1, kept + 1) if windows[size:] == windows[:-size])
    return tuple(
        layer if layer < kept else kept - (2 if windows[layer % period] else 1) for layer in range(architecture.layers)
    )


def _cache(architecture: Architecture, group: AttentionGroup) -> LayerCache | None:
    if group.kind is AttentionKind.LATENT:
        size = group.latent_size
        if not size:
            return None
        return LayerCache(
            key_elements=size, value_elements=0, kv_heads=1, key_head=size, value_head=size - _ROTARY_ELEMENTS
        )
    kv_heads = group.kv_heads or architecture.kv_heads
    key = group.key_size or architecture.key_size
    value = group.value_size or architecture.value_size or key
    if not kv_heads or not key or not value:
        return None
    windowed = group.kind is not AttentionKind.FULL and (architecture.id is None or architecture.id in SLIDING)
    return LayerCache(
        key_elements=kv_heads * key,
        value_elements=kv_heads * value,
        kv_heads=kv_heads,
        key_head=key,
        value_head=value,
        window=group.window if windowed else None,
    )


def _dense_width(architecture: Architecture) -> int:
    """Width of the dense feed-forward layers; 0 where every layer is a mixture of experts."""
    experts = architecture.experts
    if experts is not None and experts.dense_layers == 0:
        return 0
    return architecture.feed_forward_size or 0


def _experts(architecture: Architecture) -> ExpertShape | None:
    experts = architecture.experts
    width = experts and (experts.feed_forward_size or architecture.feed_forward_size)
    if experts is None or not width:
        return None
    return ExpertShape(
        total=experts.total,
        used=experts.used,
        feed_forward_size=width,
        shared_feed_forward_size=experts.shared_feed_forward_size or experts.shared * width,
    )
