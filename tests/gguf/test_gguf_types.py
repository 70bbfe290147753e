"""The table of tensor types against the reference package."""

from __future__ import annotations

from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

from llmadvise.gguf.types import REMOVED_TYPES, TENSOR_TYPES

CORRECTED = {"Q8_1": 36}
"""gguf-py counts two floats where the struct has two halves (ggml-common.h: block_q8_1)."""


def test_every_type_has_the_name_block_and_bytes_of_the_reference() -> None:
    for kind, (block, size) in GGML_QUANT_SIZES.items():
        ours = TENSOR_TYPES[int(kind)]
        assert ours == (kind.name, block, CORRECTED.get(kind.name, size))


def test_types_beyond_the_reference_package_are_known_to_be_newer() -> None:
    beyond = set(TENSOR_TYPES) - {int(kind) for kind in GGMLQuantizationType}
    assert {TENSOR_TYPES[kind].name for kind in beyond} <= {"NVFP4", "Q1_0", "Q2_0"}


def test_no_type_is_both_present_and_removed() -> None:
    assert not set(TENSOR_TYPES) & set(REMOVED_TYPES)
    assert sorted({*TENSOR_TYPES, *REMOVED_TYPES}) == list(range(43))


def test_bits_per_weight_of_known_types() -> None:
    bits = {kind.name: 8 * kind.bytes / kind.block for kind in TENSOR_TYPES.values()}
    # llama.cpp 0c1e57098, tools/quantize/README.md and ggml-common.h.
    assert bits["Q4_0"] == 4.5
    assert bits["Q4_K"] == 4.5
    assert bits["Q6_K"] == 6.5625
    assert bits["Q8_0"] == 8.5
    assert bits["IQ1_S"] == 1.5625
    assert bits["MXFP4"] == 4.25
    assert bits["BF16"] == 16
