"""Every measured row: what llama.cpp itself said it needs (benchmarks/data/memory_truth.jsonl.gz)."""

from __future__ import annotations

import pytest

from memory_accuracy import Error, Judged, judge
from memory_rows import rows


@pytest.fixture(scope="module")
def judged() -> Judged:
    """All rows, judged once."""
    found = Judged()
    for row in rows():
        judge(row, found)
    return found


def share_within(errors: list[Error], within: float, slack: int = 0) -> float:
    """Which part of the forecasts is as near as that."""
    return sum(abs(error.off) <= max(within * error.measured, slack) for error in errors) / len(errors)


def test_caches_and_states_are_exact(judged: Judged) -> None:
    assert share_within(judged.part["GPU: cache and state"], 0) == 1
    assert share_within(judged.part["host: cache and state"], 0) == 1


def test_weights_are_exact_on_gpus(judged: Judged) -> None:
    assert share_within(judged.part["GPU: weights"], 0) > 0.99
    assert share_within(judged.part["GPU: weights"], 0.001) == 1


def test_whole_models_are_within_a_percent(judged: Judged) -> None:
    assert share_within(judged.kind["GPU: one GPU"], 0.01) > 0.97
    assert share_within(judged.kind["GPU: one GPU"], 0.03) > 0.99
    assert share_within(judged.compute["GPU: one GPU"], 0.05, 16 << 20) > 0.95


def test_host_totals_are_within_a_percent(judged: Judged) -> None:
    assert share_within(judged.part["host: total"], 0.01) > 0.95


def test_refusals_are_foreseen_and_nothing_else_is_refused(judged: Judged) -> None:
    assert dict(judged.refusals) == {"ran, forecast runs": 1669, "refused, forecast refused": 2}
