"""Attention over compressed keys and values (src/models/deepseek2.cpp), absorbed into the query or unpacked."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.engine.memory.graph.blocks import Draft, attend, linear, norm
from llmadvise.engine.memory.graph.node import Node, columns, like, product, result, view
from llmadvise.engine.memory.shape import LayerCache


def latent_attention(
    draft: Draft, layer: int, cache: LayerCache, weights: Mapping[str, Node], operand: Node, positions: Node,
    home: int, caches: dict[tuple[int, str], Node],
) -> Node:  # fmt: skip
    """Multi-head latent attention of one layer."""
    tokens, heads = draft.tokens, draft.shape.heads
    if "attn_q_a.weight" in weights:
        query = product(weights["attn_q_a.weight"], operand)
        query = product(weights["attn_q_b.weight"], norm(draft, query, weights, "attn_q_a_norm"))
    else:
        query = product(weights["attn_q.weight"], operand)
    wide = query.extents[0] // heads
    query = view(query, (wide, heads, tokens), whole=True)
    both = product(weights["attn_kv_a_mqa.weight"], operand)
    rank = weights["attn_kv_a_norm.weight"].extents[0]
    turned = both.extents[0] - rank
    packed = columns(both, (rank, tokens))
    rotary = result("rope", (turned, 1, tokens), (columns(both, (turned, tokens)), positions))
    packed = norm(draft, packed, weights, "attn_kv_a_norm")
    if "attn_kv_b.weight" in weights:
        return _unpacked(draft, layer, cache, weights, query, packed, rotary, positions, home, caches)
    plain = columns(query, (wide - turned, heads * tokens))
    turning = result("rope", (turned, heads, tokens), (columns(query, (turned, heads * tokens)), positions))
    absorb = weights["attn_k_b.weight"]
    absorbed = result("mul_mat", (absorb.extents[1], tokens, heads), (absorb, view(plain, plain.extents)))
    absorbed.rows = tokens
    full = result("concat", (rank + turned, heads, tokens), (view(absorbed, ()), turning))
    packed = view(packed, (rank, 1, tokens), whole=True)
    key = result("concat", (rank + turned, 1, tokens), (packed, rotary))
    mixed = attend(
        draft, layer, cache, full, key, packed, home, caches, expand=weights["attn_v_b.weight"]
    )  # fmt: skip
    return linear(mixed, weights, "attn_output")


def _unpacked(
    draft: Draft, layer: int, cache: LayerCache, weights: Mapping[str, Node], query: Node, packed: Node, rotary: Node,
    positions: Node, home: int, caches: dict[tuple[int, str], Node],
) -> Node:  # fmt: skip
    """Files from before the absorption: keys and values of every head are unpacked and cached."""
    tokens, heads = draft.tokens, draft.shape.heads
    kv = product(weights["attn_kv_b.weight"], packed)
    plain = kv.extents[0] // heads - cache.value_head
    value = result("cont", (cache.value_head, heads, tokens), (columns(kv, (cache.value_head, heads * tokens)),))
    query = like("rope", query, positions)
    repeated = result("repeat", (rotary.extents[0], heads, tokens), (rotary,))
    key = result("concat", (cache.key_head, heads, tokens), (columns(kv, (plain, heads * tokens)), repeated))
    return linear(attend(draft, layer, cache, query, key, value, home, caches), weights, "attn_output")
