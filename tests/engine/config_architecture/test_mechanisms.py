"""Each way of saying a thing in a config, with the class that says it so (transformers 5.23, configuration_*.py)."""

from __future__ import annotations

import pytest

from llmadvise.domain.draft import DraftContext
from llmadvise.domain.model import AttentionGroup, AttentionKind, Experts
from llmadvise.engine.config_architecture.context import context_length
from llmadvise.engine.config_architecture.feed_forward import dense_width, feed_forward_size
from llmadvise.engine.config_architecture.groups import attention_groups
from llmadvise.engine.config_architecture.heads import Heads, heads_of
from llmadvise.engine.config_architecture.keys import ConfigKeys, as_count
from llmadvise.engine.config_architecture.layers import Memory, memories
from llmadvise.engine.config_architecture.mixture import experts_of, has_unknown_experts
from llmadvise.engine.config_architecture.read import read_config
from llmadvise.engine.config_architecture.recurrent import recurrent_group
from llmadvise.engine.config_architecture.text_config import ConfigDefaults, text_config


def keys(own: dict[str, object], **defaults: object) -> ConfigKeys:
    return ConfigKeys(own=own, defaults=defaults)


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (0, 0), (7, 7), (7.0, 7), (1 << 40, 1 << 40), ((1 << 40) + 1, None), (-1, None), (7.5, None), (True, None),
        ("7", None), (None, None), ([7], None),
    ],
)  # fmt: skip
def test_a_count_is_a_whole_number_of_a_sane_size(value: object, count: int | None) -> None:
    assert as_count(value) == count


def test_what_the_config_says_goes_before_its_class() -> None:
    config = keys({"a": None, "b": 3, "list": [2, 5, None], "empty": [], "zero": 0, "word": "x"}, a=9, c=4, zero=8)
    assert (config.value("a"), config.value("c"), config.value("a", "b"), config.value("d")) == (None, 4, 3, None)
    assert (config.number("list"), config.number("empty"), config.number("word")) == (5, None, None)
    assert (config.number("zero"), config.positive("zero"), config.positive("b")) == (0, None, 3)
    assert config.each("list", 3) == (2, 5, None)
    assert config.each("list", 2) is config.each("word", 1) is config.each("c", 1) is None
    assert (config.counts("list"), config.counts("empty"), keys({"a": [1, 2]}).counts("a")) == (None, None, (1, 2))
    assert (config.words("list"), config.words("empty"), config.words("word")) == (("", "", ""), None, None)
    assert (config.text("word"), config.text("b"), config.flag("b"), keys({"f": False}).flag("f")) == (
        "x",
        "",
        None,
        False,
    )
    assert (config.has("zero", "a"), config.has("a", "b")) == (False, True)


LAYERS = [
    ("", {"layer_types": ["full_attention", "sliding_attention", "linear_attention"]}, "FSR"),
    ("", {"layers_block_type": ["mamba", "attention", "moe", "hybrid"]}, "RFNB"),
    ("", {"layer_types": ["Full_Attention"] * 5}, "FFFFF"),
    ("", {"layer_types": ["full_attention", "telepathy"]}, None),
    # Griffin repeats its block, and its attention slides.
    ("recurrent_gemma", {"block_types": ["recurrent", "recurrent", "attention"], "attention_window_size": 2048}, "RRSRRSR"),
    ("", {"block_types": ["recurrent", "attention"]}, "RFRFR"),
    ("nemotron_h", {"hybrid_override_pattern": "M-M*-EW"}, "RNRFNNS"),
    ("nemotron_h", {"hybrid_override_pattern": "M-M?"}, None),
    # EXAONE 4: the pattern goes round, and the last layer is a full one.
    ("exaone4", {"sliding_window_pattern": "LLLG", "sliding_window": 4096}, "SSSFSSF"),
    ("exaone4", {"sliding_window_pattern": "LLLG", "sliding_window": 4096}, "SSSFSSSF"),
    ("exaone4", {"sliding_window_pattern": "LLXG"}, None),
    # Kimi Linear counts from one, Zamba 2 and Bamba from zero.
    ("kimi_linear", {"linear_attn_config": {"full_attn_layers": [4, 8]}}, "RRRFRRRF"),
    ("zamba2", {"hybrid_layer_ids": [1, 3]}, "RBRBR"),
    ("bamba", {"attn_layer_indices": [2]}, "RRFRR"),
    ("lfm2", {"full_attn_idxs": [0, 4]}, "FRRRF"),
    ("mllama_text_model", {"cross_attention_layers": [1]}, "FNF"),
    ("minimax", {"attn_type_list": [0, 0, 1]}, "RRF"),
    ("mimo_v2_flash", {"hybrid_layer_pattern": [0, 1, 1], "sliding_window": 128}, "FSS"),
    ("llama4_text", {"no_rope_layers": [1, 1, 1, 0], "attention_chunk_size": 8192}, "CCCF"),
    ("smollm3", {"no_rope_layers": [1, 1, 1, 0]}, "FFFF"),
    ("nemotron-nas", {"block_configs": [{"attention": {"no_op": True}}, {"attention": {"n_heads_in_group": 8}},
                                        {"attention": {"replace_with_linear": True}}]}, "NFN"),
    ("nemotron-nas", {"block_configs": []}, "FF"),
    ("qwen3_next", {"full_attention_interval": 4, "linear_num_value_heads": 32}, "RRRFRRRF"),
    ("", {"full_attention_interval": 4}, "FFFF"),
    ("ring", {"layer_group_size": 2}, "RFRF"),
    ("jamba", {"attn_layer_period": 4, "attn_layer_offset": 1}, "RFRRRFRR"),
    ("", {"attn_layer_period": 3}, "FRRF"),
    ("gemma3_text", {"sliding_window_pattern": 3, "sliding_window": 512}, "SSFSSF"),
    ("gemma3_text", {"_sliding_window_pattern": 2, "sliding_window": 512}, "SFSF"),
    ("modern", {"global_attn_every_n_layers": 2, "window_size": 128}, "SFSF"),
    ("", {"sliding_window_pattern": 3}, "FFF"),
    ("qwen2", {"use_sliding_window": True, "sliding_window": 4096, "max_window_layers": 2}, "FFSS"),
    ("qwen2", {"use_sliding_window": False, "sliding_window": 4096, "max_window_layers": 2}, "FFFF"),
    ("mistral", {"sliding_window": 4096}, "SSS"),
    ("mistral", {"sliding_window": None}, "FFF"),
    ("mistral", {"sliding_window": 4096, "max_position_embeddings": 4096}, "FFF"),
    ("mistral", {"sliding_window": 4095, "max_position_embeddings": 4096}, "SSS"),
    ("never-seen", {"sliding_window": 4096}, None),
    ("never-seen", {}, "FF"),
    ("bert", {}, "NNN"),
    ("mamba2", {}, "RRR"),
    ("falcon_h1", {}, "BBB"),
    ("gemma3_text", {"use_bidirectional_attention": True}, "NNN"),
]  # fmt: skip


@pytest.mark.parametrize(("model_type", "config", "letters"), LAYERS)
def test_how_each_layer_remembers(model_type: str, config: dict[str, object], letters: str | None) -> None:
    layers = len(letters) if letters else 5
    found = memories(keys(config), model_type, layers)
    assert (found and "".join(found)) == letters


@pytest.mark.parametrize("config", [{"layer_types": ["full_attention"] * 3}, {"hybrid_override_pattern": "MMM"}])
def test_a_list_of_another_length_is_not_known(config: dict[str, object]) -> None:
    assert memories(keys(config), "", 4) is None


@pytest.mark.parametrize(
    ("pattern", "config", "letters"),
    [
        ("SF", {"sliding_window": 512}, "SFSFS"), ("SSF!", {"sliding_window": 512}, "SSFSSFF"), ("?", {}, None),
        ("SF", {"sliding_window": None}, "FFFF"),
    ],
)  # fmt: skip
def test_the_pattern_of_a_class(pattern: str, config: dict[str, object], letters: str | None) -> None:
    found = memories(keys(config, pattern=pattern), "", len(letters or "xxxxx"))
    assert (found and "".join(found)) == letters


def test_a_window_of_a_known_class_is_in_every_layer() -> None:
    assert memories(keys({"sliding_window": 9}, hidden_size=1), "never-seen", 2) == (Memory.SLIDING,) * 2


HEADS = [
    ("llama", {"num_attention_heads": 32, "num_key_value_heads": 8}, (32, 8, 128, 128, None)),
    ("llama", {"num_attention_heads": 32}, (32, 32, 128, 128, None)),
    ("llama", {"num_attention_heads": 32, "head_dim": 96}, (32, 32, 96, 96, None)),
    ("mimo", {"num_attention_heads": 32, "head_dim": 192, "v_head_dim": 128}, (32, 32, 192, 128, None)),
    ("gpt_bigcode", {"n_head": 48, "multi_query": True}, (48, 1, 85, 85, None)),
    ("gpt_bigcode", {"n_head": 48, "multi_query": False}, (48, 48, 85, 85, None)),
    ("mpt", {"n_heads": 32, "attn_config": {"kv_n_heads": 4}}, (32, 4, 128, 128, None)),
    ("chatglm", {"num_attention_heads": 32, "multi_query_attention": True, "multi_query_group_num": 2}, (32, 2, 128, 128, None)),
    ("chatglm", {"num_attention_heads": 32, "multi_query_attention": True}, (32, 1, 128, 128, None)),
    ("falcon", {"num_attention_heads": 32}, (32, 1, 128, 128, None)),
    ("falcon", {"num_attention_heads": 32, "multi_query": False}, (32, 32, 128, 128, None)),
    ("falcon", {"num_attention_heads": 32, "new_decoder_architecture": True, "num_kv_heads": 8}, (32, 8, 128, 128, None)),
    ("falcon", {"num_attention_heads": 32, "new_decoder_architecture": True}, (32, 32, 128, 128, None)),
    # DeepSeek: 512 compressed elements and 64 rotary ones are cached.
    ("deepseek_v3", {"num_attention_heads": 128, "kv_lora_rank": 512, "qk_rope_head_dim": 64, "qk_nope_head_dim": 128,
                     "v_head_dim": 128}, (128, 128, 192, 128, 576)),
    ("", {"num_attention_heads": 16, "num_key_value_heads": 4, "kv_lora_rank": 512, "qk_rope_head_dim": 0,
          "qk_head_dim": 96, "v_head_dim": 80}, (16, 4, 96, 80, 512)),
    ("", {"num_attention_heads": 16, "kv_lora_rank": 512, "qk_rope_head_dim": 64, "qk_nope_head_dim": 32}, (16, 16, 96, 32, 576)),
    ("", {"num_attention_heads": 16, "kv_lora_rank": 512}, (16, 16, 256, 256, None)),
    ("", {}, (None, None, None, None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("model_type", "config", "expected"), HEADS)
def test_heads(model_type: str, config: dict[str, object], expected: tuple[int | None, ...]) -> None:
    found = heads_of(keys(config), model_type, 4096, 2)
    assert (found.count, found.kv, found.key_size, found.value_size, found.latent_size) == expected
    assert found.kv_each is None


@pytest.mark.parametrize(
    ("config", "each"),
    [
        ({"num_key_value_heads": [4, 8]}, (4, 8)),
        ({"num_kv_heads": [4, 2]}, (4, 2)),
        ({"num_key_value_heads": [4, 8, 8]}, None),
        # DeciLM: how many queries share a head.
        (
            {"block_configs": [{"attention": {"n_heads_in_group": 8}}, {"attention": {"n_heads_in_group": None}}]},
            (4, None),
        ),
        ({"block_configs": [{"attention": {"num_key_value_heads": 2}}, {"attention": None}]}, (2, None)),
    ],
)
def test_heads_of_each_layer(config: dict[str, object], each: tuple[int | None, ...] | None) -> None:
    assert heads_of(keys({"num_attention_heads": 32, **config}), "", 4096, 2).kv_each == each


def test_without_a_hidden_size_a_head_has_none() -> None:
    assert heads_of(keys({"num_attention_heads": 32}), "", None, 2).key_size is None


FEED_FORWARD = [
    ("llama", {"intermediate_size": 14336}, 14336),
    ("opt", {"ffn_dim": 8192}, 8192),
    ("llama4_text", {"intermediate_size": 8192, "intermediate_size_mlp": 16384}, 16384),
    ("llama4_text", {"intermediate_size": 8192}, 8192),
    # Qwen 1 counts gate and up together; GPT-2 and its kin leave four times the width unsaid; MPT says the ratio.
    ("qwen", {"intermediate_size": 22016}, 11008),
    ("gpt2", {"n_inner": None}, 8192),
    ("gpt2", {"n_inner": 1000}, 1000),
    ("mpt", {"expansion_ratio": 3}, 6144),
    ("llama", {}, None),
    # LFM2-1.2B: two thirds of 12,288, rounded up to a multiple of 256.
    ("lfm2", {"block_ff_dim": 12288, "block_auto_adjust_ff_dim": True, "block_multiple_of": 256,
              "block_ffn_dim_multiplier": 1.0}, 8192),
    ("lfm2", {"block_ff_dim": 12000, "block_auto_adjust_ff_dim": True, "block_multiple_of": 256}, 8192),
    ("lfm2", {"block_ff_dim": 6000, "block_auto_adjust_ff_dim": True, "block_ffn_dim_multiplier": 1.5}, 6000),
    ("lfm2", {"block_ff_dim": 6000, "block_auto_adjust_ff_dim": True, "block_ffn_dim_multiplier": 64}, 4000),
    ("lfm2", {"block_ff_dim": 6000, "block_auto_adjust_ff_dim": False}, 6000),
    ("lfm2", {"intermediate_size": 6000}, 6000),
    # DeciLM: the widest block, 2/3 × 5.25 × 2,048 = 7,168.
    ("nemotron-nas", {"block_configs": [{"ffn": {"ffn_mult": 5.25}}, {"ffn": {"ffn_mult": 1.3}}, {"ffn": None}]}, 7168),
    ("nemotron-nas", {"block_configs": [{"ffn": {"ffn_mult": 5.3}}]}, 7424),
    ("nemotron-nas", {"block_configs": [{"ffn": {"ffn_mult": 64}}]}, None),
    ("nemotron-nas", {"block_configs": [{"ffn": {"ffn_mult": True}}]}, None),
]  # fmt: skip


@pytest.mark.parametrize(("model_type", "config", "width"), FEED_FORWARD)
def test_the_width_of_the_feed_forward_network(model_type: str, config: dict[str, object], width: int | None) -> None:
    assert feed_forward_size(keys(config), model_type, 2048) == width


def test_the_width_of_dense_layers() -> None:
    routed = Experts(total=8, used=2, feed_forward_size=768)
    assert dense_width(6144, None) == 6144
    assert dense_width(6144, routed) == 768
    assert dense_width(6144, Experts(total=8, used=2)) == 6144
    assert dense_width(6144, Experts(total=8, used=2, feed_forward_size=768, shared=1)) == 6144
    assert dense_width(6144, Experts(total=8, used=2, feed_forward_size=768, dense_layers=1)) == 6144


QWEN = {"num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768}
MIXTURES = [
    ("qwen3_moe", QWEN, Experts(total=128, used=8, feed_forward_size=768)),
    ("mixtral", {"num_local_experts": 8, "num_experts_per_tok": 2}, Experts(total=8, used=2, feed_forward_size=14336)),
    ("deepseek_v3", {"n_routed_experts": 256, "num_experts_per_tok": 8, "n_shared_experts": 2, "moe_intermediate_size": 2048,
                     "first_k_dense_replace": 3},
     Experts(total=256, used=8, shared=2, feed_forward_size=2048, shared_feed_forward_size=4096, dense_layers=3)),
    ("qwen2_moe", QWEN | {"shared_expert_intermediate_size": 5632},
     Experts(total=128, used=8, shared=1, feed_forward_size=768, shared_feed_forward_size=5632)),
    ("llama4_text", {"num_local_experts": 16, "num_experts_per_tok": 1, "interleave_moe_layer_step": 2},
     Experts(total=16, used=1, shared=1, feed_forward_size=14336, shared_feed_forward_size=14336, every=2)),
    ("dbrx", {"ffn_config": {"moe_num_experts": 16, "moe_top_k": 4, "ffn_hidden_size": 10752}},
     Experts(total=16, used=4, feed_forward_size=10752)),
    ("x", QWEN | {"mlp_only_layers": [0, 1, 3]}, Experts(total=128, used=8, feed_forward_size=768, dense_layers=2)),
    ("x", QWEN | {"mlp_only_layers": [1]}, Experts(total=128, used=8, feed_forward_size=768)),
    ("x", QWEN | {"moe_layer_freq": [0, 0, 1]}, Experts(total=128, used=8, feed_forward_size=768, dense_layers=2)),
    ("x", QWEN | {"moe_layer_freq": [0, 0]}, Experts(total=128, used=8, feed_forward_size=768, dense_layers=2)),
    ("x", QWEN | {"mlp_layer_types": ["dense", "sparse"]}, Experts(total=128, used=8, feed_forward_size=768, dense_layers=1)),
    ("x", QWEN | {"moe_layers_enum": "4,5,6"}, Experts(total=128, used=8, feed_forward_size=768, dense_layers=4)),
    ("x", QWEN | {"moe_layers_enum": "4;5"}, Experts(total=128, used=8, feed_forward_size=768)),
    ("x", {"num_experts": 128}, None),
    ("x", {"num_experts": 1, "num_experts_per_tok": 1}, None),
    ("x", {"num_experts": 8, "num_experts_per_tok": 9}, None),
    ("x", {"num_experts": 8, "num_experts_per_tok": 8}, Experts(total=8, used=8, feed_forward_size=14336)),
    ("x", QWEN | {"enable_moe_block": False}, None),
    ("x", QWEN | {"enable_moe_block": True}, Experts(total=128, used=8, feed_forward_size=768)),
    ("x", QWEN | {"hybrid_override_pattern": "M*M-"}, None),
    ("x", QWEN | {"hybrid_override_pattern": "ME*"}, Experts(total=128, used=8, feed_forward_size=768)),
    ("x", {}, None),
]  # fmt: skip


@pytest.mark.parametrize(("model_type", "config", "experts"), MIXTURES)
def test_the_mixture_of_experts(model_type: str, config: dict[str, object], experts: Experts | None) -> None:
    assert experts_of(keys(config), model_type, 14336) == experts


def test_the_width_of_shared_experts_follows_from_that_of_the_routed() -> None:
    found = experts_of(keys({"num_experts": 8, "num_experts_per_tok": 2, "num_shared_experts": 2}), "x", None)
    assert found == Experts(total=8, used=2, shared=2)


@pytest.mark.parametrize(
    ("config", "unknown"),
    [
        ({"num_experts": 8}, True), ({"num_experts": 2}, True), ({"num_experts": 1}, False), ({}, False), (QWEN, False),
        ({"num_experts": 8, "enable_moe_block": False}, False), ({"ffn_config": {"moe_num_experts": 16}}, True),
        ({"ffn_config": {"moe_num_experts": 16, "moe_top_k": 4}}, False),
    ],
)  # fmt: skip
def test_experts_of_which_nobody_says_how_many_a_token_uses(config: dict[str, object], unknown: bool) -> None:
    assert has_unknown_experts(keys(config)) is unknown


# Elements of f32: of the convolution, then of the state (llama.cpp b11434, src/llama-hparams.cpp: n_embd_r, n_embd_s).
STATES = [
    ("mamba", {"state_size": 16, "conv_kernel": 4, "expand": 2}, 2560, 3 * 5120 + 16 * 5120, 5120),
    ("mamba2", {"state_size": 128, "conv_kernel": 4, "expand": 2, "n_groups": 8, "num_heads": 80}, 2560,
     3 * (5120 + 2 * 8 * 128) + 128 * 5120, 5120),
    ("falcon_h1", {"mamba_d_state": 128, "mamba_d_conv": 4, "mamba_d_ssm": 1536, "mamba_n_heads": 24, "mamba_n_groups": 1},
     1024, 3 * (1536 + 2 * 128) + 128 * 1536, 1536),
    ("nemotron_h", {"ssm_state_size": 128, "conv_kernel": 4, "mamba_num_heads": 128, "mamba_head_dim": 80, "n_groups": 8},
     4480, 3 * (10240 + 2 * 8 * 128) + 128 * 10240, 10240),
    ("jamba", {"mamba_d_state": 16, "mamba_d_conv": 4, "mamba_expand": 2, "mamba_n_heads": 8}, 4096, 3 * 8192 + 16 * 8192, 8192),
    ("qwen3_next", {"linear_num_value_heads": 32, "linear_value_head_dim": 128, "linear_num_key_heads": 16,
                    "linear_key_head_dim": 128, "linear_conv_kernel_dim": 4}, 2048,
     3 * (2 * 16 * 128 + 32 * 128) + 32 * 128 * 128, 4096),
    ("kimi_linear", {"linear_attn_config": {"num_heads": 32, "head_dim": 128, "short_conv_kernel_size": 4}}, 2304,
     3 * 3 * 4096 + 32 * 128 * 128, 4096),
    ("lfm2", {"conv_L_cache": 3}, 2048, 2 * 2048, 2048),
    ("rwkv7", {"head_dim": 64}, 2560, 2 * 2560 + 64 * 2560, 2560),
    ("recurrent_gemma", {"lru_width": 2560, "conv1d_width": 4}, 2560, 3 * 2560 + 2560, 2560),
    ("minimax", {"num_attention_heads": 64, "head_dim": 128, "attn_type_list": [0, 1]}, 6144, 64 * 128 * 128, 8192),
    ("minimax", {"num_attention_heads": 64, "layer_types": ["linear_attention"]}, 4096, 64 * 64 * 64, 4096),
]  # fmt: skip


@pytest.mark.parametrize(("model_type", "config", "hidden", "elements", "inner"), STATES)
def test_the_state_of_a_recurrent_layer(
    *, model_type: str, config: dict[str, object], hidden: int, elements: int, inner: int
) -> None:
    found = recurrent_group(keys(config), model_type, hidden, (0, 2))
    assert found == AttentionGroup(
        kind=AttentionKind.RECURRENT, layers=(0, 2), state_bytes=4 * elements, inner_size=inner
    )


@pytest.mark.parametrize(
    ("model_type", "config"),
    [
        ("never-seen", {}), ("mamba", {"state_size": 16, "expand": 2}), ("mamba", {"conv_kernel": 4, "expand": 2}),
        ("mamba2", {"state_size": 16, "conv_kernel": 4, "expand": 2}), ("rwkv7", {}),
        ("x", {"linear_num_value_heads": 32, "linear_value_head_dim": 128}), ("recurrent_gemma", {"lru_width": 2560}), ("x", {"num_attention_heads": 64}),
    ],
)  # fmt: skip
def test_a_state_that_nothing_says_is_unknown(model_type: str, config: dict[str, object]) -> None:
    assert recurrent_group(keys(config), model_type, 2560, (0,)).state_bytes is None


PLAIN = Heads(count=8, kv=2, key_size=64, value_size=64, latent_size=None)


def groups(
    letters: str, config: dict[str, object], heads: Heads = PLAIN
) -> list[tuple[str, tuple[int, ...], int | None]]:
    found = attention_groups(keys(config), "", 512, heads, [Memory(letter) for letter in letters])
    return [(item.kind.value, item.layers, item.kv_heads) for item in found]


def test_layers_that_remember_alike_are_one_group() -> None:
    assert groups("SFSF", {"sliding_window": 9}) == [("sliding", (0, 2), 2), ("full", (1, 3), 2)]
    assert groups("NRB", {}) == [("none", (0,), None), ("recurrent", (1, 2), None), ("full", (2,), 2)]
    each = Heads(count=8, kv=2, key_size=64, value_size=64, latent_size=None, kv_each=(2, 4, 2))
    assert groups("FFF", {}, each) == [("full", (0, 2), 2), ("full", (1,), 4)]


def test_the_last_layers_may_read_the_cache_of_earlier_ones() -> None:
    """Gemma 3n and 4: num_kv_shared_layers of them keep none."""
    assert groups("FFFF", {"num_kv_shared_layers": 1}) == [("full", (0, 1, 2), 2), ("shared", (3,), None)]
    assert groups("FF", {"num_kv_shared_layers": 2}) == [("full", (0, 1), 2)], "all of them cannot"
    assert groups("NF", {"num_kv_shared_layers": 1}) == [("none", (0,), None), ("shared", (1,), None)]


def test_layers_of_several_kinds_have_heads_of_their_own() -> None:
    config = {
        "sliding_window": 9, "swa_num_key_value_heads": 4, "swa_head_dim": 32, "swa_v_head_dim": 16,
        "num_global_key_value_heads": 1, "global_head_dim": 128,
    }  # fmt: skip
    sliding, full = attention_groups(keys(config), "", 512, PLAIN, [Memory.SLIDING, Memory.FULL])
    assert (sliding.kv_heads, sliding.key_size, sliding.value_size, sliding.window) == (4, 32, 16, 9)
    assert (full.kv_heads, full.key_size, full.value_size) == (1, 128, 128)
    [chunked] = attention_groups(keys({"attention_chunk_size": 8192}), "", 512, PLAIN, [Memory.CHUNKED])
    assert (chunked.kind, chunked.window, chunked.kv_heads) == (AttentionKind.CHUNKED, 8192, 2)


def test_compressed_keys_are_one_vector_in_full_layers_alone() -> None:
    latent = Heads(count=8, kv=8, key_size=192, value_size=128, latent_size=576)
    found = attention_groups(keys({"sliding_window": 9}), "", 512, latent, [Memory.FULL, Memory.SLIDING])
    assert [(item.kind, item.latent_size) for item in found] == [
        (AttentionKind.LATENT, 576),
        (AttentionKind.SLIDING, None),
    ]


YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
CONTEXTS = [
    ({"max_position_embeddings": 40960}, 40960, None),
    ({"n_positions": 1024}, 1024, None),
    ({"max_position_embeddings": 40960, "rope_scaling": YARN}, 40960, 131072),
    ({"max_position_embeddings": 131072, "rope_scaling": YARN}, 131072, None),
    ({"max_position_embeddings": 40960, "rope_parameters": YARN}, 40960, 131072),
    ({"max_position_embeddings": 4096, "rope_scaling": {"type": "linear", "factor": 8},
      "original_max_position_embeddings": 2048}, 4096, 16384),
    ({"max_position_embeddings": 4096, "rope_scaling": YARN | {"rope_type": "llama3"}}, 4096, None),
    ({"max_position_embeddings": 4096, "rope_scaling": YARN | {"factor": 1.0}}, 4096, None),
    ({"max_position_embeddings": 4096, "rope_scaling": YARN | {"factor": 1024}}, 4096, 32768 * 1024),
    ({"max_position_embeddings": 4096, "rope_scaling": YARN | {"factor": 1025}}, 4096, None),
    ({"max_position_embeddings": 4096, "rope_scaling": YARN | {"factor": True}}, 4096, None),
    ({"max_position_embeddings": 4096, "rope_scaling": {"type": "linear", "factor": 8}}, 4096, None),
    ({"rope_scaling": YARN}, None, None),
    # Two positions of RoBERTa's are its padding's.
    ({"model_type": "xlm-roberta", "max_position_embeddings": 8194}, 8192, None),
    ({"model_type": "xlm-roberta", "max_position_embeddings": 8192}, 8192, None),
    ({"model_type": "bert", "max_position_embeddings": 514}, 514, None),
]  # fmt: skip


@pytest.mark.parametrize(("config", "native", "extended"), CONTEXTS)
def test_the_context_length(config: dict[str, object], native: int | None, extended: int | None) -> None:
    assert context_length(keys(config)) == DraftContext(native=native, extended=extended)


KNOWN = ConfigDefaults(
    model_types={
        "wrapper": {"text": "inner", "class": "WrapperForConditionalGeneration"},
        "inner": {"num_attention_heads": 7, "head_dim": 11, "class": "InnerForCausalLM"},
    },
    llama_cpp={"InnerForCausalLM": "inner-cpp"},
)


def test_a_wrapper_tells_the_type_inside_and_shares_a_few_keys() -> None:
    config = {
        "model_type": "wrapper", "tie_word_embeddings": True, "hidden_size": 5,
        "text_config": {"vocab_size": 3}, "vision_config": {"depth": 1},
    }  # fmt: skip
    found = text_config(config, KNOWN)
    assert (found.model_type, found.nested, found.known, found.modalities) == ("inner", True, True, ("vision",))
    assert found.keys.own == {"vocab_size": 3, "tie_word_embeddings": True}
    # Inside a wrapper the class may say everything.
    assert (found.keys.positive("num_attention_heads"), found.classes) == (7, ("InnerForCausalLM",))
    own = text_config({**config, "vocab_size": 4, "text_config": {"vocab_size": 3}}, KNOWN)
    assert own.keys.own["vocab_size"] == 3


def test_a_config_of_its_own_says_its_dimensions_itself() -> None:
    found = text_config({"model_type": "inner"}, KNOWN)
    assert (found.nested, found.known, found.classes) == (False, True, ("InnerForCausalLM",))
    assert (found.keys.positive("num_attention_heads"), found.keys.positive("head_dim")) == (None, 11)
    assert text_config({"model_type": "inner", "architectures": ["Other"]}, KNOWN).classes == (
        "Other",
        "InnerForCausalLM",
    )


@pytest.mark.parametrize(
    "config", [{}, {"model_type": "never-seen"}, {"text_config": {}}, {"model_type": 3, "architectures": "One"}]
)
def test_a_type_that_is_not_known(config: dict[str, object]) -> None:
    found = text_config(config, KNOWN)
    assert (found.known, found.nested, found.classes, found.keys.defaults) == (False, False, (), {})


def test_a_wrapper_of_an_unknown_kind_goes_by_the_type_inside() -> None:
    found = text_config({"model_type": "new", "llm_config": {"model_type": "inner", "hidden_size": 1}}, KNOWN)
    assert (found.model_type, found.known, found.keys.positive("num_attention_heads")) == ("inner", True, 7)
    deep: dict[str, object] = {"model_type": "inner", "hidden_size": 1}
    for _ in range(4):
        deep = {"text_config": deep}
    assert text_config(deep, KNOWN).model_type == "", "three wrappers are enough"


@pytest.mark.parametrize(
    ("wrapper", "inside", "known"),
    [("wrapper", "new", True), ("new", "new", False), ("new", "inner", True), ("wrapper", "inner", True)],
)
def test_a_type_is_known_by_its_own_name_or_by_its_wrapper(wrapper: str, inside: str, known: bool) -> None:
    found = text_config({"model_type": wrapper, "text_config": {"model_type": inside}}, KNOWN)
    assert (found.model_type, found.known) == (inside, known)
    assert (found.keys.positive("num_attention_heads") == 7) is known


def reading(**config: object) -> dict[str, str]:
    """Findings of a small config, by rule."""
    small = {
        "model_type": "inner", "architectures": ["InnerForCausalLM"], "num_hidden_layers": 2, "hidden_size": 64,
        "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 100, "tie_word_embeddings": True,
        "max_position_embeddings": 512,
    }  # fmt: skip
    said = {key: value for key, value in {**small, **config}.items() if value is not None}
    return {item.rule: item.message for item in read_config(said, KNOWN).findings}


def test_a_whole_config_raises_nothing() -> None:
    assert reading() == {}


@pytest.mark.parametrize(
    ("config", "rule", "words"),
    [
        ({"vocab_size": None}, "config-incomplete", "config.json does not say: vocabulary_size"),
        ({"num_hidden_layers": 1025}, "config-incomplete", "config.json does not say: layers, attention"),
        ({"num_attention_heads": None}, "config-incomplete", "config.json does not say: heads, attention"),
        ({"num_key_value_heads": 3}, "config-contradiction", "3 KV heads do not divide 4 heads"),
        ({"num_experts": 8}, "config-incomplete", "config.json names experts, but not how many of them a token uses"),
        ({"layer_types": ["sliding_attention"] * 2}, "config-incomplete", "the width of the window of 2 layers is not said"),
        ({"layer_types": ["mamba", "full_attention"]}, "config-incomplete",
         "how much state 1 recurrent layers keep is not known for this model type"),
        ({"model_type": "new"}, "config-unknown-type",
         "the defaults of this model type are not known; only what config.json says itself was read"),
    ],
)  # fmt: skip
def test_what_is_doubtful_is_a_finding(config: dict[str, object], rule: str, words: str) -> None:
    assert reading(**config) == {rule: words}


def test_1024_layers_are_still_believed() -> None:
    assert reading(num_hidden_layers=1024) == {}
    assert read_config({"hybrid_override_pattern": "M" * 1024}, KNOWN).architecture.layers == 1024
    assert read_config({"layer_types": ["full_attention"] * 1024}, KNOWN).architecture.layers == 1024
    assert read_config({"layer_types": ["full_attention"] * 1025}, KNOWN).architecture.layers is None
    assert read_config({"layer_types": ["full_attention"] * 2, "n_layer": 3}, KNOWN).architecture.layers == 3


def test_recurrent_layers_alone_need_no_heads() -> None:
    found = reading(
        model_type="never-seen", num_attention_heads=None, num_key_value_heads=None, layer_types=["mamba"] * 2,
        state_size=16, conv_kernel=4, expand=2,
    )  # fmt: skip
    assert set(found) == {"config-unknown-type"}


def test_the_kv_heads_of_layers_that_differ_are_the_most() -> None:
    config = {"num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 8, "num_key_value_heads": [2, 4]}
    assert read_config(config, KNOWN).architecture.kv_heads == 4


def test_draft_layers_are_what_the_config_itself_says() -> None:
    assert read_config({"num_nextn_predict_layers": 1}, KNOWN).architecture.draft_layers == 1
    assert read_config({"num_mtp_modules": 3}, KNOWN).architecture.draft_layers == 3
    assert read_config({}, KNOWN).architecture.draft_layers == 0
