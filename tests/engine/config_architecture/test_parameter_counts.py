"""Parameters from dimensions, against the numbers that publishers count in their files, to the last weight.

The formula counts matrices and two norms a layer. What a class has beside them is written out here from its source in
transformers (5.23, `modeling_*.py`): with it, the count is exact.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.draft import DraftArchitecture
from llmadvise.engine.config_architecture.count import count_parameters, expert_layers, unused_parameters
from llmadvise.engine.config_architecture.keys import ConfigKeys
from llmadvise.engine.config_architecture.read import ConfigReading, read_config
from llmadvise.engine.config_architecture.text_config import TextConfig
from llmadvise.hub.known_configs import known_configs

KNOWN = known_configs()
PUBLISHED = {
    row["model"]: row["config"]
    for row in map(json.loads, (Path(__file__).parents[2] / "data/configs/published.jsonl").read_text().splitlines())
}


def read(model: str) -> ConfigReading:
    return read_config(PUBLISHED[model], KNOWN)


# What the files hold beside matrices and two norms a layer.
BESIDE = {
    "huggyllama/llama-7b": 0,
    "meta-llama/llama-2-70b-chat-hf": 0,
    "meta-llama/llama-3.1-8b-instruct": 0,
    "meta-llama/llama-3.2-1b-instruct": 0,
    "meta-llama/llama-4-scout-17b-16e-instruct": 0,
    "microsoft/phi-3-mini-4k-instruct": 0,
    "mistralai/mistral-nemo-instruct-2407": 0,
    "mistralai/mixtral-8x7b-instruct-v0.1": 0,
    "mosaicml/mpt-7b-instruct": 0,
    # Norms of queries and keys: of one head, or of all.
    "qwen/qwen3-8b": 36 * 2 * 128,
    "qwen/qwen3-30b-a3b": 48 * 2 * 128,
    "tencent/hunyuan-a13b-instruct": 32 * 2 * 128,
    "lgai-exaone/exaone-4.0-32b": 64 * 2 * 128,
    "liquidai/lfm2-1.2b": 6 * 2 * 64,
    "allenai/olmo-3-7b-instruct": 32 * 2 * 4096,
    # Four norms a layer; Gemma 3 has those of queries and keys too.
    "google/gemma-2-9b-it": 42 * 2 * 3584,
    "google/gemma-3-1b-it": 26 * (2 * 1152 + 2 * 256),
    # Biases of queries, keys and values; Qwen 1.5 MoE has the gate of its shared expert too.
    "qwen/qwen2.5-0.5b-instruct": 24 * (896 + 2 * 128),
    "qwen/qwen2.5-72b-instruct": 80 * (8192 + 2 * 1024),
    "zai-org/chatglm2-6b": 28 * (4096 + 2 * 256),
    "qwen/qwen1.5-moe-a2.7b-chat": 24 * (3 * 2048 + 2048),
    # Norms of the compressed vectors, and one bias an expert where the router balances by it.
    "deepseek-ai/deepseek-coder-v2-lite-base": 27 * 512,
    "deepseek-ai/deepseek-v3": 61 * (1536 + 512) + 58 * 256,
    "moonshotai/kimi-k2-instruct": 61 * (1536 + 512) + 60 * 384,
    "baidu/ernie-4.5-21b-a3b-pt": 27 * 64,
    "zai-org/glm-4.5-air": 46 * (96 * 128 + 2 * 8 * 128) + 45 * 128,
    "minimaxai/minimax-m2": 62 * (48 * 128 + 8 * 128) + 62 * 256,
    # Biases everywhere, sinks of the heads among them.
    "openai/gpt-oss-20b": 24 * (4096 + 2 * 512 + 2880 + 64 + 32 + 32 * 3 * 2880),
    # Biases of layer norms: one norm a layer in Falcon 7B (and its weight counted twice here), two in 40B.
    "tiiuae/falcon-7b-instruct": 4544,
    "tiiuae/falcon-40b-instruct": 60 * 2 * 8192 + 8192,
    # Learned positions, and biases everywhere.
    "openai-community/gpt2": 1024 * 768 + 12 * (3 * 768 + 768 + 3072 + 768 + 2 * 768) + 768,
    "facebook/opt-1.3b": 2050 * 2048 + 24 * (4 * 2048 + 8192 + 2048 + 2 * 2048) + 2048,
    # An encoder: positions, one type of token, biases of norms, layers and their networks, and a pooler.
    "baai/bge-m3": 8194 * 1024 + 1024 + 25 * 1024 + 24 * (1024 + 4 * 1024 + 4096 + 1024) + 1024 * 1024 + 1024,
    # Convolution and its bias, bias of the step, skip; and one norm a layer where two are counted.
    "state-spaces/mamba-2.8b-hf": 64 * ((4 + 1 + 1 + 1) * 5120 - 2560),
    # The same in 28 of Jamba's layers, with norms of step and states.
    "ai21labs/jamba-v0.1": 28 * ((4 + 1 + 1 + 1) * 8192 + 256 + 2 * 16),
    # Mamba 2 convolves the states of its groups too; decay, skip and bias of the step are one a head.
    "tiiuae/falcon-h1-0.5b-instruct": 36 * (5 * (1536 + 2 * 128) + 3 * 24),
    "ibm-granite/granite-4.0-h-1b": 36 * (5 * (3072 + 2 * 128) + 3 * 48 + 3072),
    "nvidia/nvidia-nemotron-nano-9b-v2": 27 * (5 * (10240 + 2 * 8 * 128) + 3 * 128 + 10240) - 56 * 4480,
    # Gated delta net: convolution, decay and step, norm; norms of queries and keys in twelve layers; the shared gate.
    "qwen/qwen3-next-80b-a3b-instruct": 36 * (4 * 8192 + 2 * 32 + 128) + 12 * 2 * 256 + 48 * 2048,
}


@pytest.mark.parametrize("model", BESIDE)
def test_the_count_is_exact_but_for_what_it_leaves_out(model: str, catalog: Catalog) -> None:
    reading, known = read(model), catalog.models[model].parameters
    computed = count_parameters(reading.architecture, reading.text)
    assert computed is not None
    assert computed + BESIDE[model] == (known.language or known.total)


# Layers with experts × experts that a token skips × matrices × hidden size × width of an expert.
SKIPPED = {
    "mistralai/mixtral-8x7b-instruct-v0.1": 32 * (8 - 2) * 3 * 4096 * 14336,
    "deepseek-ai/deepseek-v3": 58 * (256 - 8) * 3 * 7168 * 2048,
    "moonshotai/kimi-k2-instruct": 60 * (384 - 8) * 3 * 7168 * 2048,
    "qwen/qwen3-30b-a3b": 48 * (128 - 8) * 3 * 2048 * 768,
    "zai-org/glm-4.5-air": 45 * (128 - 8) * 3 * 4096 * 1408,
    "baidu/ernie-4.5-21b-a3b-pt": 27 * (64 - 6) * 3 * 2560 * 1536,
    "openai/gpt-oss-20b": 24 * (32 - 4) * 3 * 2880 * 2880,
    "meta-llama/llama-4-scout-17b-16e-instruct": 48 * (16 - 1) * 3 * 5120 * 8192,
    # One layer in two.
    "ai21labs/jamba-v0.1": 16 * (16 - 2) * 3 * 4096 * 14336,
    "meta-llama/llama-3.1-8b-instruct": 0,
}


@pytest.mark.parametrize("model", SKIPPED)
def test_a_token_skips_these_experts(model: str) -> None:
    reading = read(model)
    assert unused_parameters(reading.architecture, reading.text) == SKIPPED[model]


@pytest.mark.parametrize(
    ("said", "mixtures"),
    [
        ({}, 12),
        # Qwen 2 MoE: every step-th layer, but not those of the list (modeling_qwen2_moe.py).
        ({"decoder_sparse_step": 2}, 6),
        ({"decoder_sparse_step": 3}, 4),
        ({"mlp_only_layers": [0, 5]}, 10),
        ({"decoder_sparse_step": 2, "mlp_only_layers": [1, 2]}, 5),
        # Jamba: the layers whose index leaves the offset (configuration_jamba.py).
        ({"expert_layer_period": 2, "expert_layer_offset": 1}, 6),
        ({"expert_layer_period": 5, "expert_layer_offset": 2}, 2),
        ({"expert_layer_period": 5}, 3),
        # DeepSeek: the leading ones are dense.
        ({"first_k_dense_replace": 1}, 11),
        ({"first_k_dense_replace": 20}, 0),
        # Lists: GLM and MiMo by word or number for each layer, Llama 4 and Step by index.
        ({"mlp_layer_types": ["dense"] * 3 + ["sparse"] * 9}, 9),
        ({"moe_layer_freq": [0, *[1] * 11]}, 11),
        ({"moe_layers": [1, 3, 5]}, 3),
        ({"moe_layers_enum": "4,5,6,7,8"}, 5),
        ({"hybrid_override_pattern": "ME*EM-ME*EM-"}, 4),
        ({"layers_block_type": ["mamba", "moe", "attention", "moe"] * 3}, 6),
    ],
)
def test_layers_that_are_mixtures(said: dict[str, object], mixtures: int) -> None:
    config = {
        "model_type": "qwen3_moe", "num_hidden_layers": 12, "hidden_size": 64, "num_attention_heads": 4,
        "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32, **said,
    }  # fmt: skip
    reading = read_config(config, KNOWN)
    experts = reading.architecture.experts
    assert experts is not None
    assert expert_layers(ConfigKeys(own=config, defaults={}), 12, experts) == mixtures


@pytest.mark.parametrize(
    "missing", ["hidden_size", "vocab_size", "num_hidden_layers", "intermediate_size", "num_attention_heads"]
)
def test_without_a_dimension_nothing_is_counted(missing: str) -> None:
    config = {key: value for key, value in PUBLISHED["qwen/qwen2.5-0.5b-instruct"].items() if key != missing}
    reading = read_config(config, KNOWN)
    assert count_parameters(reading.architecture, reading.text) is None


def test_the_width_of_a_skipped_expert_must_be_known() -> None:
    config = {
        "model_type": "never-seen", "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4,
        "num_experts": 8, "num_experts_per_tok": 2, "vocab_size": 100,
    }  # fmt: skip
    reading = read_config(config, KNOWN)
    assert reading.architecture.experts is not None
    assert unused_parameters(reading.architecture, reading.text) is None
    assert count_parameters(reading.architecture, reading.text) is None


@pytest.mark.parametrize("missing", ["qk_nope_head_dim", "kv_lora_rank", "num_attention_heads"])
def test_compressed_keys_are_counted_whole_or_not_at_all(missing: str) -> None:
    config = PUBLISHED["deepseek-ai/deepseek-v3"]
    without = {key: value for key, value in config.items() if key != missing}
    assert count_parameters(*_parts(config)) is not None
    found = count_parameters(*_parts(without))
    # Without a rank they are not compressed, and heads of another size are counted.
    assert (found is None) is (missing != "kv_lora_rank")


def _parts(config: dict[str, object]) -> tuple[DraftArchitecture, TextConfig]:
    # Of a type that nobody knows, so that no class fills in what is missing.
    reading = read_config({**config, "model_type": "never-seen"}, KNOWN)
    return replace(reading.architecture, tied_embeddings=False), reading.text


@pytest.mark.parametrize(
    ("state", "missing"),
    [
        ({"linear_num_key_heads": 2, "linear_key_head_dim": 8, "linear_num_value_heads": 4, "linear_value_head_dim": 8,
          "linear_conv_kernel_dim": 4}, None),
        ({"state_size": 16, "conv_kernel": 4, "expand": 2}, None),
        ({"conv_kernel": 4, "expand": 2}, "state"),
    ],
)  # fmt: skip
def test_states_are_counted_where_they_are_known(state: dict[str, object], missing: str | None) -> None:
    config = {
        "num_hidden_layers": 2, "hidden_size": 64, "vocab_size": 100, "intermediate_size": 128,
        "layer_types": ["linear_attention", "full_attention"], "num_attention_heads": 4, **state,
    }  # fmt: skip
    found = count_parameters(*_parts(config))
    assert (found is None) is (missing is not None)
    if "linear_num_key_heads" in state:
        # Queries and keys of 16, values, gate and output of 32, decay and step of 4 heads; attention with a gate.
        mixing = 64 * (2 * 16 + 3 * 32 + 2 * 4) + 64 * (4 * (2 * 16 + 16) + 4 * 32)
        assert found == 2 * 100 * 64 + mixing + 2 * 3 * 64 * 128 + 64 * 5
    elif missing is None:
        # In, out and gate of 128, step of rank 4 down and up, three states of 16; plain attention.
        mixing = 3 * 64 * 128 + 128 * (2 * 4 + 3 * 16) + 64 * (4 * 32 + 4 * 32)
        assert found == 2 * 100 * 64 + mixing + 2 * 3 * 64 * 128 + 64 * 5


@pytest.mark.parametrize(
    ("pattern", "feeding"),
    [
        # Ungated networks of two matrices: dense ones in layers of their own, mixtures of eight and a shared one.
        ("M-M-", 2 * 2 * 64 * 128),
        ("MEME", 2 * 2 * 64 * (8 * 32 + 48)),
        ("M-ME", 2 * 64 * 128 + 2 * 64 * (8 * 32 + 48)),
    ],
)
def test_feed_forward_networks_in_layers_of_their_own(pattern: str, feeding: int) -> None:
    """Nemotron-H (modeling_nemotron_h.py: NemotronHMLP, NemotronHMoE)."""
    config = {
        "model_type": "nemotron_h", "hybrid_override_pattern": pattern, "hidden_size": 64, "intermediate_size": 128,
        "vocab_size": 100, "tie_word_embeddings": False, "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 16,
        "ssm_state_size": 16, "conv_kernel": 4, "mamba_num_heads": 8, "mamba_head_dim": 16, "n_groups": 2,
        "n_routed_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
        "moe_shared_expert_intermediate_size": 48, "n_shared_experts": 1,
    }  # fmt: skip
    reading = read_config(config, KNOWN)
    mixers = pattern.count("M") * 64 * (3 * 128 + 2 * 2 * 16 + 8)
    found = count_parameters(replace(reading.architecture, id="nemotron_h"), reading.text)
    assert found == 2 * 100 * 64 + mixers + feeding + 64 * (2 * 4 + 1)
