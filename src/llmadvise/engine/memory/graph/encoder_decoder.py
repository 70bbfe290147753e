"""The decoder of T5 (src/models/t5.cpp): biased attention to itself, then attention to what the encoder left."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.engine.memory.graph.attention import Beside, attend, cells_of
from llmadvise.engine.memory.graph.draft import Draft, Layer, norm
from llmadvise.engine.memory.graph.feed import network
from llmadvise.engine.memory.graph.layers import rows
from llmadvise.engine.memory.graph.node import Node, given, like, product, reshaped, result, view
from llmadvise.engine.memory.phases import has_kernel
from llmadvise.engine.memory.shape import LayerCache


class CrossInputs:
    """The encoder's result, its mask, and the distances that are looked up for the bias."""

    __slots__ = ("buckets", "cache", "encoded", "first_bias", "mask")

    def __init__(self, draft: Draft, cache: LayerCache) -> None:
        shape = draft.shape
        self.cache = cache
        self.encoded = given("encoded", (shape.hidden_size, shape.trained_context))
        self.buckets = given("buckets", (cells_of(draft, cache), draft.tokens), "i32")
        self.mask = given("mask", (shape.trained_context, draft.tokens), "f16" if draft.flash else "f32")
        self.first_bias: Node | None = None


def draw_decoder_layer(draft: Draft, layer: Layer, stream: Node, cross: CrossInputs, chosen: Node | None) -> Node:
    """Attention to itself, to the encoder's result, and the network."""
    weights, cache = layer.weights, cross.cache
    normed = norm(draft, stream, weights, "attn_norm")
    shape = (cache.key_head, draft.shape.heads, draft.tokens)
    query, key, value = (reshaped(product(weights[f"attn_{name}.weight"], normed), shape) for name in "qkv")
    beside = Beside(bias=_bias(cross, weights, draft.shape.heads))
    node = attend(draft, layer, cache, (query, key, value), beside)
    stream = like("add", product(weights["attn_o.weight"], node), stream)
    node = _crossed(draft, weights, norm(draft, stream, weights, "cross_attn_norm"), cross)
    stream = like("add", rows(node, chosen), rows(stream, chosen))
    return like("add", network(draft, norm(draft, stream, weights, "ffn_norm"), weights), stream)


def _bias(cross: CrossInputs, weights: Mapping[str, Node], heads: int) -> Node:
    """A number for each head and distance, looked up and turned (build_pos_bias)."""
    table = cross.first_bias = weights.get("attn_rel_b.weight") or cross.first_bias or weights["attn_rel_b.weight"]
    cells, tokens = cross.buckets.extents
    flat = reshaped(cross.buckets, (cells * tokens,))
    found = result("get_rows", (heads, cells * tokens), (table, flat))
    return result("cont", (cells, tokens, heads), (view(found, ()),), "bias")


def _crossed(draft: Draft, weights: Mapping[str, Node], normed: Node, cross: CrossInputs) -> Node:
    """Attention of every token to all that was encoded."""
    tokens, heads, cache, length = draft.tokens, draft.shape.heads, cross.cache, cross.encoded.extents[1]
    query = reshaped(product(weights["cross_attn_q.weight"], normed), (cache.key_head, heads, tokens))
    shape = (cache.key_head, heads, length)
    key, value = (reshaped(product(weights[f"cross_attn_{name}.weight"], cross.encoded), shape) for name in "kv")
    for node in (query, key, value):
        draft.graph.expand(node)
    turned = view(view(query, query.extents), query.extents)
    mixed = (_at_once if draft.flash else _step_by_step)(draft, cross, turned, (key, value))
    draft.graph.expand(mixed)
    return product(weights["cross_attn_o.weight"], mixed)


def _at_once(draft: Draft, cross: CrossInputs, query: Node, parts: tuple[Node, Node]) -> Node:
    cache, heads, length = cross.cache, draft.shape.heads, cross.encoded.extents[1]
    keys, values = (result("cpy", (cache.key_head, length, heads), (view(node, ()),), kind="f16") for node in parts)
    mixed = result("flash", (cache.value_head, heads, draft.tokens), (query, keys, values, cross.mask))
    mixed.owner = draft.owner
    mixed.kernel = draft.settings.gpu_has_flash_attention and has_kernel(cache, heads)
    return reshaped(mixed, (cache.value_head * heads, draft.tokens))


def _step_by_step(draft: Draft, cross: CrossInputs, query: Node, parts: tuple[Node, Node]) -> Node:
    cache, heads, length, tokens = cross.cache, draft.shape.heads, cross.encoded.extents[1], draft.tokens
    key, value = parts
    scores = like("soft_max", result("mul_mat", (length, tokens, heads), (view(key, ()), query)), cross.mask)
    values = result("cont", (length, cache.value_head, heads), (view(value, ()),))
    summed = result("mul_mat", (cache.value_head, tokens, heads), (values, scores))
    mixed = result("cont", (cache.value_head * heads, tokens), (view(summed, ()),))
    if not draft.settings.kv_offload:
        mixed.backend = draft.host
    return mixed
