"""Mentions resolved to entries of the catalog."""

from __future__ import annotations

import pytest

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.compliance import Mention, ReferenceState
from llmadvise.engine.name_index import NameIndex
from llmadvise.engine.references import resolve


def mention(model: str | None, state: ReferenceState = ReferenceState.RESOLVED) -> Mention:
    return Mention(model=model, file="a", line=1, column=1, kind="k", text="", state=state, confidence=0.9)


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
