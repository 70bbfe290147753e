"""The compute buffers of llama.cpp: what its graph of one micro-batch needs at its widest moment.

llama.cpp reserves them once, for the largest micro-batch and a full cache, and lays tensors out with a best-fit
allocator (ggml 0.26.0, ggml-alloc.c). A layer runs in phases (attention, feed-forward network, experts, recurrence,
logits); each needs the tensors named at its function, on top of a floor that all share: masks, inputs and the
residual stream. The buffer is the floor and the widest phase. All functions return bytes for U = `tokens` rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from llmadvise.engine.memory.kv_cache import is_transposed, window_cells
from llmadvise.engine.memory.settings import BUILDS, PLAIN_TYPES, ContextSizes, EngineSettings, context_sizes, row_bytes
from llmadvise.engine.memory.shape import LayerCache, Shape
from llmadvise.engine.memory.traits import (
    ABSOLUTE_POSITIONS,
    ALTERNATING_UPDATES,
    DOWN_COPIED_TWICE,
    ENCODER_DECODER,
    FULL_RECURRENCE_GATE,
    GATED_QUERY,
    PARALLEL_BLOCKS,
    UNGATED,
    WITHOUT_FLASH_ATTENTION,
    WITHOUT_MIXED_BATCHES,
)

_F32 = 4
_F16 = 2
UNCOPIED_TYPES = ("f16",)
"""Cache types that CUDA's large-batch kernels read as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSizes:
    """The parts of the compute buffers that do not depend on where the layers lie. Bytes."""

    embedding: int
    """One tensor of hidden size × tokens: the residual stream."""
    masks: int
    attends_on_gpu: bool
    """False where flash attention was asked for and the GPU has no kernel: it then runs on the host."""
    recurrence: int
    """The phase of a recurrent layer, which runs where its state lies."""
    positions: int
    """Index tensors: positions, rows of the cache to write, rows to output."""
    indices: int
    """Where each value goes in a transposed cache: 8 bytes for every element written, without flash attention."""
    phase: int
    """The widest phase of a layer."""
    logits: int
    logits_floor: int
    """What lies below the logits."""
    kv_copy: int
    """Keys and values of the widest layer: a GPU copies them if they lie on the host."""
    key_copy: int
    floor: int
    """Residual stream, norm and query, and what else lives through a layer, on the GPU that takes the inputs."""
    host_inputs: int
    """Tensors of width hidden size in which the host prepares a batch."""
    gpu_inputs: int
    """Those of them that are copied to the first GPU."""
    expert_rows: int
    """Inside of the chosen experts (or of the dense network) and their results: they live beside a copied matrix."""
    result_rows: int
    mixed: bool
    gated: bool
    copies_down_twice: bool
    later_inputs: int
    """What a GPU is handed by the one before it."""
    kept_rows: int
    """What lives through a layer on a GPU that takes no inputs."""

    @property
    def shared(self) -> int:
        """Masks and indices: on every device that computes."""
        return self.masks + self.positions + self.indices

    @property
    def shared_on_gpu(self) -> int:
        """The same on a GPU."""
        return self.shared if self.attends_on_gpu else self.positions


def uses_flash_attention(shape: Shape, settings: EngineSettings, *, cuda: bool) -> bool:
    """What `-fa` resolves to: auto is on unless a GPU that holds layers has no kernel for the head sizes.

    A quantised value cache switches it on; Grok's scores are shaped in a way that no kernel does.
    """
    if shape.architecture in WITHOUT_FLASH_ATTENTION:
        return False
    if settings.flash_attention is not None:
        return settings.flash_attention
    if not cuda or settings.kv_type_v not in PLAIN_TYPES:
        return True
    return settings.gpu_has_flash_attention and all(
        _has_kernel(cache, shape.heads) for cache in set(filter(None, shape.caches))
    )


def _has_kernel(cache: LayerCache, heads: int) -> bool:
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


def graph_sizes(shape: Shape, settings: EngineSettings, *, flash: bool, cuda: bool) -> GraphSizes:
    """The sizes of the graph's tensors for one micro-batch."""
    sizes = context_sizes(settings)
    embedding = shape.hidden_size * sizes.tokens * _F32
    build = BUILDS[settings.engine_build]
    architecture = shape.architecture or ""
    mixed = build.mixed_batches and architecture not in WITHOUT_MIXED_BATCHES
    caches = _distinct_windows(shape)
    cells = [window_cells(cache, sizes, unified=settings.kv_unified, swa_full=settings.swa_full) for cache in caches]
    copies = [
        (
            count * sizes.streams * row_bytes(cache.key_elements, settings.kv_type_k),
            count * sizes.streams * row_bytes(cache.value_elements, settings.kv_type_v),
        )
        for cache, count in zip(caches, cells, strict=True)
    ]
    recurrence = _recurrence(shape, sizes, embedding)
    return GraphSizes(
        embedding=embedding,
        masks=sum(cells) * sizes.tokens * (_F16 if flash else _F32),
        attends_on_gpu=not cuda or not flash or all(_has_kernel(cache, shape.heads) for cache in caches),
        recurrence=recurrence,
        positions=(16 + 8 * len(caches)) * sizes.tokens + _buckets(shape, cells, sizes),
        indices=0 if flash or not is_transposed(shape, settings) else _indices(shape, caches, sizes),
        phase=max(
            _attention(shape, settings, sizes, flash=flash, cuda=cuda),
            _feed_forward(shape, sizes, embedding),
            _experts(shape, sizes, embedding),
            recurrence,
        ),
        logits=sizes.outputs * shape.vocabulary_size * _F32,
        logits_floor=_floor(shape, embedding, mixed=mixed) if mixed else sizes.outputs * shape.hidden_size * _F32,
        kv_copy=max((key + value for key, value in copies), default=0),
        key_copy=max((key for key, _ in copies), default=0),
        floor=_floor(shape, embedding, mixed=mixed),
        host_inputs=_host_inputs(shape, embedding, mixed=mixed),
        gpu_inputs=_gpu_inputs(shape, embedding, mixed=mixed),
        expert_rows=_inside(shape) * sizes.tokens * _F32,
        result_rows=embedding * (shape.experts.used if shape.experts else 1),
        mixed=mixed,
        gated=architecture not in UNGATED,
        copies_down_twice=architecture in DOWN_COPIED_TWICE,
        later_inputs=embedding * (4 if architecture in ALTERNATING_UPDATES else 1)
        + shape.per_layer_embedding * shape.layers * sizes.tokens * _F32,
        kept_rows=3 * embedding,
    )


def _inside(shape: Shape) -> int:
    """Width inside the feed-forward network: that of all chosen experts together, or of the dense one."""
    if shape.experts is None:
        return shape.feed_forward_size
    return shape.experts.used * shape.experts.feed_forward_size


def _inputs_stay(shape: Shape) -> bool:
    """Whether the host adds more to the embeddings, so that it prepares mixed batches alone."""
    return shape.architecture in ABSOLUTE_POSITIONS or shape.per_layer_embedding > 0


def _gpu_inputs(shape: Shape, embedding: int, *, mixed: bool) -> int:
    """Embeddings looked up, and with mixed batches those given and those to mix in; positions come by themselves."""
    row = embedding // shape.hidden_size
    if _inputs_stay(shape):
        tables = 3 if shape.architecture in ALTERNATING_UPDATES else 1
        each = 2 if shape.architecture in ABSOLUTE_POSITIONS else 1
        return each * embedding + tables * shape.per_layer_embedding * shape.layers * row
    return (3 if mixed else 1) * embedding


def _floor(shape: Shape, embedding: int, *, mixed: bool) -> int:
    """Residual stream, norm and query; with mixed batches four tensors of the inputs, whose room these reuse."""
    row = embedding // shape.hidden_size
    query = min(shape.query_elements, 2 * shape.hidden_size) if shape.has_attention else shape.hidden_size
    if shape.per_layer_embedding:
        streams = 5 if shape.architecture in ALTERNATING_UPDATES else 0
        return (4 + streams) * embedding + shape.per_layer_embedding * shape.layers * row
    return 4 * embedding if mixed and not _inputs_stay(shape) else 2 * embedding + query * row


def _host_inputs(shape: Shape, embedding: int, *, mixed: bool) -> int:
    """Embeddings given and looked up; with mixed batches a second pair; positions and per-layer embeddings."""
    row = embedding // shape.hidden_size
    inputs = (4 if mixed else 2) + (1 if _inputs_stay(shape) and (mixed or not shape.per_layer_embedding) else 0)
    return inputs * embedding + shape.per_layer_embedding * shape.layers * row


def _buckets(shape: Shape, cells: list[int], sizes: ContextSizes) -> int:
    """T5's table of relative positions: four bytes for each token and cell."""
    return sum(cells) * sizes.tokens * _F32 if shape.architecture in ENCODER_DECODER else 0


def _distinct_windows(shape: Shape) -> list[LayerCache]:
    """One layer of each kind of cache: full, and windowed."""
    found: dict[int | None, LayerCache] = {}
    for cache in shape.caches:
        if cache is not None:
            kept = found.get(cache.window)
            if kept is None or cache.value_elements > kept.value_elements:
                found[cache.window] = cache
    return list(found.values())


def _indices(shape: Shape, caches: list[LayerCache], sizes: ContextSizes) -> int:
    """llama_kv_cache::build_input_v_idxs: 8 bytes an element and token, as wide as the widest layer, once a cache."""
    widest = max((cache.value_elements for cache in shape.caches if cache), default=0)
    return len(caches) * sizes.tokens * widest * 8


def _attention(shape: Shape, settings: EngineSettings, sizes: ContextSizes, *, flash: bool, cuda: bool) -> int:
    """Query and result; the scores of all heads without flash attention; a copy of a quantised cache with it.

    A query that is no wider than the hidden size fits where the norm was.
    """
    if not shape.has_attention:
        return 0
    row = sizes.tokens * _F32
    query = shape.query_elements * (2 if shape.architecture in GATED_QUERY else 1)
    result = shape.output_elements
    beside = query if query > shape.hidden_size else 0
    if shape.latent_rank:
        absorbed = shape.heads * next(cache.key_head for cache in shape.caches if cache)
        beside, result = query + absorbed, shape.heads * shape.latent_rank
    size = row * (beside + result)
    widest = max(
        (_scores(shape, settings, sizes, cache, flash=flash, cuda=cuda) for cache in _distinct_windows(shape)),
        default=0,
    )
    return size + widest


def _scores(
    shape: Shape, settings: EngineSettings, sizes: ContextSizes, cache: LayerCache, *, flash: bool, cuda: bool
) -> int:
    """What grows with the context: f16 copies of a quantised cache, or scores in f32 of every head and token."""
    cells = window_cells(cache, sizes, unified=settings.kv_unified, swa_full=settings.swa_full)
    if flash and shape.architecture not in ENCODER_DECODER:
        if not cuda or not _has_kernel(cache, shape.heads):
            return 0
        copied = cache.key_elements if settings.kv_type_k not in UNCOPIED_TYPES else 0
        copied += cache.value_elements if settings.kv_type_v not in UNCOPIED_TYPES else 0
        return cells * sizes.streams * copied * _F16
    scores = cells * sizes.tokens * shape.heads * _F32
    if shape.architecture in ENCODER_DECODER:
        # The position bias, its permuted copy and the biased scores are as large as the scores.
        scores *= 4
    # Values that were cached as they come must be turned for the product.
    untransposed = 0 if is_transposed(shape, settings) or shape.latent_rank else cache.value_elements
    return scores + cells * sizes.streams * untransposed * _F16


def _feed_forward(shape: Shape, sizes: ContextSizes, embedding: int) -> int:
    """Gate, up and their product; without a gate the activation overwrites its input."""
    row = shape.feed_forward_size * sizes.tokens * _F32
    if shape.architecture in UNGATED:
        return row + (embedding if shape.architecture in PARALLEL_BLOCKS else 0)
    return 3 * row


def _experts(shape: Shape, sizes: ContextSizes, embedding: int) -> int:
    """Gate, up and product of the chosen experts, then their results; then the shared expert beside the sum.

    The results of the experts take the room of gate and up if they fit there.
    """
    experts = shape.experts
    if experts is None:
        return 0
    row = sizes.tokens * _F32
    inside = experts.used * experts.feed_forward_size * row
    results = experts.used * embedding
    if shape.architecture in UNGATED:
        routed = inside + results
    else:
        routed = 3 * inside + (results if results > 2 * inside else 0)
    return max(routed, 3 * experts.shared_feed_forward_size * row + embedding)


def _recurrence(shape: Shape, sizes: ContextSizes, embedding: int) -> int:
    """What the inside of a recurrent layer holds: projection, convolution, scan (src/models/mamba-base.cpp)."""
    if not shape.inner_size:
        return 0
    row = sizes.tokens * _F32
    inner, wide = shape.inner_size * row, (shape.inner_size + shape.convolution_extra) * row
    state = max((state.state_bytes for state in shape.states if state), default=0) * sizes.sequences
    if shape.architecture in FULL_RECURRENCE_GATE:
        # Mamba: both halves of the projection, convolution in and out, step sizes, result.
        return 5 * inner + state - 2 * embedding
    # Mamba-2 and the like: projection, convolution in and out, result with the new state, gated result.
    return (wide + inner) + 2 * wide + (inner + state) + inner - 2 * embedding
