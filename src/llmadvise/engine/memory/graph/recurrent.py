"""Layers that keep a state instead of a cache (src/models/mamba-base.cpp, lfm2.cpp; build_rs in src/llama-graph.cpp)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from llmadvise.engine.memory.graph.draft import Chosen, Draft, Layer, norm
from llmadvise.engine.memory.graph.node import Node, columns, external, like, part, product, reshaped, result, view
from llmadvise.engine.memory.shape import LayerState
from llmadvise.record import dataclass

SCANNED_STATES = (96, 128, 256)
"""State sizes for which CUDA has a kernel of Mamba-2's scan; Mamba's has one for 16 (ggml-cuda.cu: SSM_SCAN)."""
_SCANNED_STATE = 16
_CHANNELS = 128
"""CUDA convolves multiples of so many channels (ggml-cuda.cu: SSM_CONV)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """What one layer keeps for all sequences, where it lies, and the input that says which state is whose."""

    convolution: Node
    state: Node
    chosen: Chosen


def states(draft: Draft, layer: Layer) -> States:
    """The states of a layer."""
    kept = draft.shape.states[layer.index] or LayerState(convolution_bytes=0, state_bytes=0)
    count = draft.sizes.sequences

    def held(name: str, size: int) -> Node:
        return external(name, (size // 4, count), size * count, layer.home)

    return States(
        convolution=held("r", kept.convolution_bytes),
        state=held("s", kept.state_bytes),
        chosen=draft.chosen,
    )


def written(source: Node, target: Node) -> Node:
    """A copy into data that lies somewhere already (CPY)."""
    node = Node("cpy", source.extents, source.size, (source, view(target, source.extents)), "")
    node.root = target.root or target
    return node


def gathered(draft: Draft, held: Node, chosen: Chosen, scan: Callable[[Node, Node], Node] | None = None) -> Node:
    """The states of this micro-batch's sequences: copied out, or read in place by a scan (build_rs)."""
    graph, sequences = draft.graph, draft.sizes.sequences
    width = held.extents[0]
    rows = reshaped(held, held.extents)
    zero = Node("scale", (0,), 0, (part(rows, (0,)),), "")
    zero.root = held
    graph.expand(zero)
    picked = chosen.all if scan is None else chosen.tail
    everything = result("get_rows", (width, *picked.extents), (rows, picked))
    node = reshaped(everything, (width, sequences)) if scan is None else scan(rows, chosen.main)
    graph.expand(node)
    graph.expand(written(part(everything, (width, 0)), held))
    return node


def mamba(draft: Draft, layer: Layer, operand: Node) -> Node:
    """Mamba of the first kind (build_mamba_layer)."""
    kept, graph, weights = states(draft, layer), draft.graph, layer.weights
    sequences = draft.sizes.sequences
    tokens = draft.tokens // sequences
    size, rank = weights["ssm_a"].extents[0], weights["ssm_dt.weight"].extents[0]
    inner = weights["ssm_out.weight"].extents[0]
    wide = product(weights["ssm_in.weight"], reshaped(operand, (operand.extents[0], tokens, sequences)))
    x, gate = (columns(wide, (inner, tokens * sequences)) for _ in range(2))
    x = _convolved(draft, x, kept, weights, (inner, tokens, sequences))
    mixed = product(weights["ssm_x.weight"], x)
    step, b, c = (columns(mixed, (each, tokens * sequences)) for each in (rank, size, size))
    if "ssm_dt_norm.weight" in weights:
        step_in, b, c = (
            norm(draft, node, weights, f"ssm_{name}_norm") for node, name in ((step, "dt"), (b, "b"), (c, "c"))
        )
        step_in = reshaped(step_in, (rank, tokens, sequences))
    else:
        step_in = result("cont", (rank, tokens, sequences), (step,))
    steps = like("add", product(weights["ssm_dt.weight"], step_in), weights["ssm_dt.bias"])
    flat = reshaped(x, (1, inner, tokens, sequences))

    def scan(rows: Node, chosen: Node) -> Node:
        out = (inner * tokens * sequences + size * inner * sequences,)
        node = result("scan", out, (view(rows, rows.extents), flat, steps, weights["ssm_a"], b, c, chosen))
        node.kernel = size == _SCANNED_STATE and inner % _CHANNELS == 0
        return node

    scanned = gathered(draft, kept.state, kept.chosen, scan)
    graph.expand(written(part(scanned, (size * inner * sequences,)), kept.state))
    shape = (inner, tokens, sequences)
    y = result("add", shape, (part(scanned, shape), like("mul", x, weights["ssm_d"])))
    y = like("glu", result("cont", shape, (gate,)), y)
    return reshaped(product(weights["ssm_out.weight"], y), (weights["ssm_out.weight"].extents[1], draft.tokens))


def mamba_2(draft: Draft, layer: Layer, operand: Node) -> Node:
    """Mamba-2 (build_mamba2_layer)."""
    kept, graph, weights = states(draft, layer), draft.graph, layer.weights
    sequences = draft.sizes.sequences
    tokens = draft.tokens // sequences
    inner, heads = weights["ssm_out.weight"].extents[0], prod(weights["ssm_a"].extents)
    channels = weights["ssm_conv1d.weight"].extents[1]
    size = kept.state.extents[0] // inner
    wide = product(weights["ssm_in.weight"], operand)
    parts = reshaped(wide, (wide.extents[0], tokens, sequences))
    gate, together, step = (columns(parts, (each, draft.tokens)) for each in (inner, channels, heads))
    together = _convolved(draft, together, kept, weights, (channels, tokens, sequences))
    shape = (inner // heads, heads, tokens, sequences)
    x, b, c = (view(together, each) for each in (shape, (size,), (size,)))
    steps = like("add", result("cont", (heads, tokens, sequences), (step,)), weights["ssm_dt.bias"])

    def scan(rows: Node, chosen: Node) -> Node:
        out = (inner * tokens * sequences + size * inner * sequences,)
        node = result("scan", out, (view(rows, rows.extents), x, steps, weights["ssm_a"], b, c, chosen))
        node.kernel = size in SCANNED_STATES and inner // heads % 16 == 0
        return node

    scanned = gathered(draft, kept.state, kept.chosen, scan)
    graph.expand(written(part(scanned, (size * inner, sequences)), kept.state))
    y = result(
        "add",
        shape,
        (part(scanned, shape), result("mul", shape, (x, weights["ssm_d"]))),
    )
    y = like("glu", result("cont", shape, (gate,)), y)
    if "ssm_norm.weight" in weights:
        y = norm(draft, reshaped(y, (*weights["ssm_norm.weight"].extents, tokens, sequences)), weights, "ssm_norm")
    return product(weights["ssm_out.weight"], reshaped(y, (inner, draft.tokens)))


def short_convolution(draft: Draft, layer: Layer, operand: Node) -> Node:
    """A gated convolution over a few tokens (LFM2: build_shortconv_block)."""
    kept, weights = states(draft, layer), layer.weights
    sequences = draft.sizes.sequences
    tokens = draft.tokens // sequences
    hidden = operand.extents[0]
    shape = (hidden, tokens, sequences)
    wide = product(weights["shortconv.in_proj.weight"], reshaped(operand, shape))
    b, c, x = (columns(wide, (hidden, draft.tokens)) for _ in range(3))
    gated = result("mul", shape, (b, x))
    node = _shifted(draft, gated, kept, weights["shortconv.conv.weight"], shape)
    node = result("mul", shape, (c, node))
    return reshaped(product(weights["shortconv.out_proj.weight"], node), (hidden, draft.tokens))


def _convolved(draft: Draft, operand: Node, kept: States, weights: Mapping[str, Node], shape: tuple[int, ...]) -> Node:
    node = _shifted(draft, operand, kept, weights["ssm_conv1d.weight"], shape)
    bias = weights.get("ssm_conv1d.bias")
    return like("unary", node if bias is None else like("add", node, bias))


def _shifted(draft: Draft, operand: Node, kept: States, kernel: Node, shape: tuple[int, ...]) -> Node:
    """The convolution over the tokens and those kept from before."""
    node = result("convolution", shape, (_joined(draft, operand, kept, kernel, shape), kernel))
    node.kernel = shape[0] % _CHANNELS == 0
    return node


def _joined(draft: Draft, operand: Node, kept: States, kernel: Node, shape: tuple[int, ...]) -> Node:
    """The tokens behind those kept from before; the last ones are kept in their turn."""
    channels, tokens, sequences = shape
    before = kernel.extents[0] - 1
    history = gathered(draft, kept.convolution, kept.chosen)
    joined = result("concat", (before + tokens, channels, sequences), (view(history, (before,)), view(operand, shape)))
    tail = view(
        joined, (before, channels, sequences), size=4 * ((channels * sequences - 1) * (before + tokens) + before)
    )
    draft.graph.expand(written(tail, kept.convolution))
    return joined


def gated_delta(draft: Draft, layer: Layer, operand: Node) -> Node:
    """Gated delta net in one operation (src/models/qwen3next.cpp, delta-net-base.cpp)."""
    kept, graph, weights = states(draft, layer), draft.graph, layer.weights
    sequences = draft.sizes.sequences
    tokens = draft.tokens // sequences
    inner, size = weights["ssm_out.weight"].extents[0], weights["ssm_norm.weight"].extents[0]
    heads = inner // size
    channels = weights["ssm_conv1d.weight"].extents[1]
    keys = (channels - inner) // 2
    wide = reshaped(product(weights["attn_qkv.weight"], operand), (channels, tokens, sequences))
    gate = product(weights["attn_gate.weight"], operand)
    strength, decay = _rates(weights, operand, (heads, tokens, sequences))
    joined = _joined(draft, wide, kept, weights["ssm_conv1d.weight"], (channels, tokens, sequences))
    state = reshaped(gathered(draft, kept.state, kept.chosen), (size, size, heads, sequences))
    mixed = result("convolution", (channels, tokens, sequences), (joined, weights["ssm_conv1d.weight"]))
    mixed.kernel = channels % _CHANNELS == 0
    mixed = like("unary", mixed)
    shape = (size, keys // size, tokens, sequences)
    query, key = (like("scale", result("rms_norm", shape, (columns(mixed, (keys, draft.tokens)),))) for _ in range(2))
    if keys != inner and draft.shape.architecture == "qwen3next":
        query, key = (_repeated(each, (size, heads, tokens, sequences)) for each in (query, key))
    value = columns(mixed, (inner, draft.tokens))
    out = (inner * tokens * sequences + size * size * heads * sequences,)
    node = result("delta", out, (query, key, value, decay, strength, state))
    left = part(node, (size * size * heads, sequences))
    graph.expand(written(left, kept.state))
    shape = (size, heads, tokens, sequences)
    normed = norm(draft, part(node, shape), weights, "ssm_norm")
    gated = like("mul", normed, like("unary", reshaped(gate, shape)))
    done = product(weights["ssm_out.weight"], reshaped(gated, (inner, tokens, sequences)))
    return reshaped(done, (done.extents[0], draft.tokens))


def _rates(weights: Mapping[str, Node], operand: Node, shape: tuple[int, ...]) -> tuple[Node, Node]:
    """How strongly each head writes, and how fast it forgets."""
    heads, tokens, sequences = shape
    tall = (1, heads, tokens, sequences)
    if "ssm_ba.weight" in weights:
        both = product(weights["ssm_ba.weight"], operand)
        half = columns(both, (heads, tokens * sequences))
        strength = like("unary", result("cont", shape, (half,)))
        decay = result("cont", shape, (columns(both, (heads, tokens * sequences)),))
    else:
        strength = like("unary", reshaped(product(weights["ssm_beta.weight"], operand), tall))
        decay = reshaped(product(weights["ssm_alpha.weight"], operand), shape)
    decay = like("unary", like("add", decay, weights["ssm_dt.bias"]))
    return reshaped(strength, tall), reshaped(like("mul", decay, weights["ssm_a"]), tall)


def _repeated(node: Node, shape: tuple[int, ...]) -> Node:
    size, heads, tokens, sequences = shape
    flat = (size, heads, tokens * sequences)
    return reshaped(result("repeat", flat, (reshaped(node, flat),)), shape)
