"""Tensors made up from dimensions, against the headers of real files, and where the bytes contradict them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmadvise.engine.memory.layout import Tensor
from llmadvise.engine.memory.shape import shape_from_catalog
from llmadvise.engine.memory.tensors.made_up import layout_with_tensors
from memory_catalog import entry, scheme
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
