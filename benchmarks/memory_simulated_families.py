"""The families that the simulated engine loads: none of their architectures or dimensions is in the truth table."""

from __future__ import annotations

from typing import Final

from memory_simulated_models import (
    EXPERTS,
    HEAD,
    HIDDEN,
    KEY,
    NARROW,
    QUERY,
    Family,
    Part,
    attention,
    convolution,
    dense,
    gated_delta,
    mamba_1,
    mamba_2,
    mixture,
    norms,
)

_EXPERTS: Final = {"expert_count": EXPERTS, "expert_used_count": 4, "expert_feed_forward_length": NARROW}
_SIGMOID: Final = {
    **_EXPERTS, "expert_gating_func": 2, "expert_weights_norm": True, "expert_weights_scale": 2.5,
    "expert_shared_count": 1, "leading_dense_block_count": 1, "expert_shared_feed_forward_length": NARROW,
}  # fmt: skip
_MAMBA: Final = {"ssm.conv_kernel": 4, "ssm.inner_size": 4096}
_MAMBA_2: Final = {**_MAMBA, "ssm.state_size": 128, "ssm.group_count": 1, "ssm.time_step_rank": 64}
_SANDWICH: Final = norms("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")
_PLAIN: Final = norms("attn_norm", "ffn_norm")


def _led(layer: int) -> list[Part]:
    """One dense layer, then mixtures chosen with a bias."""
    return dense() if layer < 1 else mixture(shared=NARROW, bias=True)


def _afmoe(layer: int) -> list[Part]:
    return [*_SANDWICH, *attention(head=HEAD), ("attn_gate.weight", (HIDDEN, QUERY)), *_led(layer)]


def _falcon_h1(_: int) -> list[Part]:
    own: list[Part] = [*norms("attn_norm"), ("ffn_norm", (HIDDEN,))]
    return [*own, *attention(), *mamba_2(256, 1, normed=False), *dense()]


def _jamba(layer: int) -> list[Part]:
    mixer = attention() if layer == 4 else mamba_1()
    return [*_PLAIN, *mixer, *(mixture(count=EXPERTS) if layer % 2 else dense(width=NARROW))]


def _granite_hybrid(layer: int) -> list[Part]:
    return [*_PLAIN, *(attention() if layer % 3 == 2 else mamba_2(128, 1)), *dense()]


def _lfm2_moe(layer: int) -> list[Part]:
    mixer = attention(head=HEAD) if layer in {2, 5} else convolution()
    return [*_PLAIN, *mixer, *(dense() if layer < 2 else mixture(bias=True))]


def _qwen_35(layer: int) -> list[Part]:
    full: list[Part] = [
        ("attn_q.weight", (HIDDEN, 4096)),
        ("attn_k.weight", (HIDDEN, 512)),
        ("attn_v.weight", (HIDDEN, 512)),
        ("attn_output.weight", (2048, HIDDEN)),
        ("attn_q_norm.weight", (256,)),
        ("attn_k_norm.weight", (256,)),
    ]
    return [*norms("attn_norm", "post_attention_norm"), *(full if layer % 4 == 3 else gated_delta()), *dense()]


def _nemotron_h_moe(layer: int) -> list[Part]:
    if layer % 4 in {0, 2}:
        return [*norms("attn_norm"), *mamba_2(128, 8)]
    rest = attention() if layer == 5 else mixture(shared=1536, bias=True, gated=False)
    return [*norms("attn_norm"), *rest]


def _gemma_4(layer: int) -> list[Part]:
    head = 512 if layer % 4 == 3 else 256
    beside: list[Part] = [
        ("layer_output_scale.weight", (1,)),
        ("ffn_gate_inp.weight", (HIDDEN, EXPERTS)),
        ("ffn_gate_inp.scale", (HIDDEN,)),
        ("ffn_gate_up_exps.weight", (HIDDEN, 2 * NARROW, EXPERTS)),
        ("ffn_down_exps.weight", (NARROW, HIDDEN, EXPERTS)),
        ("ffn_down_exps.scale", (EXPERTS,)),
        *norms("pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"),
    ]
    return [*_SANDWICH, *attention(query=8 * head, key=1024, head=head), *beside, *dense(width=2112)]


def _latent(layer: int) -> list[Part]:
    own: list[Part] = [
        ("attn_q_a.weight", (HIDDEN, 768)),
        ("attn_q_a_norm.weight", (768,)),
        ("attn_q_b.weight", (768, 32 * 192)),
        ("attn_kv_a_mqa.weight", (HIDDEN, 576)),
        ("attn_kv_a_norm.weight", (512,)),
        ("attn_k_b.weight", (128, 512, 32)),
        ("attn_v_b.weight", (512, 128, 32)),
        ("attn_output.weight", (4096, HIDDEN)),
    ]
    return [*_PLAIN, *own, *_led(layer)]


FAMILIES: Final = (
    Family(architecture="afmoe", layers=8, keys={**_SIGMOID, "attention.sliding_window": 1024}, block=_afmoe),
    Family(architecture="apertus", keys={f"xielu.{name}": [value] * 6 for name, value in (
        ("alpha_n", 0.8), ("alpha_p", 0.8), ("beta", 0.5), ("eps", -1e-6))},
        block=lambda _: [*_PLAIN, *attention(head=HEAD), *dense(gated=False)]),
    Family(architecture="arcee", keys={}, block=lambda _: [*_PLAIN, *attention(), *dense(gated=False)]),
    Family(architecture="bailingmoe", keys={**_EXPERTS, "expert_shared_count": 2, "expert_weights_scale": 1.0,
        "leading_dense_block_count": 0}, block=lambda _: [*_PLAIN, *attention(), *mixture(shared=2 * NARROW)]),
    Family(architecture="cohere2", layers=8, tied=True, keys={"attention.sliding_window": 1024, "logit_scale": 0.25},
        block=lambda _: [*norms("attn_norm"), *attention(), *dense()]),
    Family(architecture="deepseek2", keys={**_SIGMOID, "attention.head_count": 32, "attention.head_count_kv": 1,
        "attention.key_length": 576, "attention.value_length": 512, "attention.key_length_mla": 192,
        "attention.value_length_mla": 128, "attention.kv_lora_rank": 512, "attention.q_lora_rank": 768,
        "expert_group_count": 4, "expert_group_used_count": 2, "rope.dimension_count": 64}, block=_latent),
    Family(architecture="dots1", keys={**_SIGMOID, "attention.head_count_kv": 16},
        block=lambda layer: [*_PLAIN, *attention(key=QUERY, head=HEAD), *_led(layer)]),
    Family(architecture="ernie4_5-moe", keys={**_SIGMOID, "interleave_moe_layer_step": 1},
        block=lambda layer: [*_PLAIN, *attention(), *_led(layer)]),
    Family(architecture="exaone-moe", layers=8, keys={**_SIGMOID, "attention.sliding_window": 128},
        block=lambda layer: [*_PLAIN, *attention(head=HEAD), *_led(layer)]),
    Family(architecture="falcon-h1", keys={**_MAMBA_2, "ssm.state_size": 256, "attention.key_length": HEAD,
        "attention.value_length": HEAD}, block=_falcon_h1),
    Family(architecture="gemma4", layers=8, tied=True, keys={**_EXPERTS, "attention.head_count": 8,
        "attention.head_count_kv": [4, 4, 4, 2] * 2, "attention.key_length": 512, "attention.value_length": 512,
        "attention.key_length_swa": 256, "attention.value_length_swa": 256, "attention.sliding_window": 1024,
        "attention.sliding_window_pattern": [True, True, True, False] * 2, "attention.shared_kv_layers": 0,
        "embedding_length_per_layer_input": 0, "feed_forward_length": 2112, "rope.dimension_count": 512,
        "rope.dimension_count_swa": 256, "rope.freq_base_swa": 10000.0},
        outside=(("rope_freqs.weight", (256,)),), block=_gemma_4),
    Family(architecture="granitehybrid", tied=True, keys={**_MAMBA_2, "attention.head_count_kv": [0, 0, 4] * 2,
        "logit_scale": 6.0, "residual_scale": 0.2, "embedding_scale": 12.0}, block=_granite_hybrid),
    Family(architecture="hunyuan-moe", keys={**_EXPERTS, "feed_forward_length": NARROW, "expert_shared_feed_forward_length": NARROW},
        block=lambda _: [*_PLAIN, *attention(head=HEAD), *mixture(shared=NARROW)]),
    Family(architecture="hunyuan-dense", keys={}, block=lambda _: [*_PLAIN, *attention(head=HEAD), *dense()]),
    Family(architecture="jamba", layers=8, keys={**_MAMBA, **_EXPERTS, "ssm.state_size": 16,
        "ssm.time_step_rank": 128, "attention.head_count_kv": [0, 0, 0, 0, 4, 0, 0, 0],
        "feed_forward_length": NARROW}, block=_jamba),
    Family(architecture="lfm2moe", layers=8, tied=True, last_norm="token_embd_norm", keys={**_EXPERTS,
        "expert_gating_func": 2, "leading_dense_block_count": 2, "shortconv.l_cache": 3,
        "attention.head_count_kv": [0, 0, 4, 0, 0, 4, 0, 0]}, block=_lfm2_moe),
    Family(architecture="llama4", layers=8, keys={**_EXPERTS, "interleave_moe_layer_step": 2},
        block=lambda layer: [*_PLAIN, *attention(), *(mixture(shared=NARROW) if layer % 2 else dense())]),
    Family(architecture="nemotron", biased_end=True, keys={},
        block=lambda _: [*norms("attn_norm", "ffn_norm", biased=True), *attention(), *dense(gated=False)]),
    Family(architecture="nemotron_h_moe", layers=8, keys={**_MAMBA_2, **_EXPERTS, "ssm.group_count": 8,
        "expert_weights_norm": True, "expert_weights_scale": 2.5, "expert_shared_count": 1,
        "expert_shared_feed_forward_length": 1536, "attention.head_count_kv": [0, 0, 0, 0, 0, 4, 0, 0],
        "feed_forward_length": [0, NARROW, 0, NARROW, 0, 0, 0, NARROW]}, block=_nemotron_h_moe),
    Family(architecture="qwen2moe", keys={**_EXPERTS, "expert_shared_feed_forward_length": 1536},
        block=lambda _: [*_PLAIN, *attention(biased=True), *mixture(shared=1536),
            ("ffn_gate_inp_shexp.weight", (HIDDEN,))]),
    Family(architecture="qwen3vlmoe", keys={**_EXPERTS, "n_deepstack_layers": 3,
        "rope.dimension_sections": [24, 20, 20, 0]}, block=lambda _: [*_PLAIN, *attention(head=HEAD), *mixture()]),
    Family(architecture="qwen35", layers=8, keys={**_MAMBA, "ssm.state_size": 128, "ssm.group_count": 16,
        "ssm.time_step_rank": 32, "attention.head_count": 8, "attention.head_count_kv": 2,
        "attention.key_length": 256, "attention.value_length": 256, "rope.dimension_count": 64,
        "rope.dimension_sections": [11, 11, 10, 0]}, block=_qwen_35),
    Family(architecture="seed_oss", keys={},
        block=lambda _: [*norms("attn_norm", "post_attention_norm"), *attention(biased=True), *dense()]),
    Family(architecture="smallthinker", layers=8, keys={**_EXPERTS, "expert_gating_func": 2,
        "feed_forward_length": NARROW, "attention.sliding_window": 4096},
        block=lambda _: [*_PLAIN, *attention(), *mixture()]),
    Family(architecture="smollm3", keys={}, block=lambda _: [*_PLAIN, *attention(), *dense()]),
    Family(architecture="stablelm", biased_end=True, keys={},
        block=lambda _: [*norms("attn_norm", "ffn_norm", biased=True), *attention(), *dense()]),
    Family(architecture="minimax-m2", keys={**_EXPERTS, "expert_gating_func": 2, "feed_forward_length": NARROW},
        block=lambda _: [*_PLAIN, *attention(), ("attn_q_norm.weight", (QUERY,)), ("attn_k_norm.weight", (KEY,)),
            *mixture(bias=True)]),
)  # fmt: skip
