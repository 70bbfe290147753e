"""How weights are stored, as configs of published repositories say it, and how many weights packed words hold."""

from __future__ import annotations

import pytest

from llmadvise.domain.repository import Repository, StoredTensor
from llmadvise.engine.entry_draft.packed import count_weights
from llmadvise.engine.entry_draft.schemes import Storage, storage_of


def repository(config: dict[str, object] | None = None, **changes: object) -> Repository:
    return Repository(repo="org/model", revision=None, files=(), config=config, **changes)  # type: ignore[arg-type]


def storage(quantization_config: dict[str, object]) -> Storage | None:
    return storage_of(repository({"quantization_config": quantization_config}))


CONFIGS = [
    # AutoGPTQ and GPTQModel; before quant_method was written, desc_act told.
    ({"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": True}, "gptq", "gptq-int4", 4, 128,
     "group size 128, with act-order"),
    ({"bits": 3, "group_size": 32, "desc_act": False}, "gptq", "gptq-int3", 3, 32, "group size 32, without act-order"),
    ({"bits": 8}, "gptq", "gptq-int8", 8, None, None),
    # AutoAWQ, then and now.
    ({"w_bit": 4, "q_group_size": 64}, "awq", "awq-int4", 4, 64, "group size 64"),
    ({"zero_point": True}, "awq", "awq-int4", 4, None, None),
    ({"quant_method": "AWQ", "bits": 4, "group_size": 128}, "awq", "awq-int4", 4, 128, "group size 128"),
    ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "bnb", "bnb-4bit", 4, None, None),
    ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "bnb", "bnb-8bit", None, None, None),
    ({"quant_method": "bnb", "_load_in_8bit": True}, "bnb", "bnb-8bit", None, None, None),
    ({"quant_method": "auto-round", "bits": 2, "group_size": 64}, "gptq", "gptq-int2", 2, 64, "group size 64"),
    ({"quant_method": "exl3", "bits": 4.0}, "exl3", "exl3", None, None, None),
    ({"quant_method": "mxfp4"}, "safetensors", "safetensors-mxfp4", 4, None, None),
    ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4", "nvfp4", 4, None, None),
    ({"quant_method": "modelopt", "quant_algo": "FP8"}, "fp8", "fp8", None, None, None),
    ({"quant_method": "fbgemm_fp8"}, "fp8", "fp8", None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("config", "form", "scheme", "bits", "group", "note"), CONFIGS)
def test_each_method_by_its_own_words(  # noqa: PLR0917 - a row of a table
    config: dict[str, object], form: str, scheme: str, bits: int | None, group: int | None, note: str | None
) -> None:
    found = storage(config)
    assert found is not None
    assert (found.format, found.quantization, found.bits, found.note) == (form, scheme, bits, note)
    if form in {"gptq", "awq"}:
        assert found.group_size == group


def compressed(*groups: dict[str, object]) -> dict[str, object]:
    return {
        "quant_method": "compressed-tensors",
        "config_groups": {f"group_{number}": group for number, group in enumerate(groups)},
    }


COMPRESSED = [
    (({"weights": {"num_bits": 8, "type": "float"}},), ("fp8", "fp8", None)),
    (({"weights": {"num_bits": 4, "type": "float"}},), ("nvfp4", "nvfp4", 4)),
    (({"weights": {"num_bits": 8, "type": "int"}, "input_activations": {"num_bits": 8}},), ("safetensors", "int8-w8a8", None)),
    (({"weights": {"num_bits": 8, "type": "int"}},), ("gptq", "gptq-int8", 8)),
    (({"weights": {"num_bits": 4, "type": "int", "group_size": 128}, "input_activations": {"num_bits": 8}},), ("gptq", "gptq-int4", 4)),
    # The first group that says it decides.
    (({"weights": None}, {"weights": {"num_bits": 8, "type": "float"}}), ("fp8", "fp8", None)),
]  # fmt: skip


@pytest.mark.parametrize(("groups", "expected"), COMPRESSED)
def test_compressed_tensors(groups: tuple[dict[str, object], ...], expected: tuple[str, str, int | None]) -> None:
    found = storage(compressed(*groups))
    assert found is not None
    assert (found.format, found.quantization, found.bits) == expected
    assert found.method == "compressed-tensors"


@pytest.mark.parametrize(
    "config",
    [
        {"quant_method": "of tomorrow"},
        {"quant_method": 4},
        compressed(),
        compressed({"weights": {"num_bits": 6, "type": "float"}}),
        compressed({"weights": {"type": "int"}}),
    ],
)
def test_words_that_are_not_known_are_no_storage(config: dict[str, object]) -> None:
    assert storage(config) is None


def test_a_wrapper_and_a_file_of_its_own_say_it_too() -> None:
    inside = repository({"text_config": {"quantization_config": {"quant_method": "fp8"}}})
    beside = repository({"model_type": "llama"}, quantization={"quant_method": "awq", "w_bit": 4})
    both = repository({"quantization_config": {"quant_method": "fp8"}}, quantization={"quant_method": "awq"})
    assert [getattr(storage_of(item), "format", None) for item in (inside, beside, both)] == ["fp8", "awq", "fp8"]


@pytest.mark.parametrize(
    ("said", "scheme", "bits", "group"),
    [
        ({"group_size": 64, "bits": 4}, "mlx-4bit", 4, 64),
        ({"group_size": 32, "bits": 8, "mode": "affine"}, "mlx-8bit", 8, 32),
        ({"group_size": 32, "bits": 4, "mode": "mxfp4"}, "mlx-mxfp4", 4, 32),
        ({"mode": ""}, "mlx-4bit", 4, None),
    ],
)
def test_mlx_says_bits_and_mode(said: dict[str, object], scheme: str, bits: int, group: int | None) -> None:
    found = storage_of(repository({"quantization": said, "quantization_config": {"quant_method": "fp8"}}))
    assert found is not None
    assert (found.format, found.quantization, found.bits, found.group_size) == ("mlx", scheme, bits, group)


@pytest.mark.parametrize(
    ("parameters", "scheme"), [({"BF16": 10}, "mlx-bf16"), ({"F16": 10}, "mlx-fp16"), (None, "mlx-bf16")]
)
def test_unquantized_weights_of_mlx(parameters: dict[str, int] | None, scheme: str) -> None:
    for marks in ({"library": "mlx"}, {"tags": ("mlx",)}):
        found = storage_of(repository({}, parameters=parameters, **marks))
        assert found is not None
        assert (found.format, found.quantization, found.bits) == ("mlx", scheme, None)


def stored(name: str, dtype: str, *shape: int) -> StoredTensor:
    return StoredTensor(name=name, dtype=dtype, shape=shape)


PLAIN = [
    ({"parameters": {"BF16": 900, "F32": 100}}, "safetensors-bf16"),
    ({"parameters": {"BF16": 100, "F32": 900}}, "safetensors-f32"),
    # Elements count, not tensors: one of 100 outweighs two of 9 and 16.
    ({"tensors": (stored("a", "F32", 10, 10), stored("b", "F16", 3, 3), stored("c", "F16", 4, 4))}, "safetensors-f32"),
    ({"tensors": (stored("a", "F32", 3, 3), stored("b", "F16", 3, 3), stored("c", "F16", 4, 4))}, "safetensors-bf16"),
    ({"config": {"torch_dtype": "float16"}}, "safetensors-bf16"),
    ({"config": {"dtype": "float32"}}, "safetensors-f32"),
    ({"config": {"text_config": {"torch_dtype": "float32"}}}, "safetensors-f32"),
    ({"config": {"torch_dtype": "bfloat16", "text_config": {"dtype": "float32"}}}, "safetensors-bf16"),
    ({"parameters": {"F8_E4M3": 900, "BF16": 100}}, "fp8"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "scheme"), PLAIN)
def test_plain_weights_are_of_the_type_that_most_have(facts: dict[str, object], scheme: str) -> None:
    found = storage_of(Repository(repo="org/model", revision=None, files=(), **facts))  # type: ignore[arg-type]
    assert found is not None
    assert (found.quantization, found.bits) == (scheme, None)


@pytest.mark.parametrize("config", [{}, {"torch_dtype": "complex64"}, {"torch_dtype": 16}, None])
def test_nothing_said_is_no_storage(config: dict[str, object] | None) -> None:
    assert storage_of(repository(config)) is None


def int_(bits: int | None) -> Storage:
    return Storage(format="gptq", quantization="gptq", bits=bits)


PACKED = [
    # AutoGPTQ: eight 4-bit weights in an int32, down the rows; 3 bits take three words for 32.
    (4, (stored("up.qweight", "I32", 2048 // 8, 8192), stored("up.qzeros", "I32", 16, 1024)), 2048 * 8192),
    (3, (stored("up.qweight", "I32", 2048 * 3 // 32, 8192), stored("up.scales", "F16", 16, 8192)), 2048 * 8192),
    (8, (stored("up.qweight", "I32", 2048 // 4, 8192), stored("up.g_idx", "I32", 2048)), 2048 * 8192),
    # bitsandbytes: two in a byte, beside tables of its own.
    (4, (stored("up.weight", "U8", 2048 * 8192 // 2, 1), stored("up.weight.absmax", "U8", 9),
         stored("up.weight.quant_state.bitsandbytes__nf4", "U8", 88)), 2048 * 8192),
    # MLX: biases are a table where scales stand beside them, and weights where none do.
    (4, (stored("up.weight", "U32", 8192, 2048 // 8), stored("up.scales", "F16", 8192, 32),
         stored("up.biases", "F16", 8192, 32)), 2048 * 8192),
    (4, (stored("up.biases", "F16", 8192, 32),), 8192 * 32),
    # What is not packed counts as it is.
    (4, (stored("embed_tokens.weight", "F16", 100, 64), stored("norm.weight", "BF16", 64)), 6464),
    (None, (stored("up.weight", "F8_E4M3", 64, 64), stored("up.weight_scale_inv", "F32", 1, 1)), 4096),
    (None, (stored("up.weight", "I8", 64, 64), stored("layers.0.rotary_emb.inv_freq", "F32", 64)), 4096),
]  # fmt: skip


@pytest.mark.parametrize(("bits", "tensors", "weights"), PACKED)
def test_a_packed_word_holds_several(bits: int | None, tensors: tuple[StoredTensor, ...], weights: int) -> None:
    assert count_weights(tensors, int_(bits)) == weights


def test_without_a_storage_every_element_is_a_weight() -> None:
    assert count_weights((stored("up.qweight", "I32", 8, 8), stored("up.scales", "F16", 8)), None) == 64
