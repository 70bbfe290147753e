"""Where the commit comes from when the catalog knows none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from recipe_parts import CATALOG, case_of, question

from llmadvise.api.recipe_pin import pinned
from llmadvise.domain.model import File, Variant
from llmadvise.domain.pull import Wanted, WantedFile
from llmadvise.engine.case import Case
from llmadvise.errors import LLMAdviseError

COMMIT = "c0ffee" * 6 + "c0ff"
HASH = "ab" * 32


def alone(*variants: Variant) -> Case:
    """Qwen3 8B with these variants and no others."""
    case = case_of(question("RTX 4090"), CATALOG.models["qwen/qwen3-8b"])
    assert case is not None
    model = replace(case.candidate.model, variants=variants or (case.variant,))
    first = variants[0] if variants else case.variant
    return replace(case, variant=first, candidate=replace(case.candidate, model=model))


def unknown() -> Variant:
    return replace(alone().variant, revision=None, repo="someone/Else-GGUF", id="someone/Else-GGUF:x")


def test_a_known_commit_is_kept() -> None:
    case = alone()
    assert pinned(question("RTX 4090"), case, offline=False) == (case, ())


def test_another_upload_of_the_same_scheme_is_taken_first() -> None:
    known = alone().variant
    taken, notes = pinned(question("RTX 4090"), alone(unknown(), known), offline=True)
    assert taken.variant.revision == known.revision
    assert [item.rule for item in notes] == ["recipe-other-upload"]


def test_the_hub_tells_commit_and_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = unknown()

    def look_up(_: object, selection: object) -> Wanted:
        return Wanted(
            repo=wanted.repo, revision=COMMIT, files=(WantedFile(name=wanted.files[0].name, bytes=1, sha256=HASH),)
        )

    monkeypatch.setattr("llmadvise.hub.wanted.look_up", look_up)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    taken, notes = pinned(question("RTX 4090"), alone(wanted), offline=False)
    assert taken.variant.revision == COMMIT
    assert taken.variant.files == (File(name=wanted.files[0].name, bytes=1, sha256=HASH),)
    assert notes == ()


@pytest.mark.parametrize("offline", [True, False])
def test_nothing_is_asked_offline_and_nothing_is_made_up(offline: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object) -> Wanted:
        raise AssertionError

    monkeypatch.setattr("llmadvise.hub.wanted.look_up", look_up)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(LLMAdviseError):
        pinned(question("RTX 4090"), alone(unknown()), offline=offline)


def test_where_the_hub_cannot_be_reached_another_scheme_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object) -> Wanted:
        raise LLMAdviseError("no way there", None)

    monkeypatch.setattr("llmadvise.hub.wanted.look_up", look_up)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    known = CATALOG.models["qwen/qwen3-8b"].variants
    other = next(
        item for item in known if item.revision and item.quantization != alone().variant.quantization and item.bytes
    )
    taken, notes = pinned(question("RTX 4090"), alone(unknown(), other), offline=False)
    assert taken.variant.quantization == other.quantization
    assert [item.rule for item in notes] == ["recipe-other-upload"]
