"""Configs in the form that their publishers use (written down, not downloaded), against the catalog's dimensions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.model import AttentionKind
from llmadvise.engine.config_architecture.count import count_parameters, unused_parameters
from llmadvise.engine.config_architecture.read import ConfigReading, read_config
from llmadvise.hub.known_configs import known_configs

KNOWN = known_configs()
PUBLISHED = {
    row["model"]: row["config"]
    for row in map(json.loads, (Path(__file__).parents[1] / "data/configs/published.jsonl").read_text().splitlines())
}
# llama.cpp keeps the whole context of these, so the catalog calls their windows none.
WINDOW_UNUSED = {"bigcode/starcoder2-3b", "microsoft/phi-3-mini-4k-instruct", "mistralai/mistral-7b-instruct-v0.1"}
SEARCHED = "nvidia/llama-3_3-nemotron-super-49b-v1_5"
"""Every block is of its own size; the catalog has no architecture of it."""
SAME = ("layers", "hidden_size", "heads", "kv_heads", "key_size", "value_size", "vocabulary_size", "tied_embeddings")


def read(model: str) -> ConfigReading:
    return read_config(PUBLISHED[model], KNOWN)


def test_there_are_many_shapes() -> None:
    kinds = {group.kind for model in PUBLISHED for group in read(model).architecture.attention or ()}
    assert len(PUBLISHED) >= 50
    assert kinds == set(AttentionKind)


@pytest.mark.parametrize("model", sorted(PUBLISHED.keys() - {SEARCHED}))
def test_dimensions_are_those_of_the_catalog(model: str, catalog: Catalog) -> None:
    found, known = read(model).architecture, catalog.models[model].architecture
    assert known is not None
    unlike = {"key_size", "value_size"} if found.heads is None else set()
    assert {name: getattr(found, name) for name in SAME if name not in unlike} == {
        name: getattr(known, name) for name in SAME if name not in unlike
    }
    assert found.experts == known.experts


@pytest.mark.parametrize("model", sorted(PUBLISHED.keys() - WINDOW_UNUSED - {SEARCHED}))
def test_layers_remember_as_the_catalog_says(model: str, catalog: Catalog) -> None:
    known = catalog.models[model].architecture
    assert known is not None

    def groups(attention: object) -> set[object]:
        return {
            (item.kind, item.layers, item.kv_heads, item.key_size, item.value_size, item.window, item.latent_size,
             item.state_bytes)
            for item in attention
        }  # type: ignore[attr-defined]  # fmt: skip # rows of either source

    assert groups(read(model).architecture.attention) == groups(known.attention)


@pytest.mark.parametrize("model", sorted(WINDOW_UNUSED))
def test_a_window_that_the_config_names_is_kept(model: str) -> None:
    [group] = read(model).architecture.attention or ()
    assert group.kind is AttentionKind.SLIDING
    assert group.window == PUBLISHED[model]["sliding_window"]


NO_FORMULA = {
    "google/flan-t5-base",
    "google/gemma-3n-e4b-it",
    "google/gemma-4-e2b",
    "meta-llama/llama-3.2-11b-vision-instruct",
    "moonshotai/kimi-linear-48b-a3b-instruct",
    "rwkv/rwkv7-goose-world3-2.9b-hf",
    SEARCHED,
}
"""Encoders beside decoders, embeddings of every layer, cross-attention, and states that nobody wrote a formula for."""


@pytest.mark.parametrize("model", PUBLISHED)
def test_parameters_follow_from_the_dimensions(model: str, catalog: Catalog) -> None:
    reading, known = read(model), catalog.models[model].parameters
    computed = count_parameters(reading.architecture, reading.text)
    assert (computed is None) is (model in NO_FORMULA)
    if computed is not None:
        assert computed == pytest.approx(known.language or known.total, rel=0.02)


# Card or paper of each: the number that its publisher gives, in billions.
ACTIVE = {
    "qwen/qwen3-30b-a3b": 3.3,
    "deepseek-ai/deepseek-v3": 37.0,
    "moonshotai/kimi-k2-instruct": 32.0,
    "mistralai/mixtral-8x7b-instruct-v0.1": 12.9,
    "openai/gpt-oss-20b": 3.6,
    "zai-org/glm-4.5-air": 12.0,
    "ai21labs/jamba-v0.1": 12.0,
}


@pytest.mark.parametrize("model", ACTIVE)
def test_a_token_uses_as_many_parameters_as_the_publisher_says(model: str) -> None:
    reading = read(model)
    computed = count_parameters(reading.architecture, reading.text)
    unused = unused_parameters(reading.architecture, reading.text)
    assert computed is not None
    assert unused is not None
    # gpt-oss counts without its embedding, the others round.
    tolerance = 0.25 if model.startswith("openai") else 0.12
    assert (computed - unused) / 1e9 == pytest.approx(ACTIVE[model], rel=tolerance)


def test_a_searched_architecture_has_blocks_without_attention() -> None:
    architecture = read(SEARCHED).architecture
    sizes = {group.kind: len(group.layers) for group in architecture.attention or ()}
    assert sizes == {AttentionKind.FULL: 70, AttentionKind.NONE: 10}
    assert (architecture.kv_heads, architecture.feed_forward_size) == (8, 28672)


def test_the_wrapper_of_a_vision_model_leaves_most_to_its_class() -> None:
    reading = read("google/gemma-3-4b-it")
    assert reading.text.nested
    assert reading.text.modalities == ("vision",)
    assert "num_attention_heads" not in PUBLISHED["google/gemma-3-4b-it"]["text_config"]
    assert (reading.architecture.heads, reading.architecture.kv_heads, reading.architecture.key_size) == (8, 4, 256)
    assert (reading.context.native, reading.context.extended) == (131072, None)


def test_yarn_reaches_further_than_the_training() -> None:
    config = PUBLISHED["qwen/qwen3-8b"] | {
        "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
    }
    assert read_config(config, KNOWN).context.extended == 131072


def test_what_is_not_said_is_unknown_and_a_finding() -> None:
    reading = read_config(
        {"model_type": "never-seen", "hidden_size": 64, "sliding_window": 16, "num_hidden_layers": 4}, KNOWN
    )
    assert reading.architecture.vocabulary_size is None
    assert reading.architecture.heads is None
    assert reading.architecture.attention is None
    assert {finding.rule for finding in reading.findings} == {"config-incomplete", "config-unknown-type"}


def test_a_window_as_wide_as_the_context_is_none() -> None:
    config = PUBLISHED["microsoft/phi-3-mini-4k-instruct"] | {"sliding_window": 262144}
    [group] = read_config(config, KNOWN).architecture.attention or ()
    assert group.kind is AttentionKind.FULL


def test_a_wrapper_may_name_nothing_but_the_type_inside() -> None:
    # llava-hf/llava-1.5-7b-hf leaves all of Llama's dimensions to the class.
    config = {
        "architectures": ["LlavaForConditionalGeneration"],
        "model_type": "llava",
        "text_config": {"model_type": "llama", "max_position_embeddings": 4096, "vocab_size": 32064},
        "vision_config": {"model_type": "clip_vision_model"},
    }
    shape = read_config(config, KNOWN).architecture
    assert (shape.layers, shape.hidden_size, shape.heads, shape.kv_heads) == (32, 4096, 32, 32)
    assert (shape.vocabulary_size, shape.tied_embeddings) == (32064, False)


def test_a_wrapper_within_a_wrapper_keeps_its_encoders() -> None:
    # Qwen/Qwen2.5-Omni-7B: the thinker has the encoders and the language model, beside a talker.
    inner = {"model_type": "qwen2_5_omni_text", "hidden_size": 3584, "num_hidden_layers": 28, "num_attention_heads": 28}
    thinker = {
        "model_type": "qwen2_5_omni_thinker",
        "text_config": inner,
        "audio_config": {"model_type": "qwen2_5_omni_audio_encoder", "d_model": 1280},
        "vision_config": {"model_type": "qwen2_5_omni_vision_encoder", "depth": 32},
    }
    reading = read_config({"model_type": "qwen2_5_omni", "thinker_config": thinker, "talker_config": {}}, KNOWN)
    assert reading.architecture.hidden_size == 3584
    assert reading.text.modalities == ("vision", "audio")


def test_attention_without_heads_is_unknown() -> None:
    # state-spaces/mamba-2.8b, as published before transformers knew it.
    config = {"d_model": 2560, "n_layer": 64, "vocab_size": 50277, "ssm_cfg": {}, "rms_norm": True}
    shape = read_config(config, KNOWN).architecture
    assert (shape.layers, shape.hidden_size, shape.attention) == (64, 2560, None)


def test_words_that_are_not_known_make_the_list_unknown() -> None:
    config = PUBLISHED["openai/gpt-oss-20b"] | {"layer_types": ["quantum_attention"] * 24}
    assert read_config(config, KNOWN).architecture.attention is None


@pytest.mark.parametrize(
    "value", [None, True, "many", -1, 1.5, [], {}, 10**30, float("inf"), [[1]], {"num_attention_heads": 1}]
)
@pytest.mark.parametrize("model", ["deepseek-ai/deepseek-v3", "google/gemma-3-4b-it", "ai21labs/jamba-v0.1"])
def test_nonsense_in_a_config_reads_as_absent(model: str, value: object) -> None:
    config = PUBLISHED[model]
    for key in config:
        read_config({**config, key: value}, KNOWN)
    for key in config.get("text_config", ()):
        read_config({**config, "text_config": {**config["text_config"], key: value}}, KNOWN)
