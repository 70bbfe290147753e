"""A whole network drawn from the tensors of its file: which parts a layer has decides how llama.cpp draws it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from llmadvise.engine.memory.graph.attention import cache_inputs
from llmadvise.engine.memory.graph.draft import Chosen, Draft, Layer, linear, norm
from llmadvise.engine.memory.graph.encoder_decoder import CrossInputs, draw_decoder_layer
from llmadvise.engine.memory.graph.layers import draw_layer, norm_kind, rows
from llmadvise.engine.memory.graph.node import Graph, Node, columns, given, like, result, stored
from llmadvise.engine.memory.graph.per_layer import (
    all_streams,
    draw_alternating_layer,
    layer_embeddings,
    one_stream,
    with_layer_embedding,
)
from llmadvise.engine.memory.graph.wiring import (
    FOURFOLD_POSITIONS,
    LAST_OUTPUT,
    LATE_OUTPUT,
    SCALED_EMBEDDING,
    SCALED_ROWS,
)
from llmadvise.engine.memory.phases import distinct_caches
from llmadvise.engine.memory.settings import BUILDS, EngineSettings, context_sizes
from llmadvise.engine.memory.shape import LayerCache, Shape
from llmadvise.engine.memory.traits import (
    ABSOLUTE_POSITIONS,
    ALTERNATING_UPDATES,
    ENCODER_DECODER,
    WITHOUT_MIXED_BATCHES,
)
from llmadvise.record import dataclass

_LayerDrawing = Callable[[Layer, Node, Node | None], Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The blocks that are drawn, and the tensors outside of blocks."""

    layers: Sequence[Layer]
    outside: Mapping[str, Node]
    host: int


def draw(shape: Shape, settings: EngineSettings, parts: Parts, *, flash: bool, held: bool) -> Graph:
    """The graph of the largest micro-batch over a full cache."""
    caches = distinct_caches(shape)
    draft = _draft(shape, settings, parts, caches, flash=flash, held=held)
    stream = _embedding(draft, parts.outside)
    for cache in caches:
        draft.inputs[cache.window is not None] = cache_inputs(draft, cache)
    stream = _with_positions(draft, stream, parts)
    drawing = _layer_drawing(draft, stream, parts.outside, caches)
    alternating = shape.architecture in ALTERNATING_UPDATES
    # An encoder returns every token, and the buffers are sized for it.
    count = draft.tokens if shape.architecture in ENCODER_DECODER else draft.sizes.outputs
    outputs = given("outputs", (count,), "i32")
    stream = all_streams(stream, parts.outside) if alternating else stream
    inside = shape.architecture not in LATE_OUTPUT | LAST_OUTPUT
    for layer in parts.layers:
        draft.owner = layer.owner
        stream = drawing(layer, stream, outputs if inside and layer is parts.layers[-1] else None)
        if draft.given is not None and layer.index < shape.deep_inputs:
            stream = like("add", stream, columns(draft.given, (shape.hidden_size, draft.tokens)))
    stream = one_stream(stream, parts.outside) if alternating else stream
    draft.graph.expand(_output(draft, stream, parts.outside, outputs))
    return draft.graph


def _draft(
    shape: Shape, settings: EngineSettings, parts: Parts, caches: Sequence[LayerCache], *, flash: bool, held: bool
) -> Draft:
    sizes = context_sizes(settings)
    each = 4 if shape.architecture in FOURFOLD_POSITIONS else 1
    return Draft(
        graph=Graph(),
        shape=shape,
        settings=settings,
        sizes=sizes,
        flash=flash,
        windowed=any(cache.window is not None for cache in caches),
        held=held,
        host=parts.host,
        positions=given("positions", (sizes.tokens * each,), "i32"),
        scale=given("query scale", (1, 1, sizes.tokens)),
        chosen=Chosen(sizes.sequences),
    )


def _embedding(draft: Draft, outside: Mapping[str, Node]) -> Node:
    """Tokens looked up; embeddings given; and, in newer builds, both mixed (build_inp_embd)."""
    shape, tokens, graph = draft.shape, draft.tokens, draft.graph
    narrow, wide = (shape.hidden_size, tokens), (shape.hidden_size * (1 + shape.deep_inputs), tokens)

    def looked_up(name: str) -> Node:
        node = result("get_rows", narrow, (outside["token_embd.weight"], given(name, (tokens,), "i32")), "embedding")
        return result("pad", wide, (node,)) if shape.deep_inputs else node

    stream = looked_up("tokens")
    graph.expand(stream)
    graph.expand(given("embeddings", wide))
    if BUILDS[draft.settings.engine_build].mixed_batches and shape.architecture not in WITHOUT_MIXED_BATCHES:
        base = result("dup", wide, (given("mixed embeddings", wide),), "mixed")
        slots = given("mixed slots", (tokens,), "i64")
        graph.expand(stored(base, looked_up("mixed tokens"), slots))
    if shape.deep_inputs:
        draft.given = stream
        stream = columns(stream, narrow)
    if shape.architecture in SCALED_ROWS:
        stream = like("mul", stream, given("scale", (1, tokens)))
    elif shape.architecture in SCALED_EMBEDDING:
        stream = like("scale", stream)
    graph.expand(stream)
    return stream


def _with_positions(draft: Draft, stream: Node, parts: Parts) -> Node:
    """What is added to the embedding before the first layer, and its norm."""
    outside = parts.outside
    if draft.shape.architecture in ABSOLUTE_POSITIONS:
        found = result("get_rows", stream.extents, (outside["position_embd.weight"], draft.positions))
        stream = like("add", stream, found)
    if "token_embd_norm.weight" in outside and "output_norm.weight" in outside:
        draft.owner = parts.layers[0].owner
        stream = norm(draft, stream, outside, "token_embd_norm")
    return stream


def _layer_drawing(
    draft: Draft, stream: Node, outside: Mapping[str, Node], caches: Sequence[LayerCache]
) -> _LayerDrawing:
    """How the layers of this network are drawn."""
    shape = draft.shape
    if shape.architecture in ENCODER_DECODER:
        cross = CrossInputs(draft, caches[0])
        return lambda layer, node, chosen: draw_decoder_layer(draft, layer, node, cross, chosen)
    if shape.per_layer_embedding:
        added = layer_embeddings(draft, stream, outside)
        if shape.architecture in ALTERNATING_UPDATES:
            return lambda layer, node, _: draw_alternating_layer(draft, layer, node, added)
        return lambda layer, node, chosen: _finished(
            layer, with_layer_embedding(draft, draw_layer(draft, layer, node, chosen), added, layer.weights)
        )
    return lambda layer, node, chosen: _finished(layer, draw_layer(draft, layer, node, chosen))


def _finished(layer: Layer, node: Node) -> Node:
    scale = layer.weights.get("layer_output_scale.weight")
    return node if scale is None else like("mul", node, scale)


def _output(draft: Draft, stream: Node, outside: Mapping[str, Node], outputs: Node) -> Node:
    """The last norm and the logits; some networks choose the rows only here and keep the rest for a draft model."""
    architecture = draft.shape.architecture
    last = "output_norm" if "output_norm.weight" in outside else "token_embd_norm"
    if architecture in LATE_OUTPUT:
        stream.output = architecture not in ALTERNATING_UPDATES
        stream = rows(stream, outputs)
    stream = norm(draft, stream, outside, last, op=norm_kind(draft.shape), held=False)
    if architecture in LAST_OUTPUT:
        stream.output = True
        stream = rows(stream, outputs)
    return linear(stream, outside, "output")
