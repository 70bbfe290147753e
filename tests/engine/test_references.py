"""Mentions resolved to entries of the catalog."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import a_model, a_variant

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.compliance import Mention, ReferenceState
from llmadvise.domain.model import File
from llmadvise.engine.name_index import NameIndex
from llmadvise.engine.references import Resolution, is_spelled_alike, resolve, same_model


def mention(model: str | None, state: ReferenceState = ReferenceState.RESOLVED) -> Mention:
    return Mention(
        model=model, file="a", line=1, column=1, kind="k", text="", state=state, confidence=0.9, why="said elsewhere"
    )


@pytest.fixture(scope="module")
def anvils(catalog: Catalog) -> NameIndex:
    """Two models with one short name, and one alone."""
    copy = a_variant(repo="Copyist/Hammer-8B-GGUF", files=(File(name="hammer-8b-Q4_K_M.gguf"),))
    models = {
        "acme/anvil": a_model("acme/anvil"),
        "acme/hammer-8b": a_model("acme/hammer-8b", repo="Acme/Hammer-8B", variants=(copy,)),
        "beta/anvil": a_model("beta/anvil", variants=()),
    }
    return NameIndex(replace(catalog, models=models))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Qwen/Qwen3-8B", "qwen/qwen3-8b"),
        ("qwen/QWEN3-8b", "qwen/qwen3-8b"),
        ("ollama:qwen3:8b", "qwen/qwen3-8b"),
        ("ollama:qwen3:8b-q4_K_M", "qwen/qwen3-8b"),
        ("file:Qwen3-8B-Q4_K_M.gguf", "qwen/qwen3-8b"),
        ("local:Qwen3-8B", "qwen/qwen3-8b"),
        ("docker:ai/qwen3:8B-Q4_K_M", "qwen/qwen3-8b"),
        ("docker:ai/qwen3", None),
        ("oci:quay.io/org/modelcar-catalog:qwen3-8b", "qwen/qwen3-8b"),
        ("oci:quay.io/org/charts:1.2", None),
        ("nobody/nothing", None),
        ("ollama:qwen3", None),
        (None, None),
    ],
)
def test_a_name_means_one_entry_or_says_why_not(catalog: Catalog, name: str | None, expected: str | None) -> None:
    found = resolve(mention(name), NameIndex(catalog))
    assert found.model == expected
    assert (found.confidence > 0) == (expected is not None)


def test_an_alias_is_less_sure_than_a_repository(catalog: Catalog) -> None:
    sure = resolve(mention("Qwen/Qwen3-8B"), NameIndex(catalog)).confidence
    assert sure > resolve(mention("ollama:qwen3:8b"), NameIndex(catalog)).confidence
    assert sure > resolve(mention("local:Qwen3-8B"), NameIndex(catalog)).confidence


def test_names_from_the_surest_to_the_least_sure(anvils: NameIndex) -> None:
    """A repository, its copy, a file, a tag, an image or a file less its ending, a folder."""
    names = [
        "Acme/Hammer-8B", "copyist/hammer-8b-gguf", "file:Hammer-8B-Q4_K_M.gguf", "ollama:hammer:8b",
        "oci:registry.io/org/hammer-8b:1", "local:hammer-8b",
    ]  # fmt: skip
    found = [resolve(mention(name), anvils) for name in names]
    assert {item.model for item in found} == {"acme/hammer-8b"}
    assert [item.confidence for item in found] == sorted((item.confidence for item in found), reverse=True)
    assert found[0] == Resolution(model="acme/hammer-8b", confidence=0.9)
    assert all(0 < item.confidence < 0.9 for item in found[1:])
    assert found[1].note == "a quantized copy of it"


def test_an_image_may_be_named_by_its_tag_or_itself(anvils: NameIndex) -> None:
    for reference in ("host/org/models:hammer-8b", "host/org/hammer-8b", "host/hammer-8b:v1@sha256:00", "hammer-8b"):
        assert resolve(mention(f"oci:{reference}"), anvils).model == "acme/hammer-8b", reference
    none = resolve(mention("oci:host/org/hammer-9b:v1"), anvils)
    assert none == Resolution(model=None, confidence=0.0, note="an image whose model the catalog does not know")


def test_a_file_is_known_by_what_stands_before_its_quantization(anvils: NameIndex) -> None:
    for name in ("hammer-8b-IQ2_XXS.gguf", "Hammer-8B.Q8_0.gguf"):
        found = resolve(mention(f"file:{name}"), anvils)
        assert found.model == "acme/hammer-8b", name
        assert found.note == "by the name of the file, less its quantization"
    for name in ("nothing.gguf", "hammer", "hammer-8b-instruct-Q4.gguf"):
        none = resolve(mention(f"file:{name}"), anvils)
        assert none == Resolution(model=None, confidence=0.0, note="a file that the catalog does not know"), name


def test_a_tag_is_shortened_until_it_is_known(anvils: NameIndex) -> None:
    assert resolve(mention("ollama:hammer:8b-chat-q4_0"), anvils).model == "acme/hammer-8b"
    unknown = resolve(mention("ollama:hammer:9b-chat"), anvils)
    assert unknown == Resolution(model=None, confidence=0.0, note="a tag that the catalog does not know")
    for tag in ("ollama:hammer", "ollama:hammer:latest"):
        any_size = resolve(mention(tag), anvils)
        assert (any_size.note or "").startswith("hammer without a size")
        assert (any_size.model, any_size.confidence) == (None, 0.0)
    assert resolve(mention("ollama:hammer:8b"), anvils).note == "by its tag in the Ollama library"
    assert resolve(mention("docker:ai/hammer:8b"), anvils).note == "by its tag in Docker's library"


def test_what_may_mean_several_means_none(anvils: NameIndex) -> None:
    found = resolve(mention("local:anvil"), anvils)
    assert (found.model, found.confidence) == (None, 0.0)
    assert found.note == "anvil may mean acme/anvil, beta/anvil"
    assert resolve(mention("local:nail"), anvils).note == "unknown model nail"


def test_what_is_no_model_says_what_it_is(anvils: NameIndex) -> None:
    assert resolve(mention("Acme/Hammer-8B", ReferenceState.NOT_A_MODEL), anvils).note == "said elsewhere"
    assert resolve(mention(None), anvils) == Resolution(model=None, confidence=0.0, note="said elsewhere")
    assert resolve(mention("nobody/nothing"), anvils) == Resolution(
        model=None, confidence=0.0, note="not in the catalog"
    )


def test_of_a_model_without_an_entry_its_descent_is_known(catalog: Catalog) -> None:
    name = next(iter(catalog.lineage))
    found = resolve(mention(name.upper()), NameIndex(catalog))
    assert (found.model, found.confidence) == (name, 0.9)
    assert found.note == "of it only license and descent are known"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Acme/Hammer-8B", "acme/hammer-8b"),
        (" acme/hammer-8b ", "acme/hammer-8b"),
        ("copyist/hammer-8b-gguf", None),  # a repository means itself alone
        ("hammer-8b-Q4_K_M.gguf", "acme/hammer-8b"),
        ("hammer:8b", "acme/hammer-8b"),
        ("ollama:hammer:8b", "acme/hammer-8b"),
        ("local:hammer-8b", "acme/hammer-8b"),
        ("hammer", None),
    ],
)
def test_a_name_written_by_hand(anvils: NameIndex, written: str, meant: str | None) -> None:
    assert same_model(written, anvils) == meant


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("ollama:qwen3", "Qwen3:latest", True),
        ("docker:ai/qwen3", "ai/qwen3", True),
        ("Qwen/Qwen3-8B", "qwen/qwen3-8b ", True),
        ("qwen3:8b", "qwen3:4b", False),
        ("qwen3:8b", "qwen3", False),
    ],
)
def test_names_that_are_one_but_for_their_spelling(one: str, other: str, alike: bool) -> None:
    assert is_spelled_alike(one, other) is alike
