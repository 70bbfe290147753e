"""Every lineage that people meet has its place, and what no usual runtime loads says what to use instead."""

from __future__ import annotations

import pytest

from llmadvise.catalog.load import load_catalog
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.model import Role

LINEAGES = {
    "LLaMA": "huggyllama/llama-7b",
    "Llama 2": "meta-llama/llama-2-7b-chat-hf",
    "Llama 3": "meta-llama/meta-llama-3-8b-instruct",
    "Llama 3.1": "meta-llama/llama-3.1-8b-instruct",
    "Llama 3.2": "meta-llama/llama-3.2-1b-instruct",
    "Llama 3.3": "meta-llama/llama-3.3-70b-instruct",
    "Llama 4": "meta-llama/llama-4-scout-17b-16e-instruct",
    "OpenLLaMA": "family:open-llama",
    "Alpaca": "family:alpaca",
    "Vicuna": "family:vicuna",
    "Koala": "family:koala",
    "Orca mini": "family:orca-mini",
    "WizardLM": "family:wizardlm",
    "Wizard-Vicuna": "family:wizard-vicuna",
    "GPT4-x-Alpaca": "family:gpt4-x-alpaca",
    "Falcon": "family:falcon",
    "OPT": "family:opt",
    "StarCoder": "bigcode/starcoder",
    "StarCoderBase": "bigcode/starcoderbase",
    "Flan-T5": "family:flan-t5",
    "FastChat-T5": "family:fastchat-t5",
    "GPT-2": "family:gpt-2",
    "ChatGLM": "family:chatglm",
    "GLM 4": "family:glm-4",
    "GLM 4.5": "family:glm-4.5",
    "Mistral": "family:mistral-7b",
    "Mixtral": "family:mixtral",
    "Mistral Nemo": "family:mistral-nemo",
    "Mistral Small": "family:mistral-small",
    "Magistral": "family:magistral",
    "Devstral": "family:devstral",
    "Zephyr": "family:zephyr",
    "OpenHermes 2.5": "teknium/openhermes-2.5-mistral-7b",
    "Qwen 1.5": "family:qwen1.5",
    "Qwen 2.5": "family:qwen2.5",
    "Qwen 3": "family:qwen3",
    "Qwen 3.5": "family:qwen3.5",
    "Gemma": "family:gemma",
    "Gemma 2": "family:gemma-2",
    "Gemma 3": "family:gemma-3",
    "Gemma 4": "family:gemma-4",
    "Phi": "family:phi",
    "Phi 3": "family:phi-3",
    "Phi 4": "family:phi-4",
    "DeepSeek V3": "family:deepseek-v3",
    "DeepSeek R1": "family:deepseek-r1",
    "DeepSeek R1 distilled": "family:deepseek-r1-distill",
    "gpt-oss": "family:gpt-oss",
    "Granite": "family:granite-4",
    "SmolLM": "family:smollm2",
    "OLMo": "family:olmo-2",
    "Nemotron": "family:nemotron-nano-2",
    "LFM2": "family:lfm2",
    "EXAONE": "family:exaone-4",
    "Hunyuan": "family:hunyuan",
    "ERNIE": "family:ernie-4.5",
    "Seed-OSS": "family:seed-oss",
    "Kimi": "family:kimi-k2",
    "MiniMax": "family:minimax-m2",
    "Command": "family:command-r",
    "Aya": "family:aya",
    "Yi": "family:yi",
    "InternLM": "family:internlm2",
    "Baichuan": "family:baichuan2",
    "TinyLlama": "family:tinyllama",
    "StableLM": "family:stablelm",
    "MPT": "family:mpt",
    "RWKV": "family:rwkv",
    "Mamba": "family:mamba",
    "Jamba": "family:jamba",
    "BitNet": "family:bitnet",
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.mark.parametrize("name", LINEAGES)
def test_the_lineage_is_there(name: str, catalog: Catalog) -> None:
    place = LINEAGES[name]
    if place.startswith("family:"):
        assert any(model.family == place.removeprefix("family:") for model in catalog.models.values())
    else:
        assert place in catalog.models


def test_it_is_as_broad_as_promised(catalog: Catalog) -> None:
    assert len(catalog.models) >= 380
    assert sum(len(model.variants) for model in catalog.models.values()) >= 5000
    assert sum(model.role is Role.EMBEDDING for model in catalog.models.values()) >= 5


def test_files_trained_for_their_quantization_are_marked(catalog: Catalog) -> None:
    trained = {scheme.id for scheme in catalog.quantizations.values() if scheme.trained}
    found = {variant.quantization for model in catalog.models.values() for variant in model.variants}
    assert "Q4_0-QAT" in trained & found


@pytest.mark.parametrize("model", ["facebook/opt-6.7b", "thudm/chatglm-6b", "meta-llama/llama-3.2-11b-vision-instruct"])
def test_what_llama_cpp_does_not_load_says_what_to_use_instead(model: str, catalog: Catalog) -> None:
    entry = catalog.models[model]
    assert entry.architecture is not None
    assert entry.architecture.id is None
    assert entry.instead
    loadable = [catalog.models[other].architecture for other in entry.instead]
    assert all(shape is not None and shape.id in catalog.runtimes["llama.cpp"].architectures for shape in loadable)


def test_every_template_has_an_example_with_the_users_words(catalog: Catalog) -> None:
    assert all("{prompt}" in template.example for template in catalog.templates.values())
