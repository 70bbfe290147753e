"""Feed-forward networks and mixtures of experts (build_ffn, build_moe_ffn in src/llama-graph.cpp)."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.engine.memory.graph.draft import Draft, linear, norm
from llmadvise.engine.memory.graph.node import Node, like, product, reshaped, result, view
from llmadvise.engine.memory.graph.wiring import ROUTING, Routing
from llmadvise.engine.memory.traits import FUSED_GATE

_DENSE = ("ffn_gate", "ffn_up", "ffn_down")
_SHARED = ("ffn_gate_shexp", "ffn_up_shexp", "ffn_down_shexp")


def network(draft: Draft, node: Node, weights: Mapping[str, Node]) -> Node:
    """Whatever of the two a layer has, with the shared expert."""
    if "ffn_gate_inp.weight" not in weights:
        return _feed_forward(node, weights, _DENSE, pairs=draft.shape.architecture in FUSED_GATE)
    mixed = _mixture(draft, node, weights, ROUTING.get(draft.shape.architecture or "", Routing()))
    if "ffn_up_shexp.weight" not in weights:
        return mixed
    shared = _feed_forward(node, weights, _SHARED, pairs=False)
    if "ffn_gate_inp_shexp.weight" in weights:
        gate = like("unary", product(weights["ffn_gate_inp_shexp.weight"], node))
        shared = like("mul", shared, gate)
    return like("add", mixed, shared)


def beside_mixture(draft: Draft, stream: Node, weights: Mapping[str, Node]) -> Node:
    """Gemma 4: a dense network and a mixture beside each other, each with norms of its own (src/models/gemma4.cpp)."""
    dense = _feed_forward(norm(draft, stream, weights, "ffn_norm"), weights, _DENSE, pairs=False)
    dense = norm(draft, dense, weights, "post_ffw_norm_1")
    operand = norm(draft, stream, weights, "pre_ffw_norm_2")
    routed = like("mul", like("scale", like("rms_norm", stream)), weights["ffn_gate_inp.scale"])
    logits = product(weights["ffn_gate_inp.weight"], routed)
    mixed = norm(draft, _mixture(draft, operand, weights, Routing(), logits), weights, "post_ffw_norm_2")
    return like("add", dense, mixed)


def _feed_forward(operand: Node, weights: Mapping[str, Node], names: tuple[str, str, str], *, pairs: bool) -> Node:
    """Up, gate, activation and down; `pairs`: gate and up come out of one matrix."""
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


def _mixture(
    draft: Draft, operand: Node, weights: Mapping[str, Node], routing: Routing, logits: Node | None = None
) -> Node:
    """The chosen experts' networks and the sum of their results."""
    graph, hidden, tokens = draft.graph, operand.extents[0], operand.extents[1]
    used = draft.shape.experts.used if draft.shape.experts else 1
    logits = linear(operand, weights, "ffn_gate_inp") if logits is None else logits
    weighed, chosen = _routed(logits, weights, routing, used)
    graph.expand(weighed)
    rows = reshaped(operand, (hidden, 1, tokens))
    if routing.before:
        rows = like("mul", result("repeat", (hidden, used, tokens), (rows,)), weighed)
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


def _routed(logits: Node, weights: Mapping[str, Node], routing: Routing, used: int) -> tuple[Node, Node]:
    """The weights of the chosen experts, and which they are."""
    count, tokens = logits.extents
    probabilities = logits if routing.late_softmax else like("unary" if routing.before else "soft_max", logits)
    chosen_by = logits if routing.before else probabilities
    if "exp_probs_b.bias" in weights:
        chosen_by = like("add", probabilities, weights["exp_probs_b.bias"])
    order = result("argsort", (count, tokens), (chosen_by,), "order", "i32")
    chosen = view(order, (used, tokens))
    weighed = result("get_rows", (1, used, tokens), (view(probabilities, (1, count, tokens)), chosen))
    if routing.late_softmax:
        weighed = reshaped(like("soft_max", reshaped(weighed, (used, tokens))), (1, used, tokens))
    if routing.normalized:
        flat = reshaped(weighed, (used, tokens))
        total = like("clamp", result("sum_rows", (1, tokens), (flat,)))
        weighed = reshaped(like("div", flat, total), (1, used, tokens))
    return weighed, chosen


def _expert_networks(rows: Node, weights: Mapping[str, Node], chosen: Node, used: int) -> Node:
    def each(name: str, operand: Node) -> Node:
        weight = weights[f"{name}.weight"]
        tokens = operand.extents[-1]
        node = result("mul_mat_id", (weight.extents[1], used, tokens), (weight, operand, chosen), name)
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
    node = each("ffn_down_exps", node)
    scale = weights.get("ffn_down_exps.scale")
    if scale is None:
        return node
    # A number for each expert, looked up for those that were chosen.
    tokens = node.extents[-1]
    repeated = result("repeat", (1, scale.extents[0], tokens), (view(scale, (1, scale.extents[0])),))
    picked = result("get_rows", (1, used, tokens), (repeated, chosen))
    return like("mul", node, picked)
