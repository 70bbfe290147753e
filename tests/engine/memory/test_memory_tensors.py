"""Tensors made up from dimensions, against the headers of real files, and where the bytes contradict them."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import pytest

from llmadvise.domain.model import Variant
from llmadvise.engine.memory.layout import Tensor
from llmadvise.engine.memory.shape import shape_from_catalog
from llmadvise.engine.memory.tensors.made_up import layout_with_tensors
from llmadvise.engine.memory.tensors.mix import Mix, Network, size
from memory_catalog import catalog, entry, scheme
from memory_rows import files

EXACT = (
    ("bloom-7b1", "Q4_K_M"), ("command-r-35b", "Q4_K_M"), ("deepseek-v2-lite", "Q4_K_M"), ("falcon-7b", "Q4_K_M"),
    ("gemma-3-4b", "Q4_K_M"), ("gemma-3n-e4b", "Q4_K_M"), ("gpt-oss-20b", "MXFP4_MOE"), ("gpt2-124m", "Q8_0"),
    ("granite-4.0-h-tiny", "Q4_K_M"), ("lfm2-1.2b", "Q4_K_M"), ("mamba-2.8b", "Q8_0"), ("mixtral-8x7b", "Q4_K_M"),
    ("mistral-7b-v0.3", "Q5_K_M"), ("olmo-3-7b", "Q4_K_M"), ("phi-4-14b", "Q4_K_M"), ("qwen2.5-72b", "Q4_K_M"),
    ("qwen2.5-7b", "Q6_K"), ("qwen3-next-80b-a3b", "Q4_K_M"), ("qwen3.5-35b-a3b", "Q4_K_M"), ("tinyllama-1.1b", "F16"),
)  # fmt: skip
ROTARY = (("llama-3.1-8b", "Q2_K"), ("llama-3.1-70b", "IQ4_XS"), ("llama-4-scout", "Q4_K_M"), ("gemma-4-e4b", "Q4_K_M"))
"""Files with rotary factors, a few hundred bytes that dimensions do not show."""

PUBLISHED = (
    "arcee-ai/trinity-mini",
    "arcee-ai/afm-4.5b",
    "baichuan-inc/baichuan2-13b-base",
    "inclusionai/ling-mini-2.0",
    "zai-org/chatglm2-6b",
    "coherelabs/c4ai-command-r7b-12-2024",
    "coherelabs/aya-expanse-8b",
    "deepseek-ai/deepseek-coder-v2-lite-base",
    "baidu/ernie-4.5-0.3b-base-pt",
    "baidu/ernie-4.5-21b-a3b-base-pt",
    "lgai-exaone/exaone-3.5-2.4b-instruct",
    "lgai-exaone/exaone-4.0-1.2b",
    "tiiuae/falcon-7b",
    "google/gemma-2b",
    "google/gemma-2-27b",
    "essentialai/rnj-1",
    "zai-org/glm-4-9b-0414",
    "zai-org/glm-4.5-air",
    "openai/gpt-oss-20b",
    "openai-community/gpt2",
    "eleutherai/pythia-6.9b",
    "ibm-granite/granite-3.0-2b-base",
    "ibm-granite/granite-4.0-h-1b",
    "tencent/hunyuan-0.5b-instruct",
    "tencent/hunyuan-a13b-instruct",
    "internlm/internlm2-7b",
    "liquidai/lfm2-1.2b",
    "liquidai/lfm2.5-8b-a1b",
    "01-ai/yi-1.5-34b",
    "meta-llama/llama-4-maverick-17b-128e",
    "state-spaces/mamba-2.8b-hf",
    "openbmb/minicpm4.1-8b",
    "minimaxai/minimax-m2",
    "mistralai/ministral-3-14b-base-2512",
    "mosaicml/mpt-30b",
    "allenai/olmo-2-0325-32b",
    "allenai/olmoe-1b-7b-0125",
    "microsoft/phi-2",
    "microsoft/phi-3-medium-128k-instruct",
    "deepseek-ai/deepseek-r1-distill-qwen-1.5b",
    "qwen/qwen1.5-moe-a2.7b",
    "qwen/qwen2.5-vl-3b-instruct",
    "deepseek-ai/deepseek-r1-0528-qwen3-8b",
    "ornith-ai/ornith-1.0-9b",
    "kwaipilot/kat-coder-v2.5-dev",
    "qwen/qwen3-235b-a22b",
    "qwen/qwen3-coder-next",
    "qwen/qwen3-vl-2b-instruct",
    "qwen/qwen3-vl-30b-a3b-instruct",
    "bytedance-seed/seed-oss-36b-base",
    "huggingfacetb/smollm3-3b",
    "bigcode/starcoder",
    "bigcode/starcoder2-3b",
)
"""A model of each family whose parameters its repository counts exactly (the safetensors index)."""


def _made_up(name: str, quantization: str) -> dict[str, Tensor]:
    model, variant = entry(name, quantization)
    assert model.architecture is not None
    shape = shape_from_catalog(model.architecture)
    assert shape is not None
    layout = layout_with_tensors(model, variant, scheme(quantization), shape)
    assert layout is not None
    return _tensors(layout.table)


def _tensors(table: object) -> dict[str, Tensor]:
    from llmadvise.engine.memory.layout import TensorTable  # noqa: PLC0415 (narrows the type)

    assert isinstance(table, TensorTable)
    found = {name: tensor for name, tensor in table.outside.items() if name != "rope_freqs.weight"}
    for number, block in enumerate(table.blocks):
        found.update({f"{number}.{name}": tensor for name, tensor in block.items()})
    return found


@pytest.mark.parametrize(("name", "quantization"), [*EXACT, *ROTARY])
def test_every_tensor_is_made_up_with_its_extents_and_type(name: str, quantization: str) -> None:
    real = _tensors(files(name, quantization)[1].table)
    made = _made_up(name, quantization)
    assert {key: (item.shape, item.type, item.bytes) for key, item in made.items()} == {
        key: (item.shape, item.type, item.bytes) for key, item in real.items()
    }


def test_a_scheme_without_known_rules_shares_the_bytes_of_the_file_out() -> None:
    model, variant = entry("llama-2-7b", "Q4_K_M")
    assert model.architecture is not None
    assert variant.bytes is not None
    shape = shape_from_catalog(model.architecture)
    assert shape is not None
    other = replace(variant, bytes=int(variant.bytes * 1.1))
    layout = layout_with_tensors(model, other, scheme("UD-Q4_K_XL"), shape)
    assert layout is not None
    assert layout.loaded_bytes == pytest.approx(other.bytes, rel=1e-6)
    assert layout.table is not None


def test_dimensions_that_contradict_parameters_and_bytes_make_nothing_up() -> None:
    model, variant = entry("llama-2-7b", "Q4_K_M")
    assert model.architecture is not None
    assert variant.bytes is not None
    shape = shape_from_catalog(model.architecture)
    assert shape is not None
    count = int(model.parameters.total * 1.5)
    wrong = replace(model, parameters=replace(model.parameters, total=count, language=count))
    other = replace(variant, bytes=int(variant.bytes * 1.5))
    assert layout_with_tensors(wrong, other, scheme("Q4_K_M"), shape) is None


def test_nothing_is_made_up_for_formats_that_llama_cpp_does_not_load() -> None:
    model, variant = entry("llama-2-7b", "Q4_K_M")
    assert model.architecture is not None
    shape = shape_from_catalog(model.architecture)
    assert shape is not None
    assert layout_with_tensors(model, replace(variant, format="awq"), scheme("Q4_K_M"), shape) is None


@pytest.mark.parametrize("name", PUBLISHED)
def test_elements_add_up_to_the_parameters_that_are_published(name: str) -> None:
    """Every norm and bias has its place: to the last of them, for a file of 16 bits a weight."""
    model = catalog().models[name]
    assert model.architecture is not None
    shape = shape_from_catalog(model.architecture)
    assert shape is not None
    parameters = model.parameters.language or model.parameters.total
    variant = Variant(id="v", format="gguf", quantization="F16", repo=model.repo, bytes=2 * parameters)
    layout = layout_with_tensors(model, variant, scheme("F16"), shape)
    assert layout is not None
    assert layout.table is not None
    tensors = [tensor for block in (*layout.table.blocks, layout.table.outside) for tensor in block.values()]
    assert sum(prod(tensor.shape) for tensor in tensors) == parameters


def bytes_of(scheme_id: str, *, calibrated: bool) -> int:
    """Bytes of the tensors of Llama 2 7B in a scheme, with or without an importance matrix."""
    table = files("llama-2-7b", "Q4_K_M")[1].table
    assert table is not None
    mix = Mix(
        scheme_id,
        Network(
            architecture="llama", layers=32, queries_per_key=1, experts=1, tied=False, values=32, calibrated=calibrated
        ),
    )
    named = [(-1, name, tensor.shape) for name, tensor in table.outside.items()]
    named += [(layer, name, tensor.shape) for layer, block in enumerate(table.blocks) for name, tensor in block.items()]
    return sum(size(mix.type_of(name, extents, layer), prod(extents)) for layer, name, extents in named)


@pytest.mark.parametrize(
    ("declared", "quantized", "known"),
    [(None, True, True), (None, False, True), (True, True, True), (False, False, True), (False, True, False),
     (True, False, False)],
)  # fmt: skip
def test_the_bytes_tell_whether_there_was_an_importance_matrix(
    declared: bool | None, quantized: bool, known: bool
) -> None:
    """In IQ3_XXS it decides on the matrices of values and those out of networks; what contradicts it has no types."""
    model, variant = entry("llama-2-7b", "Q4_K_M")
    assert model.architecture is not None
    shape = shape_from_catalog(model.architecture)
    assert shape is not None
    total = bytes_of("IQ3_XXS", calibrated=quantized)
    given = replace(variant, quantization="IQ3_XXS", bytes=total, calibrated=declared)
    layout = layout_with_tensors(model, given, scheme("IQ3_XXS"), shape)
    assert layout is not None
    assert layout.table is not None
    kind = layout.table.blocks[0]["attn_v.weight"].type
    assert kind == ({True: "IQ3_XXS", False: "IQ3_S"}[quantized] if known else "Q8_0")


@pytest.mark.parametrize(
    ("over", "known"),
    [(0.0, True), (-0.0029, True), (-0.0031, False), (0.0029, True), (0.0031, False)],
)
def test_bytes_may_differ_by_a_header_and_a_tokenizer(over: float, known: bool) -> None:
    """0.3 % either way, and 64 bytes for each of the 32,000 words above."""
    model, variant = entry("llama-2-7b", "Q4_K_M")
    assert model.architecture is not None
    assert variant.bytes is not None
    shape = shape_from_catalog(model.architecture)
    assert shape is not None
    extra = 32_000 * 64 if over > 0 else 0
    layout = layout_with_tensors(
        model, replace(variant, bytes=int(variant.bytes / (1 - over)) + extra), scheme("Q4_K_M"), shape
    )
    assert layout is not None
    assert layout.table is not None
    assert (layout.table.blocks[10]["attn_q.weight"].type == "Q4_K") is known


def test_types_unknown_matrices_share_what_the_rest_leaves() -> None:
    """Norms in 32 bits, embedding and output by the scheme, and all other matrices in proportion."""
    model, variant = entry("llama-2-7b", "Q4_K_M")
    assert model.architecture is not None
    shape = shape_from_catalog(model.architecture)
    assert shape is not None
    own = replace(scheme("Q4_K_M"), id="OWN", bits_per_weight=5.0, embedding_bits=4.0, output_bits=6.0)
    layout = layout_with_tensors(model, replace(variant, bytes=5_000_000_000), own, shape)
    assert layout is not None
    assert layout.table is not None
    words, block = 32_000 * 4096, layout.table.blocks[3]
    assert (layout.token_embedding_bytes, layout.output_bytes) == (words // 2, words * 6 // 8)
    assert (block["attn_norm.weight"].bytes, block["attn_norm.weight"].type) == (4 * 4096, "F32")
    matrices = 32 * (4 * 4096 * 4096 + 3 * 4096 * 11008)
    rest = 5_000_000_000 - words // 2 - words * 6 // 8 - 65 * 4 * 4096
    assert block["attn_q.weight"].bytes == rest * 4096 * 4096 // matrices
    assert block["ffn_up.weight"].bytes == rest * 4096 * 11008 // matrices
    assert (block["ffn_up.weight"].type, layout.table.outside["output.weight"].type) == ("Q8_0", "Q8_0")


def test_gemma_4_has_a_mixture_beside_its_network() -> None:
    """Gate and up of all experts are one stack (src/models/gemma4.cpp: ffn_gate_up_exps)."""
    model = catalog().models["google/gemma-4-26b-a4b"]
    assert model.architecture is not None
    experts = model.architecture.experts
    shape = shape_from_catalog(model.architecture)
    assert shape is not None
    assert experts is not None
    assert experts.feed_forward_size is not None
    parameters = model.parameters.language or model.parameters.total
    variant = Variant(id="v", format="gguf", quantization="F16", repo=model.repo, bytes=2 * parameters)
    layout = layout_with_tensors(model, variant, scheme("F16"), shape)
    assert layout is not None
    assert layout.table is not None
    hidden, width = model.architecture.hidden_size, experts.feed_forward_size
    for block in layout.table.blocks:
        assert block["ffn_gate_up_exps.weight"].shape == (hidden, 2 * width, experts.total)
        assert block["ffn_down_exps.weight"].shape == (width, hidden, experts.total)
        assert block["ffn_gate_inp.weight"].shape == (hidden, experts.total)
        assert block["ffn_up.weight"].shape == (hidden, model.architecture.feed_forward_size)
