"""Names as people write them, resolved against the catalog that ships."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import a_model

from llmadvise.domain.catalog import Catalog
from llmadvise.engine.naming import find_model, find_target, near_names
from llmadvise.errors import UsageError

QWEN = "qwen/qwen3-8b"


@pytest.mark.parametrize(
    "text",
    [QWEN, "Qwen/Qwen3-8B", "QWEN/QWEN3-8B", "  qwen/qwen3-8b ", "hf:Qwen/Qwen3-8B", "qwen3-8b", "Qwen3-8B"],
)
def test_ids_in_any_case(text: str, catalog: Catalog) -> None:
    model, quantization = find_model(text, catalog)
    assert model.id == QWEN
    assert quantization is None


def test_repositories_and_files_of_a_variant(catalog: Catalog) -> None:
    """Wherever a repository or a file belongs to one model alone, its name finds that model."""
    owners: dict[str, set[str]] = {}
    for model in catalog.models.values():
        for variant in model.variants:
            for name in (variant.repo, *(file.name.rpartition("/")[2] for file in variant.files)):
                owners.setdefault(name.lower(), set()).add(model.id)
    model = catalog.models[QWEN]
    names = [variant.repo for variant in model.variants]
    names += [file.name for variant in model.variants for file in variant.files if not file.name.startswith("*")]
    alone = [
        name for name in names if owners[name.rpartition("/")[2].lower() if ".gguf" in name else name.lower()] == {QWEN}
    ]
    assert alone
    for name in alone[:8]:
        assert find_model(name, catalog)[0].id == QWEN, name
        assert find_model(name.upper(), catalog)[0].id == QWEN, name


@pytest.mark.parametrize(("text", "wanted"), [("qwen/qwen3-8b:Q4_K_M", "Q4_K_M"), ("Qwen3-8B:q4_k_m", "Q4_K_M")])
def test_a_quantization_after_the_colon(text: str, wanted: str, catalog: Catalog) -> None:
    model, quantization = find_model(text, catalog)
    assert (model.id, quantization) == (QWEN, wanted)


def test_an_unknown_quantization_names_the_known_ones(catalog: Catalog) -> None:
    with pytest.raises(UsageError) as caught:
        find_model("qwen/qwen3-8b:Q4_K_X", catalog)
    assert "Q4_K_M" in (caught.value.hint or "")


def test_an_ambiguous_name_offers_its_meanings(catalog: Catalog) -> None:
    models = {id_: a_model(id_) for id_ in ("acme/anvil", "beta/anvil")}
    with pytest.raises(UsageError, match="may mean several") as caught:
        find_model("Anvil:Q4", replace(catalog, models=models))
    assert caught.value.hint == "Say which: acme/anvil, beta/anvil."


@pytest.mark.parametrize(
    ("text", "meant"),
    [("qwen3-8", "qwen/qwen3-8b"), ("gpt-os-20b", "openai/gpt-oss-20b"), ("gema-3-27b-it", "google/gemma-3-27b-it")],
)
def test_an_unknown_name_offers_near_ones(text: str, meant: str, catalog: Catalog) -> None:
    with pytest.raises(UsageError, match="unknown model") as caught:
        find_model(text, catalog)
    assert meant in (caught.value.hint or "")


@pytest.mark.parametrize(
    "text", ["", "   ", ":", "::", "/", "hf:", "a:b:c", "\x1b[31m", "x" * 10_000, "qwen/qwen3-8b:"]
)
def test_nonsense_is_refused_shortly(text: str, catalog: Catalog) -> None:
    with pytest.raises(UsageError) as caught:
        find_model(text, catalog)
    assert len(caught.value.message) < 200
    assert "\x1b" not in caught.value.message


def test_every_model_is_found_by_its_id_and_its_hub_id(catalog: Catalog) -> None:
    for summary in list(catalog.models.values())[::7]:
        assert find_model(summary.id, catalog)[0].id == summary.id
        assert find_model(summary.repo, catalog)[0].id == summary.id


@pytest.mark.parametrize(
    ("text", "scheme"), [("qwen/qwen3-8b", None), ("qwen3-8b:q8_0", "Q8_0"), ("Qwen/Qwen3-8B:iq1_s", "IQ1_S")]
)
def test_an_estimate_may_name_any_scheme_of_the_catalog(text: str, scheme: str | None, catalog: Catalog) -> None:
    """Whether a file of it is listed or not."""
    model, found = find_target(text, catalog)
    assert (model.id, found) == (QWEN, scheme)


def test_an_unknown_scheme_offers_near_ones(catalog: Catalog) -> None:
    with pytest.raises(UsageError, match="unknown quantization 'Q4_K_X'") as caught:
        find_target("qwen/qwen3-8b:Q4_K_X", catalog)
    assert "Q4_K_M" in (caught.value.hint or "")
    with pytest.raises(UsageError) as caught:
        find_target("qwen/qwen3-8b:zzzzzz", catalog)
    assert caught.value.hint == "Q4_K_M, Q8_0 and MXFP4 are some."


def test_an_ollama_tag_means_the_one_that_talks(catalog: Catalog) -> None:
    """The library keeps base models under tags of their own; what has no ending is taken last."""
    ids = ("acme/anvil-3b", "acme/anvil-3b-instruct", "acme/anvil-3b-it", "beta/hammer-3b-chat", "beta/hammer-3b")
    models = {id_: a_model(id_) for id_ in ids}
    small = replace(catalog, models=models)
    assert find_model("anvil:3b", small)[0].id == "acme/anvil-3b-instruct"
    assert find_model("hammer:3b", small)[0].id == "beta/hammer-3b-chat"
    one = replace(catalog, models={"acme/anvil-3b": models["acme/anvil-3b"]})
    assert find_model("anvil:3b", one)[0].id == "acme/anvil-3b"


def test_five_near_names_at_most() -> None:
    names = [f"anvil-{number}" for number in range(9)]
    assert len(near_names("anvil", names, cutoff=0.5)) == 5
    assert near_names("zebra", names, cutoff=0.5) == []


def test_a_name_without_an_owner_offers_near_ones_too(catalog: Catalog) -> None:
    with pytest.raises(UsageError) as caught:
        find_model("zzzzzzzzzzzzzzzz", catalog)
    assert caught.value.hint == "`llmadvise models list` shows what the catalog knows."
    with pytest.raises(UsageError) as caught:
        find_model("nobody/qwen3-8bb", catalog)
    assert QWEN in (caught.value.hint or "")
    many = {f"org{number}/anvil": a_model(f"org{number}/anvil", variants=()) for number in range(7)}
    with pytest.raises(UsageError, match="may mean several") as caught:
        find_model("anvil", replace(catalog, models=many))
    assert (caught.value.hint or "").count("org") == 5
