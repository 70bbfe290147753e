"""One layer of a network, drawn from the tensors that it has."""

from __future__ import annotations

from llmadvise.engine.memory.graph.attention import Beside, attend
from llmadvise.engine.memory.graph.draft import Draft, Layer, Weights, linear, norm
from llmadvise.engine.memory.graph.feed import beside_mixture, network
from llmadvise.engine.memory.graph.latent import latent_attention
from llmadvise.engine.memory.graph.node import Node, columns, like, product, reshaped, result, view
from llmadvise.engine.memory.graph.recurrent import gated_delta, mamba, mamba_2, short_convolution
from llmadvise.engine.memory.graph.wiring import (
    ATTENTION_FIRST,
    BOTH_MIXERS,
    EARLY_NORM,
    EVERY_FOURTH_PLAIN,
    GATED_ATTENTION,
    LAYER_NORM,
    NORMED_BESIDE,
    NORMED_TURNED,
    NORMED_VALUE,
    RESIDUAL_FIRST,
    ROTATED_WINDOWS,
    SCALED_QUERY,
    STREAM_FIRST,
    WITHOUT_ROTATION,
)
from llmadvise.engine.memory.shape import LayerCache, Shape
from llmadvise.engine.memory.traits import GATED_QUERY

_AFTER = "post_attention_norm"
"""A norm of what mixed the tokens; in networks without `ffn_norm` it is that of the feed-forward network."""


def norm_kind(shape: Shape) -> str:
    """The operation behind a norm without bias."""
    return "norm" if shape.architecture in LAYER_NORM else "rms_norm"


def rows(stream: Node, chosen: Node | None) -> Node:
    """The rows of the tokens that return logits, or all."""
    if chosen is None:
        return stream
    return result("get_rows", (stream.extents[0], chosen.extents[0]), (stream, chosen))


def draw_layer(draft: Draft, layer: Layer, stream: Node, chosen: Node | None) -> Node:
    """What mixes the tokens, then the network, each added to the residual stream."""
    weights, kind, architecture = layer.weights, norm_kind(draft.shape), draft.shape.architecture
    if architecture in BOTH_MIXERS and layer.cache is not None:
        return _draw_both(draft, layer, layer.cache, stream, chosen)
    normed = norm(draft, stream, weights, "attn_norm", op=kind) if "attn_norm.weight" in weights else stream
    if architecture in EARLY_NORM:
        draft.graph.expand(normed)
    node = _mixed(draft, layer, normed)
    if node is None or weights.keys().isdisjoint({"ffn_up.weight", "ffn_gate_inp.weight"}):
        # Nemotron-H: a layer either mixes tokens or is a network.
        node = network(draft, normed, weights) if node is None else node
        return like("add", rows(node, chosen), rows(stream, chosen))
    node, stream = rows(node, chosen), rows(stream, chosen)
    before = "ffn_norm" if "ffn_norm.weight" in weights else _AFTER
    if f"{_AFTER}.weight" in weights and (before != _AFTER or "attn_norm.weight" not in weights):
        node, before = norm(draft, node, weights, _AFTER), "ffn_norm"
    if architecture in NORMED_BESIDE:
        return _beside(draft, stream, node, network(draft, norm(draft, stream, weights, before), weights))
    if f"{before}.weight" not in weights and "attn_norm.weight" in weights:
        return _beside(draft, stream, node, network(draft, rows(normed, chosen), weights))
    stream = like("add", stream, node) if architecture in STREAM_FIRST else like("add", node, stream)
    if "pre_ffw_norm_2.weight" in weights:
        node = beside_mixture(draft, stream, weights)
    else:
        node = norm(draft, stream, weights, before, op=kind) if f"{before}.weight" in weights else stream
        node = network(draft, node, weights)
    if "post_ffw_norm.weight" in weights:
        node = norm(draft, node, weights, "post_ffw_norm", held=False)
    return like("add", stream, node) if architecture in RESIDUAL_FIRST else like("add", node, stream)


def _draw_both(draft: Draft, layer: Layer, cache: LayerCache, stream: Node, chosen: Node | None) -> Node:
    """Attention and recurrence, each over a norm of its own, then the network (src/models/falcon-h1.cpp)."""
    weights = Weights(layer.weights)
    if "ffn_norm" in weights:
        weights["ffn_norm.weight"] = weights["ffn_norm"]
    attended = attention(draft, layer, cache, norm(draft, stream, weights, "attn_norm"))
    kept = mamba_2(draft, layer, norm(draft, stream, weights, "attn_norm"))
    stream = rows(like("add", like("add", attended, kept), stream), chosen)
    return like("add", network(draft, norm(draft, stream, weights, "ffn_norm"), weights), stream)


def _beside(draft: Draft, stream: Node, mixed: Node, networked: Node) -> Node:
    """Attention and network side by side, and the stream; the first operand's room is taken."""
    architecture = draft.shape.architecture
    if architecture in ATTENTION_FIRST:
        return like("add", like("add", mixed, networked), stream)
    if architecture in LAYER_NORM | NORMED_BESIDE:
        return like("add", like("add", networked, stream), mixed)
    return like("add", like("add", networked, mixed), stream)


def _mixed(draft: Draft, layer: Layer, operand: Node) -> Node | None:
    """What mixes the tokens of a layer; None: nothing does."""
    weights = layer.weights
    if "attn_kv_a_mqa.weight" in weights and layer.cache is not None:
        return latent_attention(draft, layer, layer.cache, operand)
    if "ssm_norm.weight" in weights and "attn_gate.weight" in weights:
        return gated_delta(draft, layer, operand)
    if "shortconv.conv.weight" in weights:
        return short_convolution(draft, layer, operand)
    if "ssm_x.weight" in weights:
        return mamba(draft, layer, operand)
    if "ssm_in.weight" in weights:
        return mamba_2(draft, layer, operand)
    return None if layer.cache is None else attention(draft, layer, layer.cache, operand)


def attention(draft: Draft, layer: Layer, cache: LayerCache, operand: Node) -> Node:
    """Attention with keys and values of its own, or with those of an earlier layer."""
    gate: Node | None = None
    if layer.reads != layer.index:
        query = _projected(draft, layer, operand, "q", (cache.key_head, draft.shape.heads))
        parts: tuple[Node, Node | None, Node | None] = (_rotated(draft, layer, cache, query), None, None)
    else:
        query, key, value, gate = _parts(draft, layer, cache, operand)
        if draft.shape.architecture in NORMED_VALUE:
            value = like("rms_norm", value)
        if draft.shape.architecture in SCALED_QUERY and cache.window is None:
            parts = (like("mul", query, draft.scale), key, value)
        elif _rotates(draft, layer, cache):
            parts = (_turned(draft, layer, cache, query, "q"), _turned(draft, layer, cache, key, "k"), value)
        else:
            parts = (query, key, value)
    node = attend(draft, layer, cache, parts, Beside(sinks=layer.weights.get("attn_sinks.weight")))
    if gate is None and draft.shape.architecture in GATED_ATTENTION and "attn_gate.weight" in layer.weights:
        gate = product(layer.weights["attn_gate.weight"], operand)
    if gate is not None:
        node = like("mul", node, like("unary", gate))
    return linear(node, layer.weights, "attn_output")


def _rotates(draft: Draft, layer: Layer, cache: LayerCache) -> bool:
    architecture = draft.shape.architecture
    if architecture in ROTATED_WINDOWS and draft.windowed:
        return cache.window is not None
    if architecture in EVERY_FOURTH_PLAIN:
        return (layer.index + 1) % 4 != 0
    return draft.shape.rotates and architecture not in WITHOUT_ROTATION


def _parts(draft: Draft, layer: Layer, cache: LayerCache, operand: Node) -> tuple[Node, Node, Node, Node | None]:
    """Query, keys, values, and a gate for what comes of them."""
    heads, tokens, weights = draft.shape.heads, draft.tokens, layer.weights
    extents = ((cache.key_head, heads), (cache.key_head, cache.kv_heads), (cache.value_head, cache.kv_heads))
    if "attn_qkv.weight" in weights:
        together = linear(operand, weights, "attn_qkv")
        query, key, value = (columns(together, (*each, tokens)) for each in extents)
        return query, key, value, None
    if draft.shape.architecture in GATED_QUERY:
        half = columns(linear(operand, weights, "attn_q"), (cache.key_head, heads * tokens))
        query = norm(draft, view(half, (*extents[0], tokens)), weights, "attn_q_norm")
        gate: Node | None = result("cont", (cache.key_head * heads, tokens), (half,))
    else:
        query, gate = _projected(draft, layer, operand, "q", extents[0]), None
    key, value = (_projected(draft, layer, operand, name, each) for name, each in zip("kv", extents[1:], strict=True))
    return query, key, value, gate


def _projected(draft: Draft, layer: Layer, operand: Node, name: str, heads: tuple[int, int]) -> Node:
    """One of query, keys and values, normed over each head or, before it is split, over all."""
    weights, kind = layer.weights, norm_kind(draft.shape)
    node = linear(operand, weights, f"attn_{name}")
    scale = weights.get(f"attn_{name}_norm.weight")
    extents = (*heads, draft.tokens)
    if scale is not None and scale.extents[0] == node.extents[0] != heads[0]:
        return reshaped(norm(draft, node, weights, f"attn_{name}_norm", op=kind), extents)
    node = reshaped(node, extents)
    if scale is None or draft.shape.architecture in NORMED_TURNED:
        return node
    return norm(draft, node, weights, f"attn_{name}_norm", op=kind)


def _turned(draft: Draft, layer: Layer, cache: LayerCache, node: Node, name: str) -> Node:
    node = _rotated(draft, layer, cache, node)
    if draft.shape.architecture not in NORMED_TURNED or f"attn_{name}_norm.weight" not in layer.weights:
        return node
    return norm(draft, node, layer.weights, f"attn_{name}_norm")


def _rotated(draft: Draft, layer: Layer, cache: LayerCache, node: Node) -> Node:
    windowed = cache.window is not None and draft.shape.architecture in NORMED_VALUE
    factors = [layer.factors] if layer.factors is not None and not windowed else []
    return like("rope", node, draft.positions, *factors)
