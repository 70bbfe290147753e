"""Writing keys and values, and attending to all of the cache (build_attn, build_attn_mha in src/llama-graph.cpp)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Final

from llmadvise.engine.memory.graph.draft import Draft, Inputs, Layer
from llmadvise.engine.memory.graph.node import Node, external, given, like, product, reshaped, result, stored, view
from llmadvise.engine.memory.kv_cache import is_transposed, window_cells
from llmadvise.engine.memory.phases import has_kernel
from llmadvise.engine.memory.settings import PLAIN_TYPES, missing_elements, row_bytes
from llmadvise.engine.memory.shape import LayerCache
from llmadvise.record import dataclass

_ROTATION: Final = 64
"""Smallest matrix that turns the values of a quantised cache (src/llama-kv-cache.cpp: n_rot_k)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What some networks add to attention."""

    sinks: Node | None = None
    expand: Node | None = None
    """The matrix that unpacks compressed values after the sum."""
    bias: Node | None = None
    """Added to the scores, which rules out flash attention."""


_NOTHING: Final = Beside()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One layer's cache as attention reads it."""

    cache: LayerCache
    keys: Node
    values: Node
    mask: Node
    cells: int


def cells_of(draft: Draft, cache: LayerCache) -> int:
    """Cells of a cache in each stream."""
    settings = draft.settings
    return window_cells(cache, draft.sizes, unified=settings.kv_unified, swa_full=settings.swa_full)


def cache_inputs(draft: Draft, cache: LayerCache) -> Inputs:
    """Mask, indices and rotations of one kind of cache (build_attn_inp_kv and its like)."""
    settings, sizes, tokens, shape = draft.settings, draft.sizes, draft.tokens, draft.shape
    alike = [item for item in shape.caches if item and item.window == cache.window]
    per_token = _widest(draft) if is_transposed(shape, settings) else 1
    keys = [] if shape.latent_rank else [item.key_head for item in alike]
    values = [] if shape.latent_rank else [item.value_head for item in alike]
    extents = (cells_of(draft, cache), tokens // sizes.streams, 1, sizes.streams)
    return Inputs(
        mask=given("mask", extents, "f16" if draft.flash else "f32"),
        key_indices=given("key indices", (tokens,), "i64"),
        value_indices=given("value indices", (tokens * per_token,), "i64"),
        key_turn=_turn(keys, settings.kv_type_k, grows=True),
        value_turn=_turn(values, settings.kv_type_v, grows=False),
    )


def _widest(draft: Draft) -> int:
    return max(item.value_elements for item in draft.shape.caches if item)


def _turn(heads: Sequence[int], kv_type: str, *, grows: bool) -> Node | None:
    """The Hadamard matrix for a quantised cache whose layers have equal heads, multiples of 64."""
    if kv_type in PLAIN_TYPES or len(set(heads)) != 1 or heads[0] % _ROTATION:
        return None
    width = _ROTATION
    while grows and heads[0] % (2 * width) == 0:
        width *= 2
    return given("turn", (width, width))


def _turned(operand: Node, turn: Node | None) -> Node:
    if turn is None:
        return operand
    width = turn.extents[0]
    flat = (width, prod(operand.extents) // width)
    source = view(operand, flat) if operand.layout is not None else result("cont", flat, (operand,))
    return reshaped(product(turn, source), operand.extents)


def attend(
    draft: Draft,
    layer: Layer,
    cache: LayerCache,
    parts: tuple[Node, Node | None, Node | None],
    beside: Beside = _NOTHING,
) -> Node:
    """Store keys and values, if the layer has its own, and attend; `parts`: query, keys and values."""
    inputs = draft.inputs[cache.window is not None]
    query, key, value = parts
    query = _turned(query, inputs.key_turn)
    if key is None or value is None:
        draft.graph.expand(query)
    else:
        key, value = _turned(key, inputs.key_turn), _turned(value, inputs.value_turn)
        for node in (query, key, value) if draft.windowed else (query, value, key):
            draft.graph.expand(node)
        _store(draft, layer, cache, key, None if beside.expand is not None else value)
    read = _reading(draft, layer, cache, inputs)
    mixing = _at_once if draft.flash and beside.bias is None else _step_by_step
    node = mixing(draft, read, query, beside)
    draft.graph.expand(node)
    return _turned(node, inputs.value_turn)


def _store(draft: Draft, layer: Layer, cache: LayerCache, key: Node, value: Node | None) -> None:
    """Compressed keys hold the values as well, and are stored once."""
    inputs, settings = draft.inputs[cache.window is not None], draft.settings
    cells = cells_of(draft, cache) * draft.sizes.streams
    width = cache.key_elements
    held = external("k", (width,), cells * row_bytes(width, settings.kv_type_k), layer.home)
    draft.caches[layer.index, "k"] = held
    draft.graph.expand(stored(held, view(key, (width, draft.tokens)), inputs.key_indices))
    if value is None:
        return
    width = cache.value_elements
    held = external("v", (width,), cells * row_bytes(width, settings.kv_type_v), layer.home)
    draft.caches[layer.index, "v"] = held
    flat = view(value, (width, draft.tokens))
    if is_transposed(draft.shape, settings):
        flat = _transposed(draft, value, width)
    draft.graph.expand(stored(held, flat, inputs.value_indices))


def _transposed(draft: Draft, value: Node, width: int) -> Node:
    """Values as a transposed cache takes them: one piece, as wide as the widest layer."""
    if value.layout is None:
        value = result("cont", (width, draft.tokens), (value,))
    widest = _widest(draft)
    if width < widest:
        value = result("pad", (widest, draft.tokens), (view(value, (width, draft.tokens)),))
    return reshaped(value, (1, value.size // 4))


def _reading(draft: Draft, layer: Layer, cache: LayerCache, inputs: Inputs) -> _Read:
    settings, cells = draft.settings, cells_of(draft, cache)
    keys = _whole(draft.caches[layer.reads, "k"], cache.key_head, settings.kv_type_k)
    held = draft.caches.get((layer.reads, "v"))
    if held is None:
        values = view(keys, ())
    else:
        row = cells if is_transposed(draft.shape, settings) else cache.value_head
        values = _whole(held, row, settings.kv_type_v)
    return _Read(cache=cache, keys=keys, values=values, mask=inputs.mask, cells=cells)


def _whole(cache: Node, row: int, kv_type: str) -> Node:
    """All of a layer's keys or values, as one view; a GPU that copies it extends its last row."""
    node = view(view(cache, ()), ())
    node.extra = row_bytes(missing_elements(row, kv_type), kv_type)
    return node


def _at_once(draft: Draft, read: _Read, query: Node, beside: Beside) -> Node:
    """Flash attention; its result has room for an f16 copy of a cache that the kernel does not read as it is."""
    heads, tokens, settings, cache = draft.shape.heads, draft.tokens, draft.settings, read.cache
    keys, values = read.keys, read.values
    streams = draft.sizes.streams
    # A cache of 32 bits is cast before, outside the kernel.
    if settings.kv_type_k == "f32":
        keys = result("cpy", (read.cells, cache.key_elements, streams), (keys,), kind="f16")
    if settings.kv_type_v == "f32":
        width = cache.value_elements or cache.value_head
        values = result("cpy", (read.cells, width, streams), (values,), kind="f16")
    sources = [_turned_over(query), keys, values, read.mask, *([beside.sinks] if beside.sinks is not None else [])]
    node = result("flash", (cache.value_head, heads, tokens), sources, "flash")
    node.owner = draft.owner
    node.kernel = settings.gpu_has_flash_attention and has_kernel(cache, heads)
    for kind, elements in ((settings.kv_type_k, cache.key_elements), (settings.kv_type_v, cache.value_elements)):
        if kind not in ("f16", "f32") and node.kernel:
            node.extra += elements * read.cells * streams * 2
    wide = cache.value_head * heads
    if beside.expand is not None:
        rows = beside.expand.extents[1]
        node = result("mul_mat", (rows, tokens, heads), (beside.expand, view(node, ())))
        node = result("cont", (rows, heads, tokens), (view(node, ()),))
        wide = rows * heads
    return reshaped(node, (wide, tokens))


def _turned_over(query: Node) -> Node:
    """The query by streams, its heads outermost: two views."""
    return view(view(query, query.extents), query.extents)


def _step_by_step(draft: Draft, read: _Read, query: Node, beside: Beside) -> Node:
    """Scores of all heads, softmax, and the weighted sum of values, which must stand transposed for it."""
    heads, settings, cache, streams = draft.shape.heads, draft.settings, read.cache, draft.sizes.streams
    rows = draft.tokens // streams
    scores = result("mul_mat", (read.cells, rows, heads, streams), (read.keys, _turned_over(query)), "scores")
    if beside.bias is not None:
        scores = like("add", scores, beside.bias)
    scores = like("soft_max", scores, read.mask, *([beside.sinks] if beside.sinks is not None else []))
    values = read.values
    if not is_transposed(draft.shape, settings):
        width = cache.value_elements or cache.value_head
        values = result("cont", (read.cells, width, streams), (view(values, ()),), "values", "f16")
        values.size = read.cells * streams * row_bytes(width, settings.kv_type_v)
    node = result("mul_mat", (cache.value_head, rows, heads, streams), (values, scores), "sums")
    wide = cache.value_head
    if beside.expand is not None:
        wide = beside.expand.extents[1]
        node = result("mul_mat", (wide, rows, heads, streams), (beside.expand, node))
    node = result("cont", (wide * heads, draft.tokens), (view(node, ()),), "attention")
    if not settings.kv_offload:
        node.backend = draft.host
    return node
