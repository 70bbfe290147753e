"""Embeddings of each layer, and streams beside the residual one (src/models/gemma4.cpp, gemma3n.cpp)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from llmadvise.engine.memory.graph.draft import Draft, Layer, linear, norm
from llmadvise.engine.memory.graph.layers import attention
from llmadvise.engine.memory.graph.node import Node, given, like, part, product, reshaped, result, view
from llmadvise.engine.memory.traits import STREAMS

SPARSE_LAYERS: Final = 10
"""Leading layers whose gate keeps only its largest values (src/models/gemma3n.h: n_layer_sparsity)."""


def layer_embeddings(draft: Draft, stream: Node, outside: Mapping[str, Node]) -> Node:
    """What each layer adds: looked up on the host, projected from the stream, and turned layer by layer."""
    tokens, layers, width = draft.tokens, draft.shape.layers, draft.shape.per_layer_embedding
    looked_up = result(
        "get_rows",
        (width * layers, tokens),
        (outside["per_layer_token_embd.weight"], given("tokens", (tokens,), "i32")),
    )
    scaled = like("scale", reshaped(looked_up, (width, layers, tokens)))
    draft.graph.expand(scaled)
    projected = like("scale", product(outside["per_layer_model_proj.weight"], stream))
    projected = reshaped(projected, (width, layers, tokens))
    projected = norm(draft, projected, outside, "per_layer_proj_norm", held=False)
    both = like("scale", like("add", projected, scaled))
    return result("cont", (width, tokens, layers), (view(both, ()),))


def _layer_slice(embeddings: Node) -> Node:
    """The part of one layer."""
    width, tokens, _ = embeddings.extents
    return part(embeddings, (width, tokens))


def with_layer_embedding(draft: Draft, node: Node, embeddings: Node, weights: Mapping[str, Node]) -> Node:
    """Gemma 4: gate, multiply, project and add, after the network."""
    gated = like("unary", product(weights["inp_gate.weight"], node))
    gated = like("mul", gated, _layer_slice(embeddings))
    added = norm(draft, product(weights["proj.weight"], gated), weights, "post_norm")
    return like("add", node, added)


def _magnitude(node: Node) -> Node:
    squared = like("sqr", node)
    return like("sqrt", result("sum_rows", (1, *node.extents[1:]), (squared,)))


def _slice(node: Node) -> Node:
    """One of the streams."""
    hidden, tokens = node.extents[:2]
    return part(node, (hidden, tokens))


def _others(node: Node) -> Node:
    hidden, tokens = node.extents[:2]
    return part(node, (hidden, tokens, STREAMS - 1))


def all_streams(stream: Node, outside: Mapping[str, Node]) -> Node:
    """The other streams are projected from the first."""
    hidden, tokens = stream.extents
    wanted = _magnitude(stream)
    repeated = result("repeat", (hidden, tokens, STREAMS - 1), (stream,))
    added = product(outside["altup_proj.weight"], repeated)
    found = _magnitude(added)
    added = like("div", like("mul", added, wanted), found)
    return result("concat", (hidden, tokens, STREAMS), (stream, added))


def one_stream(streams: Node, outside: Mapping[str, Node]) -> Node:
    """The mean of all streams, projected back."""
    hidden, tokens, _ = streams.extents
    wanted = _magnitude(_slice(streams))
    back = product(outside["altup_unembd_proj.weight"], _others(streams))
    found = _magnitude(back)
    back = like("div", like("mul", back, wanted), found)
    node = _slice(streams)
    for _ in range(STREAMS - 1):
        node = result("add", (hidden, tokens), (node, _slice(back)))
    return like("scale", node)


def _modalities(draft: Draft, node: Node, weights: Mapping[str, Node]) -> Node:
    routed = like("scale", norm(draft, node, weights, "altup_router_norm"))
    return like("unary", product(weights["altup_router.weight"], routed))


def _predicted(draft: Draft, streams: Node, weights: Mapping[str, Node]) -> Node:
    """What every stream is expected to be after the layer (altup_predict)."""
    hidden, tokens, count = streams.extents
    factors = linear(_modalities(draft, _slice(streams), weights), weights, "altup_predict_coef")
    factors = reshaped(factors, (count, count, tokens))
    turned = result("cont", (count, hidden, tokens), (view(streams, ()),))
    mixed = result("mul_mat", (hidden, count, tokens), (turned, factors))
    back = result("cont", (hidden, tokens, count), (view(mixed, ()),))
    return like("add", back, streams)


def _low_rank(draft: Draft, node: Node, weights: Mapping[str, Node]) -> Node:
    """A narrow path around the attention (laurel)."""
    narrow = product(weights["laurel_r.weight"], product(weights["laurel_l.weight"], node))
    return like("add", norm(draft, narrow, weights, "laurel_post_norm"), node)


def _sparse(gate: Node) -> Node:
    """Only values well above the mean stay (gaussian_topk)."""
    tokens = gate.extents[1]
    mean = result("mean", (1, tokens), (gate,))
    spread = like("sqr", like("sub", gate, mean))
    deviation = like("sqrt", like("scale", result("sum_rows", (1, tokens), (spread,))))
    limit = like("add", mean, like("scale", deviation))
    return like("unary", like("sub", gate, limit))


def draw_alternating_layer(draft: Draft, layer: Layer, streams: Node, embeddings: Node) -> Node:
    """A layer that works on one of several streams and corrects the others."""
    weights = layer.weights
    prediction = _predicted(draft, streams, weights)
    working = _slice(prediction)
    normed = norm(draft, working, weights, "attn_norm")
    beside = _low_rank(draft, normed, weights)
    node = normed if layer.cache is None else attention(draft, layer, layer.cache, normed)
    node = like("add", norm(draft, node, weights, "post_attention_norm"), working)
    joined = like("scale", like("add", node, beside))
    node = norm(draft, joined, weights, "ffn_norm")
    up, gate = linear(node, weights, "ffn_up"), linear(node, weights, "ffn_gate")
    gate = like("unary", _sparse(gate) if layer.index < SPARSE_LAYERS else gate)
    node = linear(like("mul", up, gate), weights, "ffn_down")
    node = like("add", norm(draft, node, weights, "post_ffw_norm", held=False), joined)
    return _with_first(draft, _corrected(draft, prediction, node, weights), embeddings, weights)


def _corrected(draft: Draft, prediction: Node, node: Node, weights: Mapping[str, Node]) -> Node:
    """The streams after the layer: prediction and correction (altup_correct)."""
    hidden, tokens, count = prediction.extents
    modalities = _modalities(draft, node, weights)
    news = result("sub", (hidden, tokens), (node, _slice(prediction)))
    factors = like("scale", linear(modalities, weights, "altup_correct_coef"))
    factors = result("cont", (1, tokens, count), (view(factors, ()),))
    repeated = result("repeat", (hidden, tokens, count), (news,))
    return like("add", like("mul", repeated, factors), prediction)


def _with_first(draft: Draft, streams: Node, embeddings: Node, weights: Mapping[str, Node]) -> Node:
    """The layer's embedding, added to all streams but the first."""
    hidden, tokens, count = streams.extents
    first = like("mul", _slice(streams), weights["altup_correct_scale.weight"])
    first = like("unary", product(weights["inp_gate.weight"], first))
    first = like("mul", first, _layer_slice(embeddings))
    first = norm(draft, product(weights["proj.weight"], first), weights, "post_norm")
    rest = result("add", (hidden, tokens, count - 1), (_others(streams), first))
    return result("concat", (hidden, tokens, count), (_slice(streams), rest))
