"""The front door as a library uses it: answers are values, failures are errors, and nothing is printed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from llmadvise.api.advise import recommend
from llmadvise.api.documents import recommended
from llmadvise.api.explain import compare, explain
from llmadvise.api.facts import load_facts, rule, rules
from llmadvise.api.relax import nothing_fits
from llmadvise.api.request import Request
from llmadvise.catalog import load
from llmadvise.domain.requirements import Requirements
from llmadvise.errors import InvalidFileError, UsageError

MACHINE = """{
  "platform": "linux", "cpu": {"name": "AMD Ryzen 9 7950X", "cores": 16, "features": ["avx2"]},
  "memory": {"total_bytes": 68719476736},
  "gpus": [{"name": "NVIDIA GeForce RTX 4090", "vendor": "nvidia", "memory_bytes": 25769803776}]
}"""


@pytest.fixture(scope="module")
def compiled() -> bytes:
    return load.built_in()


@pytest.fixture
def request_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bytes) -> Request:
    """A request about a machine in a file."""
    monkeypatch.setattr(load, "built_in", lambda: compiled)
    file = tmp_path / "machine.json"
    file.write_text(MACHINE, encoding="utf-8")
    return Request(hardware=str(file))


def asking(request: Request, **wanted: object) -> Request:
    return replace(request, requirements=replace(Requirements(), **wanted))  # type: ignore[arg-type]


def test_advice_is_a_value_and_nothing_is_printed(request_: Request, capsys: pytest.CaptureFixture[str]) -> None:
    answer = recommend(request_)
    assert answer.advice.recommendations
    assert answer.relaxations == ()
    assert recommend(request_).advice == answer.advice
    assert capsys.readouterr() == ("", "")


def test_nothing_that_fits_is_a_value_too(request_: Request) -> None:
    answer = recommend(asking(request_, minimum_speed=1e6))
    assert answer.advice.recommendations == ()
    assert answer.relaxations
    error = nothing_fits(answer)
    assert error.exit_code == 3
    assert error.hint is not None
    document = recommended(answer)
    assert all(item.words in error.hint for item in answer.relaxations)
    assert len(document.relaxations) == len(answer.relaxations)


def test_comparisons_keep_the_order_asked(request_: Request) -> None:
    names = ("google/gemma-3-12b-it", "qwen/qwen3-8b")
    found = tuple(item.model.id for item in compare(request_, names).assessments)
    assert found == names
    assert tuple(item.model.id for item in compare(request_, names[::-1]).assessments) == found[::-1]


@pytest.mark.parametrize("name", ["qwen/qwen3-8b", "Qwen/Qwen3-8B", " QWEN3-8B ", "hf:Qwen/Qwen3-8B"])
def test_models_are_found_under_the_names_people_use(name: str, request_: Request) -> None:
    assert compare(request_, [name, name]).assessments[0].model.id == "qwen/qwen3-8b"


@pytest.mark.parametrize(
    "wanted",
    [
        {"use_case": "nothing"},
        {"runtime": "nothing"},
        {"families": ("nothing",)},
        {"formats": ("nothing",)},
        {"kv_type": "nothing"},
        {"kv_type": "f16,nothing"},
    ],
)
def test_unknown_words_are_wrong_usage(wanted: dict[str, object], request_: Request) -> None:
    with pytest.raises(UsageError, match="nothing") as caught:
        recommend(asking(request_, **wanted))
    assert caught.value.hint


@pytest.mark.parametrize("kv_type", ["q8_0", "q8_0,q4_0", "bf16"])
def test_cache_types_that_a_runtime_has_are_taken(kv_type: str, request_: Request) -> None:
    assert recommend(asking(request_, kv_type=kv_type)).advice.requirements.kv_type == kv_type


def test_unknown_models_are_wrong_usage(request_: Request) -> None:
    with pytest.raises(UsageError):
        explain(request_, "nobody/nothing")


def test_a_missing_catalog_is_an_invalid_file(request_: Request, tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError):
        load_facts(tmp_path / "nothing")


def test_every_rule_can_be_asked_for_by_its_id() -> None:
    every = rules()
    assert len({item.id for item in every}) == len(every)
    assert all(rule(item.id) == item for item in every)


@pytest.mark.parametrize(("version", "says"), [("0.5.1", True), ("0.32.15", False), ("unreadable", False)])
def test_a_runtime_that_is_too_old_is_told(request_: Request, tmp_path: Path, version: str, says: bool) -> None:
    """Qwen3 came to Ollama in 0.6.6; the machine in the file says which Ollama it has."""
    file = tmp_path / "old.json"
    file.write_text(MACHINE[:-1] + f', "runtimes": [{{"id": "ollama", "version": "{version}"}}]}}', encoding="utf-8")
    request = replace(request_, hardware=str(file), requirements=Requirements(runtime="ollama"))
    found = [
        item for item in explain(request, "qwen/qwen3-8b").assessment.findings if item.rule == "needs-newer-runtime"
    ]
    assert bool(found) is says
    assert all("0.6.6" in item.message and item.evidence for item in found)


@pytest.mark.parametrize("model", ["qwen/qwen3-8b", "qwen/qwen3-4b", "qwen/qwen3.5-27b", "microsoft/phi-4"])
def test_a_model_that_may_be_advised_is_explained_by_a_file_that_may_be(model: str, request_: Request) -> None:
    explained = explain(request_, model)
    assert explained.rank is not None
    assert not explained.assessment.blocked, [found.message for found in explained.assessment.findings]
    assert not compare(request_, [model, model]).assessments[0].blocked
