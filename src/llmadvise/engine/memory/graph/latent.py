"""Attention over compressed keys and values (src/models/deepseek2.cpp), absorbed into the query or unpacked."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.engine.memory.graph.attention import Beside, attend
from llmadvise.engine.memory.graph.draft import Draft, Layer, linear, norm
from llmadvise.engine.memory.graph.node import Node, columns, like, product, reshaped, result, view
from llmadvise.engine.memory.shape import LayerCache


def latent_attention(draft: Draft, layer: Layer, cache: LayerCache, operand: Node) -> Node:
    """Multi-head latent attention of one layer."""
    weights, tokens, heads = layer.weights, draft.tokens, draft.shape.heads
    query = _query(draft, weights, operand)
    wide = query.extents[0] // heads
    query = reshaped(query, (wide, heads, tokens))
    both = product(weights["attn_kv_a_mqa.weight"], operand)
    rank = weights["attn_kv_a_norm.weight"].extents[0]
    turned = both.extents[0] - rank
    rotary = result("rope", (turned, 1, tokens), (columns(both, (turned, tokens)), draft.positions))
    packed = norm(draft, columns(both, (rank, tokens)), weights, "attn_kv_a_norm")
    if "attn_kv_b.weight" in weights:
        parts = _unpacked(draft, cache, weights["attn_kv_b.weight"], (query, packed, rotary))
        return linear(attend(draft, layer, cache, parts), weights, "attn_output")
    plain = columns(query, (wide - turned, heads * tokens))
    turning = result("rope", (turned, heads, tokens), (columns(query, (turned, heads * tokens)), draft.positions))
    absorb = weights["attn_k_b.weight"]
    absorbed = result("mul_mat", (absorb.extents[1], tokens, heads), (absorb, view(plain, plain.extents)))
    full = result("concat", (rank + turned, heads, tokens), (view(absorbed, ()), turning))
    packed = reshaped(packed, (rank, 1, tokens))
    key = result("concat", (rank + turned, 1, tokens), (packed, rotary))
    beside = Beside(expand=weights["attn_v_b.weight"])
    return linear(attend(draft, layer, cache, (full, key, packed), beside), weights, "attn_output")


def _query(draft: Draft, weights: Mapping[str, Node], operand: Node) -> Node:
    """Projected at once, or over a narrow middle."""
    if "attn_q_a.weight" not in weights:
        return product(weights["attn_q.weight"], operand)
    narrow = product(weights["attn_q_a.weight"], operand)
    return product(weights["attn_q_b.weight"], norm(draft, narrow, weights, "attn_q_a_norm"))


def _unpacked(draft: Draft, cache: LayerCache, unpack: Node, parts: tuple[Node, Node, Node]) -> tuple[Node, Node, Node]:
    """Files from before the absorption: keys and values of every head are unpacked and cached."""
    query, packed, rotary = parts
    tokens, heads = draft.tokens, draft.shape.heads
    kv = product(unpack, packed)
    plain = kv.extents[0] // heads - cache.value_head
    value = result("cont", (cache.value_head, heads, tokens), (columns(kv, (cache.value_head, heads * tokens)),))
    query = like("rope", query, draft.positions)
    repeated = result("repeat", (rotary.extents[0], heads, tokens), (rotary,))
    key = result("concat", (cache.key_head, heads, tokens), (columns(kv, (plain, heads * tokens)), repeated))
    return query, key, value
