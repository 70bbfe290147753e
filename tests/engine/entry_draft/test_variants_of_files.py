"""Loadable sets of files: shards together, parts of models left out, labels read from names."""

from __future__ import annotations

import pytest

from llmadvise.domain.estimate import Basis
from llmadvise.domain.model import Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.repository import Repository, RepositoryFile
from llmadvise.engine.entry_draft.schemes import Storage
from llmadvise.engine.entry_draft.variants import gguf_label, gguf_variants, is_part, safetensors_variant, shown

Q4 = Quantization(id="Q4_K_M", format="gguf", bits_per_weight=4.8, method="k_quant", aliases=("Q4_K_MEDIUM",))
F16 = Quantization(id="F16", format="gguf", bits_per_weight=16.0, method="float", aliases=("FP16",))
AWQ = Quantization(id="Q8_0", format="awq", bits_per_weight=8.0, method="awq")
SCHEMES = {item.id: item for item in (Q4, F16, AWQ)}
BF16 = Storage(format="safetensors", quantization="safetensors-bf16", bits=None, note="as trained")


def repository(*paths: str, size: int = 100, revision: str | None = "c" * 40) -> Repository:
    files = tuple(RepositoryFile(path=path, bytes=size) for path in paths)
    return Repository(repo="org/model", revision=revision, files=files)


def packed(*paths: str, weights: int | None = 400) -> tuple[list[Variant], list[str]]:
    found, findings = gguf_variants(repository(*paths), SCHEMES, weights)
    return list(found), [item.rule for item in findings]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Qwen3-8B-Q4_K_M.gguf", "Q4_K_M"),
        ("qwen3-8b-q4_k_m.gguf", "Q4_K_M"),
        ("model.Q4_K_M.gguf", "Q4_K_M"),
        ("Q4_K_M/model-00001-of-00002.gguf", "Q4_K_M"),
        ("model-fp16.gguf", "F16"),
        ("model-IQ2_XXS.gguf", "IQ2_XXS"),
        ("model-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("model-Q4_0_4_4.gguf", "Q4_0_4_4"),
        ("model-MXFP4_MOE.gguf", "MXFP4_MOE"),
        ("model-TQ1_0.gguf", "TQ1_0"),
        # The scheme stands last; a name before it may hold another's letters. Of another format it is no scheme here.
        ("BF16-merge-Q4_K_M.gguf", "Q4_K_M"),
        ("model-Q8_0.gguf", "Q8_0"),
        ("model.gguf", None),
        ("Q4_K_Monster.gguf", None),
        ("modelQ4_K_M.gguf", None),
    ],
)
def test_the_label_of_a_name(name: str, label: str | None) -> None:
    assert gguf_label(name, SCHEMES) == label


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("mmproj-F16.gguf", True), ("model-mmproj-F16.gguf", True), ("imatrix.gguf", True), ("draft/model-Q4_0.gguf", True),
        ("model.lora.gguf", True), ("MMPROJ-BF16.gguf", True),
        ("clipper-Q4_0.gguf", False), ("overdraft-Q4_0.gguf", False), ("model-Q4_0.gguf", False),
    ],
)  # fmt: skip
def test_files_that_complete_a_model_are_none(name: str, part: bool) -> None:
    assert is_part(name) is part


def test_shards_are_one_variant() -> None:
    [variant], rules = packed("Q4_K_M/m-Q4_K_M-00002-of-00002.gguf", "Q4_K_M/m-Q4_K_M-00001-of-00002.gguf")
    assert rules == []
    assert (variant.id, variant.quantization, variant.bytes) == ("org/model:Q4_K_M", "Q4_K_M", 200)
    assert variant.bytes_basis is Basis.DECLARED
    # 200 bytes for 400 weights.
    assert variant.bits_per_weight == 4.0
    assert variant.source == f"https://huggingface.co/org/model/tree/{'c' * 40}"
    assert variant.calibrated is None


@pytest.mark.parametrize(
    "paths",
    [
        ("m-Q4_K_M-00001-of-00002.gguf",),
        ("m-Q4_K_M-00001-of-00003.gguf", "m-Q4_K_M-00003-of-00003.gguf"),
        ("m-Q4_K_M-00001-of-00002.gguf", "m-Q4_K_M-00002-of-00003.gguf"),
        ("m-Q4_K_M-00000-of-00002.gguf", "m-Q4_K_M-00001-of-00002.gguf", "m-Q4_K_M-00002-of-00002.gguf"),
    ],
)
def test_a_shard_that_lacks_makes_none(paths: tuple[str, ...]) -> None:
    assert packed(*paths) == ([], ["file-incomplete"])


def test_one_of_two_files_of_a_scheme_is_taken() -> None:
    found, rules = packed("a-Q4_K_M.gguf", "b-q4_k_m.gguf", "c-F16.gguf")
    assert [(item.quantization, item.files[0].name) for item in found] == [
        ("Q4_K_M", "a-Q4_K_M.gguf"),
        ("F16", "c-F16.gguf"),
    ]
    assert rules == ["file-duplicate"]


def test_a_name_without_a_scheme_and_parts() -> None:
    assert packed("model.gguf", "mmproj-F16.gguf", "README.md") == ([], ["file-not-recognized"])


def test_an_importance_matrix_beside_them_tells_of_calibration() -> None:
    [variant], _ = packed("m-Q4_K_M.gguf", "m.iMatrix.dat")
    assert variant.calibrated is True


def test_unknown_sizes_and_weights_stay_unknown() -> None:
    [variant], _ = gguf_variants(repository("m-Q4_K_M.gguf", size=0, revision=None), SCHEMES, None)
    assert (variant.bytes, variant.bytes_basis, variant.bits_per_weight) == (None, None, None)
    assert variant.source == "https://huggingface.co/org/model/tree/main"


def whole(*paths: str, storage: Storage | None = BF16) -> tuple[list[Variant], list[str]]:
    found, findings = safetensors_variant(repository(*paths), storage, 400)
    return list(found), [item.message for item in findings]


def test_the_weights_at_the_root_are_one_variant() -> None:
    [variant], said = whole(
        "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "consolidated.safetensors",
        "adapter_model.safetensors", "original/model.safetensors", "model.safetensors.index.json",
    )  # fmt: skip
    assert said == []
    assert [item.name for item in variant.files] == [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    ]
    assert (variant.format, variant.quantization, variant.note) == ("safetensors", "safetensors-bf16", "as trained")
    assert (variant.bytes, variant.bits_per_weight, variant.calibrated) == (200, 4.0, None)


def test_consolidated_weights_are_taken_where_there_are_no_others() -> None:
    [variant], _ = whole("consolidated.safetensors", "params.json")
    assert variant.files[0].name == "consolidated.safetensors"


@pytest.mark.parametrize(("form", "calibrated"), [("gptq", True), ("awq", True), ("fp8", None)])
def test_methods_that_are_always_calibrated(form: str, calibrated: bool | None) -> None:
    [variant], _ = whole("model.safetensors", storage=Storage(format=form, quantization=form, bits=4))
    assert variant.calibrated is calibrated


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (("pytorch_model.bin",), "pickled"),
        (("consolidated.00.pth",), "pickled"),
        (("README.md",), "there are no weights"),
        (("adapter_model.safetensors",), "there are no weights"),
        (("model-00001-of-00002.safetensors",), "1 of 2 shards are there"),
    ],
)
def test_why_there_is_no_variant(paths: tuple[str, ...], words: str) -> None:
    found, [said] = whole(*paths)
    assert found == []
    assert words in said


def test_weights_stored_in_unknown_words_are_no_variant() -> None:
    found, [said] = whole("model.safetensors", storage=None)
    assert found == []
    assert said.startswith("how the weights are stored")


def test_a_name_from_outside_is_fit_for_a_message() -> None:
    assert shown("a\x1b[31m\n" + "b" * 200) == "a?[31m?" + "b" * 113
