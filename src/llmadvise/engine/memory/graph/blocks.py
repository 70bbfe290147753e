"""The parts of a layer as llama.cpp draws them (src/llama-graph.cpp of b11434): attention, networks, experts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Final

from llmadvise.engine.memory.graph.node import Graph, Node, external, given, like, product, result, stored, view
from llmadvise.engine.memory.kv_cache import is_transposed, window_cells
from llmadvise.engine.memory.phases import has_kernel
from llmadvise.engine.memory.settings import PLAIN_TYPES, ContextSizes, EngineSettings, row_bytes
from llmadvise.engine.memory.shape import LayerCache, Shape

ROW_PADDING: Final = 512
"""CUDA extends a quantised tensor whose rows are not a multiple of this (ggml-cuda.cu: MATRIX_ROW_PADDING)."""
_ROTATION: Final = 64
"""Smallest matrix that turns the values of a quantised cache (src/llama-kv-cache.cpp: n_rot_k)."""


@dataclass(slots=True, kw_only=True)
class Inputs:
    """What the host writes before each micro-batch for one kind of cache."""

    mask: Node
    key_indices: Node
    value_indices: Node
    key_turn: Node | None
    value_turn: Node | None


class Chosen:
    """Which state belongs to which sequence: one input, and two views of it that all layers share."""

    __slots__ = ("all", "main", "tail")

    def __init__(self, sequences: int) -> None:
        self.all = given("state rows", (sequences,), "i32")
        self.main = view(self.all, (sequences,), size=sequences * 4)
        self.tail = view(self.all, (sequences - 1,), size=(sequences - 1) * 4)


@dataclass(slots=True, kw_only=True)
class Draft:
    """A graph being drawn, and what all of its layers share."""

    graph: Graph
    shape: Shape
    settings: EngineSettings
    sizes: ContextSizes
    flash: bool
    windowed: bool
    """Caches with and without window lie apart (llama_kv_cache_iswa)."""
    full_offload: bool
    host: int
    inputs: dict[bool, Inputs] = field(default_factory=dict)
    owner: int = 0
    """The device of the layer being drawn."""
    scale: Node | None = None
    """An input that scales the query in some layers."""
    chosen: Chosen | None = None

    @property
    def tokens(self) -> int:
        """Rows of the micro-batch."""
        return self.sizes.tokens


def norm(
    draft: Draft, operand: Node, weights: Mapping[str, Node], name: str, *, op: str = "rms_norm", forced: bool = True
) -> Node:
    """A norm with weight and bias, where the file has them."""
    weight, bias = weights.get(f"{name}.weight"), weights.get(f"{name}.bias")
    node = like("norm" if bias is not None else op, operand, name=name)
    if forced and draft.full_offload and (weight is not None or bias is not None):
        node.backend = draft.owner
    if weight is not None:
        node = like("mul", node, weight)
    return node if bias is None else like("add", node, bias)


def linear(operand: Node, weights: Mapping[str, Node], name: str) -> Node:
    """A product with a weight, and its bias if the file has one."""
    node = product(weights[f"{name}.weight"], operand, name)
    bias = weights.get(f"{name}.bias")
    return node if bias is None else like("add", node, bias)


def cache_inputs(draft: Draft, caches: Sequence[LayerCache], cache: LayerCache) -> Inputs:
    """Mask, indices and rotations of one kind of cache (build_attn_inp_kv and its like)."""
    settings, sizes, tokens = draft.settings, draft.sizes, draft.tokens
    cells = window_cells(cache, sizes, unified=settings.kv_unified, swa_full=settings.swa_full)
    widest = max(item.value_elements for item in draft.shape.caches if item)
    per_token = widest if is_transposed(draft.shape, settings) else 1
    latent = draft.shape.latent_rank > 0
    return Inputs(
        mask=given("mask", (cells, tokens // sizes.streams, 1, sizes.streams), "f16" if draft.flash else "f32"),
        key_indices=given("key indices", (tokens,), "i64"),
        value_indices=given("value indices", (tokens * per_token,), "i64"),
        key_turn=None
        if latent
        else _turn([item.key_head for item in caches], cache.key_head, settings.kv_type_k, grows=True),
        value_turn=None
        if latent
        else _turn([item.value_head for item in caches], cache.value_head, settings.kv_type_v, grows=False),
    )


def _turn(heads: Sequence[int], head: int, kv_type: str, *, grows: bool) -> Node | None:
    """The Hadamard matrix for a quantised cache whose layers have equal heads, multiples of 64."""
    if kv_type in PLAIN_TYPES or head % _ROTATION or len(set(heads)) != 1:
        return None
    width = _ROTATION
    while grows and head % (2 * width) == 0:
        width *= 2
    return given("turn", (width, width))


def _turned(operand: Node, turn: Node | None) -> Node:
    if turn is None:
        return operand
    width = turn.extents[0]
    flat = (width, prod(operand.extents) // width)
    source = view(operand, flat) if operand.layout is not None else result("cont", flat, (operand,))
    return view(product(turn, source), operand.extents, whole=True)


def attend(
    draft: Draft, layer: int, cache: LayerCache, query: Node, key: Node | None, value: Node | None,
    home: int, caches: dict[tuple[int, str], Node], *, sinks: Node | None = None, expand: Node | None = None,
) -> Node:  # fmt: skip
    """Write keys and values, then attend to all of the cache (build_attn, build_attn_mha)."""
    graph, settings, sizes = draft.graph, draft.settings, draft.sizes
    inputs = draft.inputs[cache.window is not None]
    cells = window_cells(cache, sizes, unified=settings.kv_unified, swa_full=settings.swa_full)
    transposed = is_transposed(draft.shape, settings)
    query = _turned(query, inputs.key_turn)
    if key is not None and value is not None:
        key, value = _turned(key, inputs.key_turn), _turned(value, inputs.value_turn)
        for node in (query, key, value) if draft.windowed else (query, value, key):
            graph.expand(node)
        if expand is not None:
            held = external(
                "k",
                (cache.key_elements,),
                cells * sizes.streams * row_bytes(cache.key_elements, settings.kv_type_k),
                home,
            )
            caches[layer, "k"] = caches[layer, "v"] = held
            graph.expand(stored(held, view(key, (cache.key_elements, draft.tokens)), inputs.key_indices))
            keys = _read(held, cache.key_head, settings.kv_type_k)
            values = view(keys, (), size=keys.size)
            return mix(draft, cache, query, keys, values, inputs.mask, cells, expand=expand)
        for name, node, kind, indices, width in (
            ("k", key, settings.kv_type_k, inputs.key_indices, cache.key_elements),
            ("v", value, settings.kv_type_v, inputs.value_indices, cache.value_elements),
        ):
            held = external(name, (width,), cells * sizes.streams * row_bytes(width, kind), home)
            caches[layer, name] = held
            flat = _for_cache(draft, node, width) if name == "v" and transposed else view(node, (width, draft.tokens))
            graph.expand(stored(held, flat, indices))
    else:
        graph.expand(query)
    held_k, held_v = caches[layer, "k"], caches[layer, "v"]
    keys = _read(held_k, cache.key_head, settings.kv_type_k)
    values = _read(held_v, cells if transposed else cache.value_head, settings.kv_type_v)
    mixed = mix(draft, cache, query, keys, values, inputs.mask, cells, sinks=sinks)
    return _turned(mixed, inputs.value_turn)


def _for_cache(draft: Draft, value: Node, width: int) -> Node:
    """Values as a transposed cache takes them: one piece, as wide as the widest layer."""
    if value.layout is None:
        value = result("cont", (width, draft.tokens), (value,))
    widest = max(item.value_elements for item in draft.shape.caches if item)
    if width < widest:
        value = result("pad", (widest, draft.tokens), (view(value, (width, draft.tokens)),))
    return view(value, (1, value.size // 4), whole=True)


def _read(cache: Node, row: int, kv_type: str) -> Node:
    """All of a layer's keys or values, as one view; a GPU that copies it extends its last row."""
    node = view(view(cache, (), size=cache.size), (), size=cache.size)
    if kv_type not in PLAIN_TYPES and row % ROW_PADDING:
        node.extra = row_bytes(ROW_PADDING - row % ROW_PADDING, kv_type)
    return node


def mix(
    draft: Draft, cache: LayerCache, query: Node, keys: Node, values: Node, mask: Node, cells: int,
    *, sinks: Node | None = None, expand: Node | None = None,
) -> Node:  # fmt: skip
    """Scores, softmax and the weighted sum of values; or all in one operation."""
    heads, tokens, settings = draft.shape.heads, draft.tokens, draft.settings
    streams = draft.sizes.streams
    wide = (cache.value_head * heads, tokens)
    turned = view(view(query, query.extents), query.extents)
    if draft.flash:
        sources = [turned, keys, values, mask] + ([sinks] if sinks is not None else [])
        node = result("flash", (cache.value_head, heads, tokens), sources, "flash")
        node.owner = draft.owner
        node.kernel = settings.gpu_has_flash_attention and has_kernel(cache, heads)
        for kind, elements in ((settings.kv_type_k, cache.key_elements), (settings.kv_type_v, cache.value_elements)):
            if kind != "f16" and node.kernel:
                node.extra += elements * cells * streams * 2
        if expand is not None:
            node = result("mul_mat", (expand.extents[1], tokens, heads), (expand, view(node, ())))
            node.rows = tokens
            node = result("cont", (expand.extents[1], heads, tokens), (view(node, ()),))
            wide = (expand.extents[1] * heads, tokens)
        node = view(node, wide, whole=True)
    else:
        scores = result("mul_mat", (cells, tokens // streams, heads, streams), (keys, turned), "scores")
        scores.rows = tokens // streams
        # A mask of another extent does not take part in reuse; sinks neither.
        scores = like("soft_max", scores, mask, *([sinks] if sinks is not None else []))
        if not is_transposed(draft.shape, settings):
            width = cache.value_elements or cache.value_head
            room = (cells, width, streams)
            values = result("cont", room, (view(values, (), size=values.size),), "values", "f16")
        summed = result("mul_mat", (cache.value_head, tokens // streams, heads, streams), (values, scores), "sums")
        summed.rows = tokens // streams
        if expand is not None:
            summed = result("mul_mat", (expand.extents[1], tokens // streams, heads, streams), (expand, summed))
            summed.rows = tokens // streams
            wide = (expand.extents[1] * heads, tokens)
        node = result("cont", wide, (view(summed, ()),), "attention")
        if not settings.kv_offload:
            node.backend = draft.host
    draft.graph.expand(node)
    return node


def feed_forward(operand: Node, weights: Mapping[str, Node], names: tuple[str, str, str], *, pairs: bool) -> Node:
    """Up, gate, activation and down (build_ffn); `pairs`: gate and up come out of one matrix."""
    gate, up, down = names
    node = linear(operand, weights, up)
    if f"{gate}.weight" in weights:
        gated = linear(operand, weights, gate)
        node = like("glu", gated, node, name="activation")
    elif pairs:
        node = result("glu", (node.extents[0] // 2, *node.extents[1:]), (node,), "activation")
    else:
        node = like("unary", node, name="activation")
    return linear(node, weights, down)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """How an architecture weighs its experts."""

    normalized: bool = True
    """The chosen weights are divided by their sum."""
    late_softmax: bool = False
    """Softmax over the chosen ones only."""
    before: bool = False
    """The input is weighed, not the results (Llama 4)."""
    scaled: bool = False


def mixture(draft: Draft, operand: Node, weights: Mapping[str, Node], routing: Routing) -> Node:
    """The chosen experts' networks and the sum of their results (build_moe_ffn)."""
    graph, hidden, tokens = draft.graph, draft.shape.hidden_size, operand.extents[1]
    assert draft.shape.experts is not None
    used = draft.shape.experts.used
    logits = linear(operand, weights, "ffn_gate_inp")
    count = logits.extents[0]
    probabilities = logits if routing.late_softmax else like("soft_max", logits)
    if routing.before:
        probabilities = like("unary", logits)
    chosen_by = probabilities if not routing.before else logits
    if "exp_probs_b.bias" in weights:
        chosen_by = like("add", probabilities, weights["exp_probs_b.bias"])
    order = result("argsort", (count, tokens), (chosen_by,), "order", "i32")
    chosen = view(order, (used, tokens))
    weighed = result("get_rows", (1, used, tokens), (view(probabilities, (1, count, tokens)), chosen))
    weighed.rows = 0
    if routing.late_softmax:
        weighed = view(like("soft_max", view(weighed, (used, tokens), whole=True)), (1, used, tokens), whole=True)
    if routing.normalized:
        flat = view(weighed, (used, tokens), whole=True)
        total = like("clamp", result("sum_rows", (1, tokens), (flat,)))
        weighed = view(like("div", flat, total), (1, used, tokens), whole=True)
    if routing.scaled:
        weighed = like("scale", weighed)
    graph.expand(weighed)
    rows = view(operand, (hidden, 1, tokens), whole=True)
    if routing.before:
        repeated = result("repeat", (hidden, used, tokens), (rows,))
        rows = like("mul", repeated, weighed)
    results = _expert_networks(rows, weights, chosen, used)
    if not routing.before:
        results = like("mul", results, weighed)
    graph.expand(results)
    parts = [view(results, (hidden, tokens)) for _ in range(used)]
    for part in parts:
        graph.expand(part)
    node = parts[0]
    for part in parts[1:]:
        node = result("add", (hidden, tokens), (node, part))
        graph.expand(node)
    return result("cont", (hidden, tokens), (node,)) if used == 1 else node


def _expert_networks(rows: Node, weights: Mapping[str, Node], chosen: Node, used: int) -> Node:
    def each(name: str, operand: Node) -> Node:
        weight = weights[f"{name}.weight"]
        tokens = operand.extents[-1]
        node = result("mul_mat_id", (weight.extents[1], used, tokens), (weight, operand, chosen), name)
        node.rows = tokens
        bias = weights.get(f"{name}.bias")
        return node if bias is None else like("add_id", node, bias, chosen)

    if "ffn_gate_up_exps.weight" in weights:
        both = each("ffn_gate_up_exps", rows)
        half = (both.extents[0] // 2, *both.extents[1:])
        node = result("glu", half, (view(both, half), view(both, half)), "activation")
    else:
        node = each("ffn_up_exps", rows)
        if "ffn_gate_exps.weight" in weights:
            node = like("glu", each("ffn_gate_exps", rows), node, name="activation")
        else:
            node = like("unary", node, name="activation")
    return each("ffn_down_exps", node)
