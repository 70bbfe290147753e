"""The compute buffers of llama.cpp: what its graph of one micro-batch needs at its widest moment.

llama.cpp reserves them once, for the largest micro-batch and a full cache, and lays tensors out with a best-fit
allocator (ggml 0.26.0, ggml-alloc.c). A layer runs in phases (attention, feed-forward network, experts, recurrence,
logits); each needs the tensors named at its function, on top of a floor that all share: masks, inputs and the
residual stream. The buffer is the floor and the widest phase. All functions return bytes for U = `tokens` rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.engine.memory.kv_cache import is_transposed, window_cells
from llmadvise.engine.memory.phases import F16, F32, attention, experts, feed_forward, has_kernel, recurrence
from llmadvise.engine.memory.settings import BUILDS, ContextSizes, EngineSettings, context_sizes, row_bytes
from llmadvise.engine.memory.shape import LayerCache, Shape
from llmadvise.engine.memory.traits import (
    ABSOLUTE_POSITIONS,
    ALTERNATING_UPDATES,
    DOWN_COPIED_TWICE,
    ENCODER_DECODER,
    STREAMS,
    UNGATED,
    WITHOUT_MIXED_BATCHES,
)
from llmadvise.record import dataclass


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


def graph_sizes(
    shape: Shape, settings: EngineSettings, caches: Sequence[LayerCache], *, flash: bool, cuda: bool
) -> GraphSizes:
    """The sizes of the graph's tensors for one micro-batch."""
    sizes = context_sizes(settings)
    embedding = shape.hidden_size * sizes.tokens * F32
    build = BUILDS[settings.engine_build]
    architecture = shape.architecture or ""
    mixed = build.mixed_batches and architecture not in WITHOUT_MIXED_BATCHES
    cells = [window_cells(cache, sizes, unified=settings.kv_unified, swa_full=settings.swa_full) for cache in caches]
    copies = [
        count
        * sizes.streams
        * (row_bytes(cache.key_elements, settings.kv_type_k) + row_bytes(cache.value_elements, settings.kv_type_v))
        for cache, count in zip(caches, cells, strict=True)
    ]
    recurrent = recurrence(shape, sizes, embedding)
    floor = _floor(shape, embedding, mixed=mixed)
    return GraphSizes(
        embedding=embedding,
        masks=sum(cells) * sizes.tokens * (F16 if flash else F32),
        attends_on_gpu=not cuda or not flash or all(has_kernel(cache, shape.heads) for cache in caches),
        recurrence=recurrent,
        positions=(16 + 8 * len(caches)) * sizes.tokens + _buckets(shape, cells, sizes),
        indices=0 if flash or not is_transposed(shape, settings) else _indices(shape, caches, sizes),
        phase=max(
            attention(shape, settings, sizes, caches, flash=flash, cuda=cuda),
            feed_forward(shape, sizes, embedding),
            experts(shape, sizes, embedding),
            recurrent,
        ),
        logits=sizes.outputs * shape.vocabulary_size * F32,
        logits_floor=floor if mixed else sizes.outputs * shape.hidden_size * F32,
        kv_copy=max(copies, default=0),
        floor=floor,
        host_inputs=_host_inputs(shape, embedding, mixed=mixed),
        gpu_inputs=_gpu_inputs(shape, embedding, mixed=mixed),
        expert_rows=_inside(shape) * sizes.tokens * F32,
        result_rows=embedding * (shape.experts.used if shape.experts else 1),
        mixed=mixed,
        gated=architecture not in UNGATED,
        copies_down_twice=architecture in DOWN_COPIED_TWICE,
        later_inputs=embedding * (STREAMS if architecture in ALTERNATING_UPDATES else 1)
        + shape.per_layer_embedding * shape.layers * sizes.tokens * F32,
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
        streams = STREAMS + 1 if shape.architecture in ALTERNATING_UPDATES else 0
        return (4 + streams) * embedding + shape.per_layer_embedding * shape.layers * row
    return 4 * embedding if mixed and not _inputs_stay(shape) else 2 * embedding + query * row


def _host_inputs(shape: Shape, embedding: int, *, mixed: bool) -> int:
    """Embeddings given and looked up; with mixed batches a second pair; positions and per-layer embeddings."""
    row = embedding // shape.hidden_size
    inputs = (4 if mixed else 2) + (1 if _inputs_stay(shape) and (mixed or not shape.per_layer_embedding) else 0)
    return inputs * embedding + shape.per_layer_embedding * shape.layers * row


def _buckets(shape: Shape, cells: list[int], sizes: ContextSizes) -> int:
    """T5's table of relative positions: four bytes for each token and cell."""
    return sum(cells) * sizes.tokens * F32 if shape.architecture in ENCODER_DECODER else 0


def _indices(shape: Shape, caches: Sequence[LayerCache], sizes: ContextSizes) -> int:
    """llama_kv_cache::build_input_v_idxs: 8 bytes an element and token, as wide as the widest layer, once a cache."""
    widest = max((cache.value_elements for cache in shape.caches if cache), default=0)
    return len(caches) * sizes.tokens * widest * 8
