"""The type of each tensor in a quantized file, worked out by hand from llama_tensor_get_type (src/llama-quant.cpp)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmadvise.engine.memory.settings import KV_TYPE_BLOCKS
from llmadvise.engine.memory.tensors.mix import BLOCKS, Mix, Network, known, size
from llmadvise.gguf.types import TENSOR_TYPES

MATRIX = (4096, 4096)
STACK = (4096, 4096, 8)
MORE_OF_32 = (0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31)
"""use_more_bits: below 32 / 8, from 7 × 32 / 8 on, and where (index - 4) % 3 is 2."""


LLAMA = Network(architecture="llama", layers=32, queries_per_key=1, experts=1, tied=False, values=32, calibrated=False)
"""32 blocks with one query a key, no experts, an output matrix, and no importance matrix."""


def network(**given: object) -> Network:
    return replace(LLAMA, **given)


def types(
    scheme: str, name: str, extents: tuple[int, ...] = MATRIX, layers: int = 32, **given: object
) -> dict[str, tuple[int, ...]]:
    """The blocks in which a tensor gets each type."""
    mix = Mix(scheme, network(layers=layers, values=layers, **given))
    found: dict[str, tuple[int, ...]] = {}
    for layer in range(layers):
        kind = mix.type_of(name, extents, layer)
        found[kind] = (*found.get(kind, ()), layer)
    return found


def one(scheme: str, name: str, extents: tuple[int, ...] = MATRIX, **given: object) -> str:
    """The type that a tensor gets in every block."""
    (kind,) = types(scheme, name, extents, **given)
    return kind


def rest(blocks: tuple[int, ...], layers: int = 32) -> tuple[int, ...]:
    return tuple(layer for layer in range(layers) if layer not in blocks)


def test_blocks_are_those_of_the_format() -> None:
    """gguf-py/gguf/constants.py: GGML_QUANT_SIZES; the reader of files has the whole of it."""
    sizes = {kind.name: (kind.bytes, kind.block) for kind in TENSOR_TYPES.values()}
    assert {name: sizes[name] for name in BLOCKS} == BLOCKS
    cached = {name: block for name, block in KV_TYPE_BLOCKS.items() if name != "fp8"}
    assert {name: sizes[name.upper()] for name in cached} == cached
    assert KV_TYPE_BLOCKS["fp8"] == (1, 1)
    assert size("Q6_K", 4096) == 16 * 210


def test_schemes_whose_rules_are_known() -> None:
    assert [known(scheme) for scheme in ("Q4_K_M", "Q4_K_L", "UD-Q4_K_XL", "q4_k_m")] == [True, True, False, False]


@pytest.mark.parametrize("name", ["attn_v.weight", "attn_qkv.weight", "attn_kv_b.weight"])
@pytest.mark.parametrize("scheme", ["Q4_K_M", "Q5_K_M"])
def test_values_get_more_bits_in_half_of_the_blocks(name: str, scheme: str) -> None:
    assert types(scheme, name) == {"Q6_K": MORE_OF_32, scheme[:4]: rest(MORE_OF_32)}


@pytest.mark.parametrize(
    ("scheme", "queries_per_key", "calibrated", "expected"),
    [
        ("Q2_K", 1, False, "Q3_K"), ("Q2_K", 3, False, "Q3_K"), ("Q2_K", 4, False, "Q4_K"),
        ("IQ3_XXS", 1, False, "IQ3_S"), ("IQ3_XXS", 1, True, "IQ3_XXS"), ("IQ3_XXS", 4, True, "Q4_K"),
        ("IQ3_XS", 3, False, "IQ3_S"), ("IQ3_XS", 4, False, "Q4_K"), ("IQ3_S", 3, False, "IQ3_S"),
        ("IQ3_S", 8, False, "Q4_K"), ("IQ3_M", 1, False, "Q4_K"), ("Q3_K_L", 1, False, "Q5_K"),
        ("Q3_K_S", 8, False, "Q3_K"), ("IQ4_NL", 3, False, "IQ4_NL"), ("IQ4_NL", 4, False, "Q5_K"),
        ("IQ4_XS", 1, False, "IQ4_XS"), ("IQ4_XS", 4, False, "Q5_K"), ("Q6_K", 8, False, "Q6_K"),
        ("Q8_0", 8, False, "Q8_0"), ("IQ1_S", 3, False, "Q2_K"), ("IQ1_M", 4, False, "Q4_K"),
        ("IQ2_XXS", 1, True, "Q2_K"), ("IQ2_XS", 1, True, "Q2_K"), ("IQ2_S", 1, True, "IQ3_S"),
        ("IQ2_M", 3, True, "IQ3_S"), ("IQ2_M", 4, True, "Q4_K"),
    ],
)  # fmt: skip
def test_values(scheme: str, queries_per_key: int, calibrated: bool, expected: str) -> None:
    assert one(scheme, "attn_v.weight", queries_per_key=queries_per_key, calibrated=calibrated) == expected


def test_the_first_values_count_more_in_some_schemes() -> None:
    assert types("Q3_K_M", "attn_v.weight") == {"Q5_K": (0, 1), "Q4_K": rest((0, 1))}
    assert types("Q4_K_S", "attn_v.weight") == {"Q5_K": (0, 1, 2, 3), "Q4_K": rest((0, 1, 2, 3))}


def test_values_of_a_70b_get_five_bits_where_others_get_four_or_three() -> None:
    """LLM_TYPE_70B: 80 blocks whose heads share values (llama-model.cpp; by layers alone in Llama, Qwen2 and DeciLM)."""
    seventy = {"layers": 80, "queries_per_key": 8}
    assert set(types("Q4_K_M", "attn_v.weight", **seventy)) == {"Q6_K", "Q5_K"}
    assert one("Q3_K_S", "attn_v.weight", **seventy) == "Q5_K"
    assert one("Q2_K", "attn_v.weight", **seventy) == "Q5_K"
    assert one("Q3_K_S", "attn_v.weight", layers=80, queries_per_key=1) == "Q3_K"
    assert one("Q3_K_S", "attn_v.weight", layers=80, queries_per_key=8, architecture="qwen3") == "Q3_K"
    assert one("Q3_K_S", "attn_v.weight", layers=79, queries_per_key=8) == "Q3_K"


@pytest.mark.parametrize(
    ("scheme", "name", "experts", "expected"),
    [
        ("Q4_K_M", "attn_v.weight", 8, "Q8_0"), ("Q4_K_M", "attn_k.weight", 8, "Q8_0"),
        ("Q4_K_M", "attn_q.weight", 8, "Q4_K"), ("Q4_K_M", "attn_k.weight", 7, "Q4_K"),
        ("Q4_K_M", "attn_output.weight", 8, "Q5_K"), ("Q3_K_S", "attn_output.weight", 8, "Q5_K"),
        ("IQ4_XS", "attn_output.weight", 8, "Q5_K"), ("IQ2_XS", "attn_output.weight", 8, "Q5_K"),
        ("Q6_K", "attn_output.weight", 8, "Q6_K"), ("Q3_K_L", "attn_output.weight", 8, "Q3_K"),
        ("IQ2_XS", "attn_k.weight", 8, "Q4_K"), ("IQ2_XS", "attn_v.weight", 8, "Q4_K"),
        ("IQ2_XS", "attn_v.weight", 4, "Q4_K"), ("IQ2_XS", "attn_v.weight", 3, "Q2_K"),
    ],
)  # fmt: skip
def test_mixtures_of_eight(scheme: str, name: str, experts: int, expected: str) -> None:
    assert one(scheme, name, experts=experts) == expected


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("Q2_K", "Q3_K"), ("IQ3_XXS", "IQ3_S"), ("Q3_K_M", "Q4_K"), ("Q3_K_L", "Q5_K"), ("IQ3_M", "Q4_K"),
        ("IQ3_S", "IQ3_S"), ("Q4_K_M", "Q4_K"), ("IQ1_S", "IQ2_XXS"), ("IQ1_M", "IQ2_XXS"), ("IQ2_S", "IQ3_S"),
        ("IQ2_M", "IQ3_S"), ("IQ2_XXS", "IQ2_XXS"), ("IQ4_XS", "IQ4_XS"),
    ],
)  # fmt: skip
def test_what_joins_the_heads(scheme: str, expected: str) -> None:
    assert one(scheme, "attn_output.weight") == expected


@pytest.mark.parametrize("name", ["attn_q.weight", "attn_k.weight"])
def test_queries_and_keys(name: str) -> None:
    assert [one(scheme, name) for scheme in ("IQ3_XS", "IQ3_XXS", "IQ3_S", "Q5_K_S")] == [
        "IQ3_XXS", "IQ2_S", "IQ3_S", "Q5_K",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "calibrated", "expected"),
    [
        ("Q2_K", False, {"Q3_K": range(32)}), ("Q3_K_L", True, {"Q5_K": range(32)}),
        ("Q3_K_M", False, {"Q5_K": range(2), "Q4_K": range(2, 32)}),
        ("IQ3_XXS", False, {"Q4_K": range(4), "Q3_K": range(4, 32)}), ("IQ3_XXS", True, {"IQ3_XXS": range(32)}),
        ("IQ3_M", True, {"Q4_K": range(4), "IQ3_S": range(4, 32)}),
        ("IQ4_XS", False, {"Q5_K": range(4), "IQ4_XS": range(4, 32)}), ("IQ4_XS", True, {"IQ4_XS": range(32)}),
        ("IQ4_NL", False, {"Q5_K": range(4), "IQ4_NL": range(4, 32)}),
        ("Q4_K_S", True, {"Q5_K": range(4), "Q4_K": range(4, 32)}),
        ("Q4_0", True, {"Q4_1": range(4), "Q4_0": range(4, 32)}), ("Q4_0", False, {"Q4_0": range(32)}),
        ("Q5_0", True, {"Q5_1": range(4), "Q5_0": range(4, 32)}),
        ("IQ2_S", True, {"IQ3_S": range(4), "IQ2_XS": range(4, 32)}),
        ("IQ2_XXS", True, {"Q2_K": range(4), "IQ2_XXS": range(4, 32)}),
        ("IQ1_M", True, {"Q2_K": range(4), "IQ1_M": range(4, 32)}),
        ("Q4_K_M", False, {"Q6_K": MORE_OF_32, "Q4_K": rest(MORE_OF_32)}),
        ("Q5_K_M", False, {"Q6_K": MORE_OF_32, "Q5_K": rest(MORE_OF_32)}),
        ("Q6_K", False, {"Q6_K": range(32)}),
    ],
)  # fmt: skip
def test_what_leaves_a_network(scheme: str, calibrated: bool, expected: dict[str, range]) -> None:
    found = types(scheme, "ffn_down.weight", calibrated=calibrated)
    assert found == {kind: tuple(blocks) for kind, blocks in expected.items()}


def test_falcon_has_rules_of_its_own() -> None:
    more = tuple(layer for layer in MORE_OF_32 if layer > 1)
    falcon = {"architecture": "falcon"}
    assert types("Q4_K_M", "ffn_down.weight", **falcon) == {"Q6_K": (0, 1), "Q5_K": more, "Q4_K": rest(MORE_OF_32)}
    assert types("Q3_K_M", "ffn_down.weight", **falcon) == {"Q5_K": (0, 1), "Q4_K": more, "Q3_K": rest(MORE_OF_32)}
    assert one("Q3_K_L", "ffn_down.weight", **falcon) == "Q4_K"
    assert one("Q4_K_S", "ffn_down.weight", **falcon) == "Q4_K"
    joined = [one(scheme, "attn_output.weight", **falcon) for scheme in ("Q3_K_L", "Q3_K_M", "Q2_K", "IQ2_S")]
    assert joined == ["Q4_K", "Q3_K", "Q2_K", "IQ3_S"]
    assert one("Q4_K_M", "output.weight", **falcon) == "Q8_0"


def test_with_experts_the_block_counts_and_not_the_tensor() -> None:
    """Two matrices leave the experts and the shared expert of a block; below three bits they are counted all the same."""

    def both(scheme: str) -> list[tuple[str, str]]:
        mix = Mix(scheme, network(experts=64))
        names = ("ffn_down_exps.weight", "ffn_down_shexp.weight")
        return [(mix.type_of(names[0], STACK, layer), mix.type_of(names[1], MATRIX, layer)) for layer in range(32)]

    assert both("Q4_K_S") == [("Q5_K", "Q5_K")] * 4 + [("Q4_K", "Q4_K")] * 28
    assert both("IQ2_S") == [("IQ3_S", "IQ3_S")] * 2 + [("IQ2_XS", "IQ2_XS")] * 30


def test_a_mixture_of_eight_gets_more_bits_out_of_its_experts() -> None:
    found = types("IQ3_M", "ffn_down_exps.weight", STACK, experts=8)
    assert found == {"Q4_K": MORE_OF_32, "IQ3_S": rest(MORE_OF_32)}


@pytest.mark.parametrize("name", ["ffn_up.weight", "ffn_gate.weight", "ffn_gate_exps.weight"])
def test_the_middle_of_a_network_gets_fewer_bits_in_one_scheme(name: str) -> None:
    assert types("IQ3_XS", name) == {"IQ3_S": (*range(4), *range(28, 32)), "IQ3_XXS": tuple(range(4, 28))}
    assert one("IQ3_S", name) == "IQ3_S"


@pytest.mark.parametrize(
    ("scheme", "embedding", "tied", "output"),
    [
        ("Q4_K_M", "Q4_K", "Q6_K", "Q6_K"), ("Q8_0", "Q8_0", "Q8_0", "Q8_0"), ("IQ1_S", "Q2_K", "Q5_K", "Q5_K"),
        ("IQ2_XXS", "Q2_K", "Q5_K", "Q5_K"), ("IQ2_S", "IQ3_S", "Q5_K", "Q5_K"), ("IQ3_XXS", "IQ3_S", "Q5_K", "Q5_K"),
        ("IQ3_XS", "IQ3_S", "Q6_K", "Q6_K"), ("MXFP4_MOE", "Q8_0", "Q8_0", "Q8_0"), ("F16", "F16", "F16", "F16"),
        ("Q4_K_L", "Q8_0", "Q8_0", "Q8_0"), ("Q3_K_XL", "Q8_0", "Q8_0", "Q8_0"),
    ],
)  # fmt: skip
def test_embedding_and_output(scheme: str, embedding: str, tied: str, output: str) -> None:
    extents = (4096, 128256)
    assert Mix(scheme, network()).type_of("token_embd.weight", extents, -1) == embedding
    assert Mix(scheme, network(tied=True)).type_of("per_layer_token_embd.weight", extents, -1) == tied
    assert Mix(scheme, network()).type_of("output.weight", extents, -1) == output


def test_wide_ends_change_nothing_between_them() -> None:
    assert one("Q3_K_XL", "ffn_down.weight") == "Q5_K"
    assert one("Q6_K_L", "attn_q.weight") == "Q6_K"


def test_four_bit_floats_are_for_experts_alone() -> None:
    assert one("MXFP4_MOE", "ffn_up_exps.weight", STACK) == "MXFP4"
    assert one("MXFP4_MOE", "attn_v.weight") == "Q8_0"


@pytest.mark.parametrize(
    ("scheme", "row", "expected"),
    [
        ("Q2_K", 4544, "Q4_0"), ("Q3_K_S", 4544, "Q4_0"), ("Q4_K_S", 4544, "Q5_0"), ("Q5_K_S", 4544, "Q5_1"),
        ("Q6_K", 4544, "Q8_0"), ("IQ4_XS", 4544, "IQ4_NL"), ("IQ1_S", 4544, "IQ4_NL"), ("Q4_K_S", 4608, "Q4_K"),
        ("Q4_K_S", 4560, "F16"), ("Q8_0", 4544, "Q8_0"), ("Q8_0", 4560, "F16"), ("Q4_0", 80, "F16"),
    ],
)  # fmt: skip
def test_rows_that_no_block_divides(scheme: str, row: int, expected: str) -> None:
    """tensor_type_fallback: 4,544 (Falcon 7B) is a multiple of 32 and not of 256, 4,560 of neither."""
    assert one(scheme, "ffn_up.weight", (row, 4096)) == expected


def test_an_output_whose_row_no_block_divides_has_eight_bits() -> None:
    assert one("Q4_K_M", "output.weight", (4544, 65024)) == "Q8_0"


@pytest.mark.parametrize(
    ("name", "extents"),
    [
        ("attn_norm.weight", (4096,)), ("attn_q.bias", (4096, 2)), ("ffn_gate_inp.weight", (4096, 64)),
        ("altup_proj.weight", MATRIX), ("laurel_l.weight", MATRIX), ("ssm_conv1d.weight", MATRIX),
        ("per_layer_model_proj.weight", MATRIX), ("attn_q_norm.weight", MATRIX), ("rope_freqs.weight", (64,)),
    ],
)  # fmt: skip
def test_what_is_never_quantized(name: str, extents: tuple[int, ...]) -> None:
    """tensor_allows_quantization."""
    assert one("Q2_K", name, extents) == "F32"
