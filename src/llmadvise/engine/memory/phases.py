"""The phases of one layer, and what each needs at its widest moment beside the residual stream. Bytes.

llama.cpp b11434, src/llama-graph.cpp (build_attn_mha, build_ffn, build_moe_ffn) and src/models/mamba-base.cpp.
"""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.engine.memory.kv_cache import is_transposed, window_cells
from llmadvise.engine.memory.settings import PLAIN_TYPES, ContextSizes, EngineSettings
from llmadvise.engine.memory.shape import LayerCache, Shape
from llmadvise.engine.memory.traits import (
    ENCODER_DECODER,
    FULL_RECURRENCE_GATE,
    GATED_QUERY,
    PARALLEL_BLOCKS,
    UNGATED,
    WITHOUT_FLASH_ATTENTION,
)

F32 = 4
F16 = 2
_UNCOPIED_TYPES = ("f16",)
"""Cache types that CUDA's kernels for large batches read as they are."""


def distinct_caches(shape: Shape) -> list[LayerCache]:
    """One layer of each kind of cache: full, and windowed."""
    found: dict[int | None, LayerCache] = {}
    for cache in shape.caches:
        if cache is not None:
            kept = found.get(cache.window)
            if kept is None or cache.value_elements > kept.value_elements:
                found[cache.window] = cache
    return list(found.values())


def uses_flash_attention(shape: Shape, settings: EngineSettings, caches: Sequence[LayerCache], *, cuda: bool) -> bool:
    """What `-fa` resolves to: auto is on unless a GPU that holds layers has no kernel for the head sizes.

    A quantised value cache switches it on; for Grok it is forced off (src/llama-context.cpp: llama_init_from_model).
    """
    if shape.architecture in WITHOUT_FLASH_ATTENTION:
        return False
    if settings.flash_attention is not None:
        return settings.flash_attention
    if not cuda or settings.kv_type_v not in PLAIN_TYPES:
        return True
    return settings.gpu_has_flash_attention and all(has_kernel(cache, shape.heads) for cache in caches)


def has_kernel(cache: LayerCache, heads: int) -> bool:
    """Whether CUDA computes these head sizes (b11434, ggml-cuda/fattn.cu: ggml_cuda_get_best_fattn_kernel)."""
    ratio = heads // cache.kv_heads if cache.kv_heads else 0
    match cache.key_head, cache.value_head:
        case (40 | 64 | 72 | 80 | 96 | 112 | 128 | 256) as key, value:
            return key == value
        case 192, 128:
            return ratio % 8 == 0
        case 320, 256:
            return ratio % 32 == 0
        case ((512 | 576), 512):
            return ratio >= 2  # noqa: PLR2004
        case _:
            return False


def attention(
    shape: Shape,
    settings: EngineSettings,
    sizes: ContextSizes,
    caches: Sequence[LayerCache],
    *,
    flash: bool,
    cuda: bool,
) -> int:
    """Query and result; the scores of all heads without flash attention; a copy of a quantised cache with it.

    A query that is no wider than the hidden size fits where the norm was.
    """
    if not caches:
        return 0
    row = sizes.tokens * F32
    query = shape.query_elements * (2 if shape.architecture in GATED_QUERY else 1)
    result = shape.output_elements
    beside = query if query > shape.hidden_size else 0
    if shape.latent_rank:
        absorbed = shape.heads * caches[0].key_head
        beside, result = query + absorbed, shape.heads * shape.latent_rank
    size = row * (beside + result)
    return size + max(_scores(shape, settings, sizes, cache, flash=flash, cuda=cuda) for cache in caches)


def _scores(
    shape: Shape, settings: EngineSettings, sizes: ContextSizes, cache: LayerCache, *, flash: bool, cuda: bool
) -> int:
    """What grows with the context: f16 copies of a quantised cache, or scores in f32 of every head and token."""
    cells = window_cells(cache, sizes, unified=settings.kv_unified, swa_full=settings.swa_full)
    if flash and shape.architecture not in ENCODER_DECODER:
        if not cuda or not has_kernel(cache, shape.heads):
            return 0
        copied = cache.key_elements if settings.kv_type_k not in _UNCOPIED_TYPES else 0
        copied += cache.value_elements if settings.kv_type_v not in _UNCOPIED_TYPES else 0
        return cells * sizes.streams * copied * F16
    scores = cells * sizes.tokens * shape.heads * F32
    if shape.architecture in ENCODER_DECODER:
        # The position bias, its permuted copy and the biased scores are as large as the scores.
        scores *= 4
    # Values that were cached as they come must be turned for the product.
    untransposed = 0 if is_transposed(shape, settings) or shape.latent_rank else cache.value_elements
    return scores + cells * sizes.streams * untransposed * F16


def feed_forward(shape: Shape, sizes: ContextSizes, embedding: int) -> int:
    """Gate, up and their product; without a gate the activation overwrites its input."""
    row = shape.feed_forward_size * sizes.tokens * F32
    if shape.architecture in UNGATED:
        return row + (embedding if shape.architecture in PARALLEL_BLOCKS else 0)
    return 3 * row


def experts(shape: Shape, sizes: ContextSizes, embedding: int) -> int:
    """Gate, up and product of the chosen experts, then their results; then the shared expert beside the sum.

    The results of the experts take the room of gate and up if they fit there.
    """
    mixture = shape.experts
    if mixture is None:
        return 0
    row = sizes.tokens * F32
    inside = mixture.used * mixture.feed_forward_size * row
    results = mixture.used * embedding
    if shape.architecture in UNGATED:
        routed = inside + results
    else:
        routed = 3 * inside + (results if results > 2 * inside else 0)
    return max(routed, 3 * mixture.shared_feed_forward_size * row + embedding)


def recurrence(shape: Shape, sizes: ContextSizes, embedding: int) -> int:
    """What the inside of a recurrent layer holds: projection, convolution, scan (src/models/mamba-base.cpp)."""
    if not shape.inner_size:
        return 0
    row = sizes.tokens * F32
    inner, wide = shape.inner_size * row, (shape.inner_size + shape.convolution_extra) * row
    state = max((state.state_bytes for state in shape.states if state), default=0) * sizes.sequences
    if shape.architecture in FULL_RECURRENCE_GATE:
        # Mamba: both halves of the projection, convolution in and out, step sizes, result.
        return 5 * inner + state - 2 * embedding
    # Mamba-2 and the like: projection, convolution in and out, result with the new state, gated result.
    return (wide + inner) + 2 * wide + (inner + state) + inner - 2 * embedding
