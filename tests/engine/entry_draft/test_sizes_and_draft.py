"""Parameters of a repository, counted or computed, and the whole entry, with what it lacks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.draft import DraftArchitecture, DraftModel, DraftParameters
from llmadvise.domain.model import ContextLength, DeclaredLicense, Model, Parameters, Role
from llmadvise.domain.repository import Repository, RepositoryFile, StoredTensor
from llmadvise.engine.config_architecture.read import read_config
from llmadvise.engine.entry_draft.draft import draft_entry, lacking
from llmadvise.engine.entry_draft.shape_of_file import draft_architecture, draft_context, draft_parameters
from llmadvise.engine.entry_draft.sizes import Sizes, count, stored_head
from llmadvise.hub.known_configs import known_configs

KNOWN = known_configs()
PUBLISHED = {
    row["model"]: row["config"]
    for row in map(json.loads, (Path(__file__).parents[2] / "data/configs/published.jsonl").read_text().splitlines())
}
SMALL, MIXTURE, SEEING = (
    "meta-llama/llama-3.2-1b-instruct",
    "mistralai/mixtral-8x7b-instruct-v0.1",
    "google/gemma-3-4b-it",
)
LLAMA = 1_235_814_400
"""Parameters of Llama 3.2 1B, as the Hub counts them in its safetensors headers."""
TABLE = 128_256 * 2048


def repository(model: str = SMALL, **facts: Any) -> Repository:  # noqa: ANN401 - fields of Repository
    return Repository(**{"repo": "org/model", "revision": None, "files": (), "config": PUBLISHED.get(model), **facts})


def sized(model: str, *, tied: bool | None = None, **facts: object) -> Sizes:
    reading = read_config(PUBLISHED[model], KNOWN)
    shape = reading.architecture if tied is None else replace(reading.architecture, tied_embeddings=tied)
    return count(repository(model, **facts), reading, shape, None)


def rules(sizes: Sizes) -> list[str]:
    return [item.rule for item in sizes.findings]


def test_the_hubs_count_goes_before_the_formula() -> None:
    found = sized(SMALL, total_parameters=LLAMA + 5, parameters={"BF16": LLAMA + 5})
    assert found.parameters == DraftParameters(total=LLAMA + 5, active=LLAMA + 5, language=LLAMA + 5)
    assert rules(found) == []


def test_without_any_count_the_dimensions_give_it() -> None:
    found = sized(SMALL)
    assert found.parameters.total == LLAMA
    assert rules(found) == ["parameters-computed"]


@pytest.mark.parametrize("parameters", [{"BF16": LLAMA // 4, "I32": 9}, {"U8": LLAMA}])
def test_packed_words_are_no_count(parameters: dict[str, int]) -> None:
    found = sized(SMALL, total_parameters=LLAMA // 4, parameters=parameters)
    assert (found.parameters.total, rules(found)) == (LLAMA, ["parameters-computed"])


@pytest.mark.parametrize(("part", "contradicts"), [(1.028, False), (1.033, True), (0.972, False), (0.968, True)])
def test_a_count_that_the_dimensions_deny_is_told(part: float, contradicts: bool) -> None:
    """Biases and norms are a part in a thousand: three in a hundred are another network."""
    found = sized(SMALL, total_parameters=round(LLAMA * part), parameters={"BF16": 1})
    assert ("parameters-contradict" in rules(found)) is contradicts
    assert found.parameters.total == round(LLAMA * part)


def test_a_mixture_runs_without_the_experts_it_skips() -> None:
    total, skipped = 46_702_792_704, 32 * 6 * 3 * 4096 * 14336
    found = sized(MIXTURE, total_parameters=total)
    assert found.parameters == DraftParameters(total=total, active=total - skipped, language=total)


def test_files_that_hold_less_than_the_experts_contradict_the_config() -> None:
    found = sized(MIXTURE, total_parameters=10**9)
    assert (found.parameters.total, found.parameters.active) == (10**9, None)
    assert rules(found) == ["parameters-contradict"] * 2


def test_of_a_model_that_sees_the_language_is_what_the_dimensions_give() -> None:
    """google/gemma-3-4b-it: 4,300,079,472 in all, 3,880,263,168 of them Gemma 3's text model, 191,488 those of norms."""
    found = sized(SEEING, total_parameters=4_300_079_472)
    assert found.parameters.language == 3_880_263_168 - 191_488
    assert found.parameters.active == 4_300_079_472
    assert rules(found) == []
    less = sized(SEEING, total_parameters=3 * 10**9)
    assert less.parameters.language is None


def test_a_tied_matrix_that_was_saved_twice_counts_once() -> None:
    names = ("model.embed_tokens.weight", "lm_head.weight")
    found = sized(SMALL, total_parameters=LLAMA + TABLE, tensor_names=names)
    assert found.parameters.total == LLAMA
    assert sized(SMALL, total_parameters=LLAMA, tensor_names=names[:1]).parameters.total == LLAMA
    assert sized(SMALL, total_parameters=LLAMA, tensor_names=names, tied=False).parameters.total == LLAMA
    # Of tables alone nothing is left to take away.
    assert sized(SMALL, total_parameters=2 * TABLE, tensor_names=names).parameters.total == 2 * TABLE


def test_headers_go_before_the_hubs_count() -> None:
    tensors = (StoredTensor(name="model.embed_tokens.weight", dtype="BF16", shape=(128_256, 2048)),)
    assert sized(SMALL, total_parameters=LLAMA, tensors=tensors).parameters.total == TABLE
    assert sized(SMALL, total_parameters=LLAMA, tensors=()).parameters.total == LLAMA


def test_nothing_to_count_and_no_dimensions() -> None:
    reading = read_config({"model_type": "never-seen"}, KNOWN)
    found = count(repository(config={}), reading, reading.architecture, None)
    assert (found.parameters, rules(found)) == (DraftParameters(), ["parameters-unknown"])


@pytest.mark.parametrize(
    ("names", "head"),
    [
        (None, None),
        ((), None),
        (("lm_head.weight",), None),
        (("model.embed_tokens.weight",), False),
        (("model.embed_tokens.weight", "lm_head.weight"), True),
        (("transformer.wte.weight", "transformer.output_layer.weight"), True),
        (("gpt_neox.embed_in.weight", "embed_out.weight"), True),
        (("model.embed_tokens.weight", "vision.lm_head.weight.scale"), False),
    ],
)
def test_whether_an_output_matrix_is_stored(names: tuple[str, ...] | None, head: bool | None) -> None:
    assert stored_head(repository(tensor_names=names)) is head


def drafted(catalog: Catalog, model: str = SMALL, *, header: Model | None = None, **facts: object) -> DraftModel:
    return draft_entry(repository(model, **facts), catalog, KNOWN, header=header, as_of="2026-11-21")


def said(draft: DraftModel) -> set[str]:
    return {item.rule for item in draft.findings}


def test_an_entry_from_a_config(catalog: Catalog) -> None:
    files = (RepositoryFile(path="model.safetensors", bytes=2 * LLAMA, sha256="a" * 64),)
    found = drafted(
        catalog, files=files, parameters={"BF16": LLAMA}, total_parameters=LLAMA, revision="c" * 40,
        card={"license": "llama3.2", "base_model": "meta-llama/Llama-3.2-1B", "language": ["en"]},
        tokenizer={"chat_template": "{{ tools }}"}, created="2024-09-18", gated=True,
    )  # fmt: skip
    assert (found.id, found.org, found.name, found.family) == ("org/model", "org", "model", "llama-3.2")
    assert (found.role, found.capabilities, found.languages) == (Role.INSTRUCT, ("tools",), ("en",))
    assert found.license.declared == "llama3.2"
    assert [(item.model, item.relation) for item in found.base_models] == [("meta-llama/llama-3.2-1b", "finetune")]
    assert [item.quantization for item in found.variants] == ["safetensors-bf16"]
    assert found.variants[0].bits_per_weight == 16.0
    assert found.sources == (f"https://huggingface.co/org/model at {'c' * 40}, read 2026-11-21",)
    assert (found.gated, found.release_date, lacking(found)) == (True, "2024-09-18", ())
    assert found.findings == ()


@pytest.mark.parametrize(
    ("names", "relation"),
    [
        (("model-Q4_K_M.gguf",), "quantization"),
        (("model-Q4_K_M.gguf", "model.safetensors"), "finetune"),
        ((), "finetune"),
    ],
)
def test_what_holds_no_plain_weights_is_quantized(catalog: Catalog, names: tuple[str, ...], relation: str) -> None:
    files = tuple(RepositoryFile(path=name, bytes=9) for name in names)
    found = drafted(catalog, files=files, card={"base_model": "a/b"})
    assert [item.relation for item in found.base_models] == [relation]


def test_the_family_of_an_orphan_is_its_type_for_a_person_to_correct(catalog: Catalog) -> None:
    found = drafted(catalog, "openai/gpt-oss-20b")
    assert found.family == "gpt-oss"
    assert "family-unknown" in said(found)
    none = drafted(catalog, "no config at all")
    assert none.family is None
    assert "family-unknown" not in said(none)


@pytest.mark.parametrize(("limit", "native"), [(4096, 4096), (1 << 27, 1 << 27), ((1 << 27) + 1, None), (10**30, None)])
def test_a_tokenizer_may_say_the_context(catalog: Catalog, limit: int, native: int | None) -> None:
    """One without a limit says 10^30."""
    config = {key: value for key, value in PUBLISHED[SMALL].items() if key != "max_position_embeddings"}
    found = drafted(catalog, config={**config, "model_type": "never-seen"}, tokenizer={"model_max_length": limit})
    assert found.context_length.native == native
    unsaid = [item for item in found.findings if item.message == "config.json does not say: context_length"]
    assert bool(unsaid) is (native is None)


def test_the_config_goes_before_the_tokenizer(catalog: Catalog) -> None:
    assert drafted(catalog, tokenizer={"model_max_length": 5}).context_length.native == 131_072


def test_files_settle_whether_embeddings_are_tied(catalog: Catalog) -> None:
    unsaid = {key: value for key, value in PUBLISHED[SMALL].items() if key != "tie_word_embeddings"}
    unknown = {**unsaid, "model_type": "never-seen"}
    with_head = ("model.embed_tokens.weight", "lm_head.weight")
    for config, names, tied in (
        (unsaid, with_head[:1], True),
        (unsaid, None, False),  # Llama's class default
        (unknown, with_head, False),
        (unknown, None, None),
        (PUBLISHED[SMALL], with_head, True),
        ({**unsaid, "tie_word_embeddings": False}, with_head[:1], False),
    ):
        shape = drafted(catalog, config=config, tensor_names=names).architecture
        assert shape is not None
        assert shape.tied_embeddings is tied, (config.get("model_type"), names)


def a_header(catalog: Catalog, **changes: object) -> Model:
    return replace(catalog.models["qwen/qwen3-8b"], **changes)  # type: ignore[arg-type]  # tests name fields


GGUF = (RepositoryFile(path="model-Q4_K_M.gguf", bytes=4_095_367_680),)


def test_a_header_gives_what_no_config_does(catalog: Catalog) -> None:
    header = a_header(catalog, license=DeclaredLicense(declared=None, name="apache-2.0"))
    found = drafted(catalog, "none", header=header, files=GGUF)
    assert found.architecture == draft_architecture(header.architecture)
    assert found.parameters == draft_parameters(header)
    assert found.context_length == draft_context(header)
    assert found.license.declared == "apache-2.0"
    assert [(item.model, item.relation) for item in found.base_models] == [
        (item.model, "quantization") for item in header.base_models
    ]
    # 4,095,367,680 bytes for 8,190,735,360 weights.
    assert found.variants[0].bits_per_weight == 4.0
    assert drafted(catalog, header=header, files=GGUF).architecture.layers == 16, "a config goes first"


def test_a_card_that_names_a_license_goes_before_the_header(catalog: Catalog) -> None:
    header = a_header(catalog, license=DeclaredLicense(declared=None, name="apache-2.0"))
    found = drafted(catalog, "none", header=header, files=GGUF, card={"license": "mit"})
    assert found.license.declared == "mit"
    unclear = drafted(catalog, "none", header=header, files=GGUF, card={"license": ["mit", "gpl-3.0"]})
    assert unclear.license.declared is None


def test_a_header_says_less_than_its_dimensions(catalog: Catalog) -> None:
    header = a_header(
        catalog,
        context_length=ContextLength(native=1, extended=2),
        parameters=Parameters(total=3, active=2, language=1),
    )
    assert draft_context(header).extended == 2
    assert draft_parameters(header) == DraftParameters(total=3, active=2, language=1)


def test_what_the_hub_read_in_a_gguf_file_stands_in(catalog: Catalog) -> None:
    gguf = {"architecture": "qwen3", "context_length": 40960, "total": 8_190_735_360}
    found = drafted(catalog, "none", files=GGUF, gguf=gguf)
    assert found.architecture == DraftArchitecture(id="qwen3")
    assert (found.context_length.native, found.parameters.total) == (40960, 8_190_735_360)
    assert "config-missing" in said(found)


@pytest.mark.parametrize("name", ["", "x" * 64, "läma", "qwen 3", 3, "../x"])
def test_a_name_that_is_no_architecture(catalog: Catalog, name: object) -> None:
    assert drafted(catalog, "none", gguf={"architecture": name}).architecture is None


@pytest.mark.parametrize("name", ["qwen3", "x" * 63, "nemotron_h_moe", "command-r.2"])
def test_a_name_like_llama_cpps(catalog: Catalog, name: str) -> None:
    shape = drafted(catalog, "none", gguf={"architecture": name}).architecture
    assert shape is not None
    assert shape.id == name


def test_an_adapter_has_no_weights_and_no_role_of_its_own(catalog: Catalog) -> None:
    adapter = {"base_model_name_or_path": "Qwen/Qwen3-8B"}
    files = (RepositoryFile(path="adapter_model.safetensors", bytes=9),)
    found = drafted(catalog, "none", adapter=adapter, files=files, gguf={"total": 5})
    assert (found.role, found.variants, found.parameters.total, found.family) == (None, (), None, "qwen3")
    assert [item.message for item in found.findings if item.rule == "adapter-only"] == [
        "an adapter: its shape is that of Qwen/Qwen3-8B, and it runs on top of that model only"
    ]


def test_a_scheme_that_the_catalog_lacks_is_told(catalog: Catalog) -> None:
    files = (RepositoryFile(path="m-UD-Q9_0.gguf", bytes=9), RepositoryFile(path="m-TQ1_0_X.gguf", bytes=9))
    odd = drafted(catalog, "none", files=(RepositoryFile(path="m-Q7_1.gguf", bytes=9),))
    assert "quantization-unknown" in said(odd)
    assert "quantization-unknown" not in said(drafted(catalog, "none", files=GGUF))
    assert drafted(catalog, "none", files=files[:1]).variants == ()


def test_gguf_files_alone_are_no_missing_weights(catalog: Catalog) -> None:
    assert "weights-missing" not in said(drafted(catalog, "none", files=GGUF))
    beside = (*GGUF, RepositoryFile(path="model.safetensors", bytes=9))
    assert len(drafted(catalog, files=beside).variants) == 2
    assert "weights-missing" in said(drafted(catalog, "none"))


def test_what_an_entry_needs_is_named(catalog: Catalog) -> None:
    bare = drafted(catalog, "none")
    assert lacking(bare) == ("family", "parameters.total", "parameters.active", "context_length.native")
    shapeless = replace(bare, role=None, architecture=DraftArchitecture(layers=1))
    assert lacking(shapeless)[1:2] == ("role",)
    assert lacking(shapeless)[-3:] == (
        "architecture.hidden_size",
        "architecture.vocabulary_size",
        "architecture.tied_embeddings",
    )
