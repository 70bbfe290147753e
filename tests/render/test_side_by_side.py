"""What a comparison says in every format: which is best of a row, and which rule forbids a model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rendered_documents import comparison

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.render.documents.explanation import ComparisonDocument
from llmadvise.render.formats import Format, render
from llmadvise.render.side_by_side import Row, best_of, rows_of


@pytest.mark.parametrize(
    ("ranks", "best"),
    [(None, set()), ([1.0, 1.0], set()), ([1.0, 3.0, 2.0], {1}), ([3.0, 1.0, 3.0], {0, 2}), ([5.0], set())],
)
def test_best(ranks: list[float] | None, best: set[int]) -> None:
    assert best_of(Row("row", ["cell"] * len(ranks or "ab"), ranks)) == best


def test_less_memory_is_better_and_more_speed() -> None:
    rows = {row.name: row for row in rows_of(comparison().models)}
    memory = [model.memory.total.value for model in comparison().models]
    assert best_of(rows["memory"]) == {memory.index(min(memory))}
    speed = [model.speed.decode.value if model.speed.decode else 0.0 for model in comparison().models]
    assert best_of(rows["speed"]) == {speed.index(max(speed))}
    assert best_of(rows["where"]) == set()


def forbidden() -> ComparisonDocument:
    """The second of three is too large."""
    document = comparison()
    first, second, *others = document.models
    rule = Finding(rule="does-not-fit", verdict=Verdict.BLOCK, message="too large")
    return replace(document, models=(first, replace(second, findings=(*second.findings, rule)), *others))


@pytest.mark.parametrize("form", [Format.TEXT, Format.MARKDOWN, Format.HTML])
def test_the_rule_that_forbids_is_named(form: Format) -> None:
    assert "blocked: does-not-fit" in render(forbidden(), form, width=200)
    assert "blocked" not in render(comparison(), form, width=200)
