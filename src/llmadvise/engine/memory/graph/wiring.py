"""Which parts of a network are drawn how, where its tensors do not say so (src/models/*.cpp of llama.cpp b11434)."""

from __future__ import annotations

from collections.abc import KeysView
from typing import Final

from llmadvise.engine.memory.layout import Tensor, TensorTable
from llmadvise.engine.memory.shape import Shape
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """How an architecture weighs its experts."""

    normalized: bool = True
    """The chosen weights are divided by their sum."""
    late_softmax: bool = False
    """Softmax over the chosen ones only."""
    before: bool = False
    """The input is weighed, not the results."""


WITHOUT_ROTATION: Final = frozenset({
    "bloom", "gpt2", "jais", "jamba", "mpt", "nemotron_h", "nemotron_h_moe", "refact", "starcoder",
})  # fmt: skip
"""Positions are added to the embedding or biased in the scores, not rotated into queries and keys."""
ROTATED_WINDOWS: Final = frozenset({"afmoe", "cohere2", "cohere2moe", "exaone-moe", "exaone4"})
"""Where some layers have a window, only they rotate."""
EVERY_FOURTH_PLAIN: Final = frozenset({"smollm3"})
"""Every fourth layer does not rotate (n_no_rope_layer_step)."""
NORMED_BESIDE: Final = frozenset({"gptneox"})
"""The network stands beside the attention and has a norm of its own over the same stream."""
ATTENTION_FIRST: Final = frozenset({"phi2"})
"""Where the two stand side by side, the network's result is added to the attention's."""
LAYER_NORM: Final = frozenset({"bitnet", "cohere2", "cohere2moe", "command-r", "dbrx", "mpt", "olmo"})
"""Norms without bias that are not root-mean-square norms, and so never overwrite their operand."""
SCALED_EMBEDDING: Final = frozenset({"afmoe", "gemma", "gemma2", "granite", "granitehybrid", "granitemoe", "minicpm"})
"""The embedding is multiplied by a number, which overwrites it."""
SCALED_ROWS: Final = frozenset({"gemma3", "gemma3n", "gemma4"})
"""The embedding is multiplied by an input with a number a token."""
EARLY_NORM: Final = frozenset({"qwen35", "qwen35moe", "qwen3next"})
"""The norm of a layer's input is drawn before all else of the layer."""
FOURFOLD_POSITIONS: Final = frozenset({
    "hunyuan_vl", "paddleocr", "qwen2vl", "qwen35", "qwen35moe", "qwen3vl", "qwen3vlmoe",
})  # fmt: skip
"""Positions in time and in a picture: four numbers a token (llama_model_rope_type: MROPE, IMROPE)."""
NORMED_VALUE: Final = frozenset({"gemma3n", "gemma4"})
"""Values are normed without a weight; only layers without a window take rotary factors."""
SCALED_QUERY: Final = frozenset({"llama4"})
"""Layers without a window scale the query by an input and rotate nothing."""
NORMED_TURNED: Final = frozenset({"hunyuan-dense", "hunyuan-moe"})
"""Queries and keys are normed after they were rotated."""
GATED_ATTENTION: Final = frozenset({"afmoe"})
"""What attention yields is gated by a projection of the layer's input."""
BOTH_MIXERS: Final = frozenset({"falcon-h1"})
"""Every layer attends and keeps a state, over the same input."""
STREAM_FIRST: Final = frozenset({"jamba", "lfm2", "lfm2moe", "openelm"})
"""What mixed the tokens is added to the residual stream and not the other way round."""
RESIDUAL_FIRST: Final = frozenset({"jamba", "lfm2", "lfm2moe", "phi3"})
"""The network's result is added to the residual stream and not the other way round: the sum takes the stream's room."""
LATE_OUTPUT: Final = frozenset({"gemma3n", "gpt-oss"})
"""The rows that return logits are chosen after the last layer, not inside it."""
LAST_OUTPUT: Final = frozenset({"gemma4", "nemotron_h", "nemotron_h_moe", "qwen35", "qwen35moe", "qwen3next"})
"""They are chosen after the last norm."""
ROUTING: Final = {
    "jamba": Routing(normalized=False),
    "gpt-oss": Routing(normalized=False, late_softmax=True),
    "llama4": Routing(normalized=False, before=True),
}
"""Where it is not softmax over all experts, divided by the sum of the chosen."""


_DECODER = (
    "attn_o", "attn_rel_b", "cross_attn_norm", "cross_attn_q", "cross_attn_k", "cross_attn_v", "cross_attn_o",
)  # fmt: skip
_PROJECTIONS = ("attn_q", "attn_k", "attn_v", "attn_output", "attn_qkv", "ffn_up", "ffn_gate", "ffn_down")
_KNOWN: Final = frozenset({
    *(f"{name}.weight" for name in _DECODER),
    *(f"{name}.{part}" for name in _PROJECTIONS for part in ("weight", "bias")),
    *(f"{name}.{part}" for name in ("attn_norm", "ffn_norm", "post_attention_norm", "post_ffw_norm", "ffn_gate_inp",
      "ffn_up_exps", "ffn_gate_exps", "ffn_down_exps", "ffn_gate_up_exps") for part in ("weight", "bias")),
    "attn_q_norm.weight", "attn_k_norm.weight", "attn_sinks.weight", "layer_output_scale.weight",
    "ffn_up_shexp.weight", "ffn_gate_shexp.weight", "ffn_down_shexp.weight", "ffn_gate_inp_shexp.weight",
    "exp_probs_b.bias", "attn_q_a.weight", "attn_q_a_norm.weight", "attn_q_b.weight", "attn_kv_a_mqa.weight",
    "attn_kv_a_norm.weight", "attn_kv_b.weight", "attn_k_b.weight", "attn_v_b.weight", "attn_gate.weight",
    "shortconv.conv.weight", "shortconv.in_proj.weight", "shortconv.out_proj.weight", "ssm_in.weight",
    "ssm_conv1d.weight", "ssm_conv1d.bias", "ssm_x.weight", "ssm_dt.weight", "ssm_dt.bias", "ssm_a", "ssm_d",
    "ssm_norm.weight", "ssm_dt_norm.weight", "ssm_b_norm.weight", "ssm_c_norm.weight", "ffn_norm", "ssm_out.weight", "ssm_ba.weight", "ssm_beta.weight", "ssm_alpha.weight",
    "rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight", "inp_gate.weight", "proj.weight",
    "pre_ffw_norm_2.weight", "post_ffw_norm_1.weight", "post_ffw_norm_2.weight", "ffn_gate_inp.scale",
    "ffn_down_exps.scale", "post_norm.weight", "altup_correct_coef.weight", "altup_correct_scale.weight", "altup_predict_coef.weight",
    "altup_router.weight", "altup_router_norm.weight", "laurel_l.weight", "laurel_r.weight",
    "laurel_post_norm.weight",
})  # fmt: skip
"""Tensors of a block that are drawn here (gguf-py/gguf/constants.py of b11434: TENSOR_NAMES)."""
_KNOWN_OUTSIDE: Final = frozenset({
    "token_embd.weight", "token_embd_norm.weight", "token_embd_norm.bias", "position_embd.weight",
    "output_norm.weight", "output_norm.bias", "output.weight", "output.bias", "rope_freqs.weight",
    "rope_factors_long.weight", "rope_factors_short.weight", "per_layer_token_embd.weight",
    "per_layer_model_proj.weight", "per_layer_proj_norm.weight", "altup_proj.weight", "altup_unembd_proj.weight",
})  # fmt: skip
_OF_TWO_EXTENTS: Final = (
    "_exps.weight", "attn_k_b.weight", "attn_v_b.weight", "ssm_conv1d.weight", "ssm_out.weight",
)  # fmt: skip


def drawable(shape: Shape, table: TensorTable) -> bool:
    """Whether every tensor of the file has its part in the drawing; one that is missing is found while drawing."""
    names = table.outside.keys()
    if not names <= _KNOWN_OUTSIDE or "token_embd.weight" not in names:
        return False
    if "output_norm.weight" not in names and "token_embd_norm.weight" not in names:
        return False
    return all(
        weights.keys() <= _KNOWN
        and _complete(shape.architecture, weights.keys(), shape.caches[index] is not None)
        and all(map(_has_extents, weights.values()))
        for index, weights in enumerate(table.blocks)
    )


def _has_extents(tensor: Tensor) -> bool:
    """Whether a tensor has a second extent where the drawing counts by it."""
    return len(tensor.shape) > 1 or not tensor.name.endswith(_OF_TWO_EXTENTS)


def _complete(architecture: str | None, names: KeysView[str], attends: bool) -> bool:
    """Whether a block has all of a mixer, and a network's end with its beginning."""
    gated = "attn_gate.weight" in names and "ssm_norm.weight" not in names
    both = attends and "ssm_in.weight" in names
    if (gated and architecture not in GATED_ATTENTION) or (both and architecture not in BOTH_MIXERS):
        return False
    if attends and "attn_kv_a_mqa.weight" not in names:
        fused = "attn_qkv.weight" in names
        apart = {"attn_q.weight", "attn_k.weight", "attn_v.weight"} <= names
        if names.isdisjoint({"attn_output.weight", "attn_o.weight"}) or not (fused or apart):
            return False
    return ("ffn_up.weight" in names) == ("ffn_down.weight" in names) and ("ffn_gate_inp.weight" in names) == (
        "ffn_down_exps.weight" in names
    )
