"""A whole network drawn from the tensors of its file: which parts a layer has decides how llama.cpp draws it.

Only what the tensors do not say is said here by architecture (src/models/*.cpp of b11434).
"""

from __future__ import annotations

from collections.abc import KeysView, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from llmadvise.engine.memory.graph.blocks import (
    Chosen,
    Draft,
    Routing,
    attend,
    cache_inputs,
    feed_forward,
    linear,
    mixture,
    norm,
)
from llmadvise.engine.memory.graph.latent import latent_attention
from llmadvise.engine.memory.graph.node import Graph, Node, columns, given, like, product, result, stored, view
from llmadvise.engine.memory.graph.recurrent import gated_delta, mamba, mamba_2, short_convolution
from llmadvise.engine.memory.layout import TensorTable
from llmadvise.engine.memory.phases import distinct_caches
from llmadvise.engine.memory.settings import BUILDS, EngineSettings, context_sizes
from llmadvise.engine.memory.shape import LayerCache, Shape
from llmadvise.engine.memory.traits import (
    ABSOLUTE_POSITIONS,
    FUSED_GATE,
    GATED_QUERY,
    WITHOUT_MIXED_BATCHES,
)

WITHOUT_ROTATION: Final = frozenset({
    "bloom", "gpt2", "jais", "jamba", "mpt", "nemotron_h", "nemotron_h_moe", "refact", "starcoder",
})  # fmt: skip
"""Positions are added to the embedding or biased in the scores, not rotated into queries and keys."""
LAYER_NORM: Final = frozenset({"bitnet", "cohere2", "cohere2moe", "command-r", "dbrx", "mpt", "olmo"})
"""Norms without bias that are not root-mean-square norms, and so never overwrite their operand."""
SCALED_EMBEDDING: Final = frozenset({"gemma", "gemma2", "granite", "granitehybrid", "granitemoe", "minicpm"})
"""The embedding is multiplied by a number, which overwrites it."""
SCALED_ROWS: Final = frozenset({"gemma3", "gemma3n", "gemma4"})
"""The embedding is multiplied by an input with a number a token."""
EARLY_NORM: Final = frozenset({"qwen35", "qwen35moe", "qwen3next"})
"""The norm of a layer's input is drawn before all else of the layer."""
FOURFOLD_POSITIONS: Final = frozenset({
    "hunyuan_vl", "paddleocr", "qwen2vl", "qwen35", "qwen35moe", "qwen3vl", "qwen3vlmoe",
})  # fmt: skip
"""Positions in time and in a picture: four numbers a token (llama_model_rope_type: MROPE, IMROPE)."""
SCALED_QUERY: Final = frozenset({"llama4"})
"""Layers without a window scale the query by an input and rotate nothing."""
STREAM_FIRST: Final = frozenset({"jamba", "lfm2", "lfm2moe", "openelm"})
"""What mixed the tokens is added to the residual stream and not the other way round."""
RESIDUAL_FIRST: Final = frozenset({"jamba", "lfm2", "lfm2moe", "phi3"})
"""The network's result is added to the residual stream and not the other way round: the sum takes the stream's room."""
LATE_OUTPUT: Final = frozenset({"gpt-oss"})
"""The rows that return logits are chosen after the last layer, not inside it."""
LAST_OUTPUT: Final = frozenset({"gemma4", "nemotron_h", "nemotron_h_moe", "qwen35", "qwen35moe", "qwen3next"})
"""They are chosen after the last norm."""
ROUTING: Final = {
    "gpt-oss": Routing(normalized=False, late_softmax=True),
    "llama4": Routing(normalized=False, before=True),
}
"""Where it is not softmax over all experts, divided by the sum of the chosen."""


_PROJECTIONS = ("attn_q", "attn_k", "attn_v", "attn_output", "attn_qkv", "ffn_up", "ffn_gate", "ffn_down")
_KNOWN: Final = frozenset({
    *(f"{name}.{part}" for name in _PROJECTIONS for part in ("weight", "bias")),
    *(f"{name}.{part}" for name in ("attn_norm", "ffn_norm", "post_attention_norm", "post_ffw_norm", "ffn_gate_inp",
      "ffn_up_exps", "ffn_gate_exps", "ffn_down_exps", "ffn_gate_up_exps") for part in ("weight", "bias")),
    "attn_q_norm.weight", "attn_k_norm.weight", "attn_sinks.weight", "layer_output_scale.weight",
    "ffn_up_shexp.weight", "ffn_gate_shexp.weight", "ffn_down_shexp.weight", "ffn_gate_inp_shexp.weight",
    "exp_probs_b.bias", "attn_q_a.weight", "attn_q_a_norm.weight", "attn_q_b.weight", "attn_kv_a_mqa.weight",
    "attn_kv_a_norm.weight", "attn_kv_b.weight", "attn_k_b.weight", "attn_v_b.weight", "attn_gate.weight",
    "shortconv.conv.weight", "shortconv.in_proj.weight", "shortconv.out_proj.weight", "ssm_in.weight",
    "ssm_conv1d.weight", "ssm_conv1d.bias", "ssm_x.weight", "ssm_dt.weight", "ssm_dt.bias", "ssm_a", "ssm_d",
    "ssm_norm.weight", "ssm_out.weight", "ssm_ba.weight", "ssm_beta.weight", "ssm_alpha.weight",
    "rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight",
})  # fmt: skip
"""Tensors of a block that are drawn here (gguf-py/gguf/constants.py of b11434: TENSOR_NAMES)."""
_KNOWN_OUTSIDE: Final = frozenset({
    "token_embd.weight", "token_embd_norm.weight", "token_embd_norm.bias", "position_embd.weight",
    "output_norm.weight", "output_norm.bias", "output.weight", "output.bias", "rope_freqs.weight",
    "rope_factors_long.weight", "rope_factors_short.weight",
})  # fmt: skip


def drawable(shape: Shape, table: TensorTable) -> bool:
    """Whether every tensor of the file has its part in the drawing, and none that it needs is missing."""
    names = table.outside.keys()
    if not names <= _KNOWN_OUTSIDE or "token_embd.weight" not in names:
        return False
    if "output_norm.weight" not in names and "token_embd_norm.weight" not in names:
        return False
    return all(
        weights.keys() <= _KNOWN and _complete(weights.keys(), shape.caches[index] is not None)
        for index, weights in enumerate(table.blocks)
    )


def _complete(names: KeysView[str], attends: bool) -> bool:  # noqa: FBT001
    """Whether a block has all of a mixer, and a network's end with its beginning."""
    if attends and "attn_kv_a_mqa.weight" not in names:
        fused = "attn_qkv.weight" in names
        apart = {"attn_q.weight", "attn_k.weight", "attn_v.weight"} <= names
        if "attn_output.weight" not in names or not (fused or apart):
            return False
    return ("ffn_up.weight" in names) == ("ffn_down.weight" in names) and (
        "ffn_gate_inp.weight" in names
    ) == ("ffn_down_exps.weight" in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One block: its tensors, and where they lie."""

    index: int
    owner: int
    weights: Mapping[str, Node]
    cache: LayerCache | None
    factors: Node | None = None
    """Rotary factors, of which every device with a block has its own."""


def draw(
    shape: Shape, settings: EngineSettings, layers: Sequence[Layer], outside: Mapping[str, Node],
    *, flash: bool, host: int, cache_home: bool, full_offload: bool,
) -> Graph:  # fmt: skip
    """The graph of the largest micro-batch over a full cache."""
    caches = distinct_caches(shape)
    draft = Draft(
        graph=Graph(), shape=shape, settings=settings, sizes=context_sizes(settings), flash=flash,
        windowed=len(caches) > 1 or any(cache.window is not None for cache in caches),
        full_offload=full_offload, host=host,
    )  # fmt: skip
    stream = _embedding(draft, outside)
    each = 4 if shape.architecture in FOURFOLD_POSITIONS else 1
    positions = given("positions", (draft.tokens * each,), "i32")
    draft.scale = given("query scale", (1, 1, draft.tokens)) if shape.architecture in SCALED_QUERY else None
    for cache in caches:
        alike = [item for item in shape.caches if item and item.window == cache.window]
        draft.inputs[cache.window is not None] = cache_inputs(draft, alike, cache)
    if shape.architecture in ABSOLUTE_POSITIONS:
        rows = result("get_rows", stream.extents, (outside["position_embd.weight"], positions))
        rows.rows = 0
        stream = like("add", stream, rows)
    last_norm = "output_norm" if "output_norm.weight" in outside else "token_embd_norm"
    if last_norm == "output_norm" and "token_embd_norm.weight" in outside:
        draft.owner = layers[0].owner
        stream = norm(draft, stream, outside, "token_embd_norm")
    if any(shape.states):
        draft.chosen = Chosen(draft.sizes.sequences)
    outputs = given("outputs", (draft.sizes.outputs,), "i32")
    drawn: dict[tuple[int, str], Node] = {}
    for layer in layers:
        draft.owner = layer.owner
        last = layer is layers[-1]
        chosen = outputs if last and shape.architecture not in LATE_OUTPUT | LAST_OUTPUT else None
        home = layer.owner if cache_home else host
        stream = _layer(draft, layer, stream, positions, chosen, home, drawn)
    if shape.architecture in LATE_OUTPUT:
        stream = _rows(stream, outputs)
    stream = norm(draft, stream, outside, last_norm, op=_norm_kind(shape), forced=False)
    if shape.architecture in LAST_OUTPUT:
        stream = _rows(stream, outputs)
    draft.graph.expand(linear(stream, outside, "output"))
    return draft.graph


def _norm_kind(shape: Shape) -> str:
    return "norm" if shape.architecture in LAYER_NORM else "rms_norm"


def _rows(stream: Node, chosen: Node) -> Node:
    """The rows of the tokens that return logits."""
    node = result("get_rows", (stream.extents[0], chosen.extents[0]), (stream, chosen))
    node.rows = 0
    return node


def _embedding(draft: Draft, outside: Mapping[str, Node]) -> Node:
    """Tokens looked up; embeddings given; and, in newer builds, both mixed (build_inp_embd)."""
    shape, tokens, graph = draft.shape, draft.tokens, draft.graph
    wide = (shape.hidden_size, tokens)

    def looked_up(name: str) -> Node:
        node = result("get_rows", wide, (outside["token_embd.weight"], given(name, (tokens,), "i32")), "embedding")
        node.rows = 0
        return node

    stream = looked_up("tokens")
    graph.expand(stream)
    graph.expand(given("embeddings", wide))
    if BUILDS[draft.settings.engine_build].mixed_batches and shape.architecture not in WITHOUT_MIXED_BATCHES:
        base = result("dup", wide, (given("mixed embeddings", wide),), "mixed")
        slots = given("mixed slots", (tokens,), "i64")
        mixed = looked_up("mixed tokens")
        graph.expand(stored(base, mixed, slots))
    if shape.architecture in SCALED_ROWS:
        stream = like("mul", stream, given("scale", (1, tokens)))
    elif shape.architecture in SCALED_EMBEDDING:
        stream = like("scale", stream)
    graph.expand(stream)
    return stream


def _layer(
    draft: Draft, layer: Layer, stream: Node, positions: Node, chosen: Node | None, home: int,
    drawn: dict[tuple[int, str], Node],
) -> Node:  # fmt: skip
    weights, kind = layer.weights, _norm_kind(draft.shape)
    normed = norm(draft, stream, weights, "attn_norm", op=kind) if "attn_norm.weight" in weights else stream
    if draft.shape.architecture in EARLY_NORM:
        draft.graph.expand(normed)
    node = _mixed(draft, layer, normed, positions, home, drawn)
    if ("ffn_up.weight" not in weights and "ffn_gate_inp.weight" not in weights) or node is None:
        node = node if node is not None else _network(draft, normed, weights)
        if chosen is not None:
            node, stream = _rows(node, chosen), _rows(stream, chosen)
        return like("add", node, stream)
    if chosen is not None:
        node, stream = _rows(node, chosen), _rows(stream, chosen)
    before_network = "ffn_norm" if "ffn_norm.weight" in weights else "post_attention_norm"
    after = "post_attention_norm"
    if f"{after}.weight" in weights and (before_network != after or "attn_norm.weight" not in weights):
        node = norm(draft, node, weights, after)
        before_network = "ffn_norm"
    if f"{before_network}.weight" not in weights and "attn_norm.weight" in weights:
        network = normed if chosen is None else _rows(normed, chosen)
        network = _network(draft, network, weights)
        first, second = (stream, node) if draft.shape.architecture in LAYER_NORM else (node, stream)
        return like("add", like("add", network, first), second)
    stream = like("add", stream, node) if draft.shape.architecture in STREAM_FIRST else like("add", node, stream)
    node = norm(draft, stream, weights, before_network, op=kind) if f"{before_network}.weight" in weights else stream
    node = _network(draft, node, weights)
    if "post_ffw_norm.weight" in weights:
        node = norm(draft, node, weights, "post_ffw_norm", forced=draft.shape.architecture == "olmo2")
    return like("add", stream, node) if draft.shape.architecture in RESIDUAL_FIRST else like("add", node, stream)


def _mixed(
    draft: Draft, layer: Layer, operand: Node, positions: Node, home: int, drawn: dict[tuple[int, str], Node]
) -> Node | None:
    """What mixes the tokens of a layer; None: nothing does."""
    weights = layer.weights
    if "attn_kv_a_mqa.weight" in weights and layer.cache is not None:
        return latent_attention(draft, layer.index, layer.cache, weights, operand, positions, home, drawn)
    if "ssm_norm.weight" in weights and "attn_gate.weight" in weights:
        return gated_delta(draft, layer.index, operand, weights, home)
    if "shortconv.conv.weight" in weights:
        return short_convolution(draft, layer.index, operand, weights, home)
    if "ssm_x.weight" in weights:
        return mamba(draft, layer.index, operand, weights, home)
    if "ssm_in.weight" in weights:
        return mamba_2(draft, layer.index, operand, weights, home)
    if layer.cache is None:
        return None
    return _attention(draft, layer, layer.cache, operand, positions, home, drawn)


def _network(draft: Draft, node: Node, weights: Mapping[str, Node]) -> Node:
    if "ffn_gate_inp.weight" not in weights:
        pairs = draft.shape.architecture in FUSED_GATE
        return feed_forward(node, weights, ("ffn_gate", "ffn_up", "ffn_down"), pairs=pairs)
    routing = ROUTING.get(draft.shape.architecture or "", Routing())
    mixed = mixture(draft, node, weights, routing)
    if "ffn_up_shexp.weight" not in weights:
        return mixed
    names = ("ffn_gate_shexp", "ffn_up_shexp", "ffn_down_shexp")
    shared = feed_forward(node, weights, names, pairs=False)
    if "ffn_gate_inp_shexp.weight" in weights:
        gate = like("unary", product(weights["ffn_gate_inp_shexp.weight"], node))
        shared = like("mul", shared, gate)
    return like("add", mixed, shared)


def _attention(
    draft: Draft, layer: Layer, cache: LayerCache, operand: Node, positions: Node, home: int,
    drawn: dict[tuple[int, str], Node],
) -> Node:  # fmt: skip
    weights, shape, tokens = layer.weights, draft.shape, draft.tokens
    heads, gate = shape.heads, None
    extents = ((cache.key_head, heads), (cache.key_head, cache.kv_heads), (cache.value_head, cache.kv_heads))
    if "attn_qkv.weight" in weights:
        together = linear(operand, weights, "attn_qkv")
        query, key, value = (columns(together, (*each, tokens)) for each in extents)
    elif shape.architecture in GATED_QUERY:
        both = linear(operand, weights, "attn_q")
        half = columns(both, (cache.key_head, heads * tokens))
        query = norm(draft, view(half, (*extents[0], tokens), size=half.size), weights, "attn_q_norm")
        gate = result("cont", (cache.key_head * heads, tokens), (half,))
        key, value = (
            _projected(draft, operand, weights, name, (*each, tokens))
            for name, each in zip("kv", extents[1:], strict=True)
        )
    else:
        query, key, value = (
            _projected(draft, operand, weights, name, (*each, tokens))
            for name, each in zip("qkv", extents, strict=True)
        )
    if shape.architecture in SCALED_QUERY and cache.window is None:
        assert draft.scale is not None
        query = like("mul", query, draft.scale)
    elif shape.rotates and shape.architecture not in WITHOUT_ROTATION:
        factors = [layer.factors] if layer.factors is not None else []
        query, key = (like("rope", node, positions, *factors) for node in (query, key))
    sinks = weights.get("attn_sinks.weight")
    mixed = attend(draft, layer.index, cache, query, key, value, home, drawn, sinks=sinks)
    if gate is not None:
        mixed = like("mul", mixed, like("unary", gate))
    return linear(mixed, weights, "attn_output")


def _projected(draft: Draft, operand: Node, weights: Mapping[str, Node], name: str, extents: tuple[int, ...]) -> Node:
    node = linear(operand, weights, f"attn_{name}")
    scale = weights.get(f"attn_{name}_norm.weight")
    if scale is not None and scale.extents[0] == node.extents[0] != extents[0]:
        return view(norm(draft, node, weights, f"attn_{name}_norm", op=_norm_kind(draft.shape)), extents, whole=True)
    node = view(node, extents, whole=True)
    if scale is None:
        return node
    return norm(draft, node, weights, f"attn_{name}_norm", op=_norm_kind(draft.shape))
