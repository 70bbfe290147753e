"""The vLLM model against public logs: each row names its source (benchmarks/data/vllm_logs.json)."""

from __future__ import annotations

import pytest

from llmadvise.engine.memory.vllm_peak import activation_peak
from llmadvise.units import GIB
from vllm_accuracy import computed_peak, computed_tokens, computed_weights, pool_of_row
from vllm_rows import LogRow, rows

ROWS, SHAPES = rows()


def names(found: list[LogRow]) -> list[str]:
    return [f"{row.model} {row.vllm} {row.tensor_parallel}" for row in found]


CACHES = [row for row in ROWS if row.cache_gib and row.cache_gib > 0 and (row.tokens or row.largest)]
PEAKS = [row for row in ROWS if row.activations_gib and row.batched and row.sequences]


@pytest.mark.parametrize("row", CACHES, ids=names(CACHES))
def test_the_cache_holds_as_many_tokens_as_the_log_says(row: LogRow) -> None:
    """Up to the two decimals of the logged GiB; a connector takes another per cent in the log of 235B."""
    tokens = computed_tokens(row, SHAPES[row.model])
    rounding = 0.006 / (row.cache_gib or 1)
    slack = 0.013 if "235B" in row.model else rounding + 0.0005
    assert tokens == pytest.approx(row.tokens or row.largest, rel=slack)


def test_one_request_needs_what_vllm_says() -> None:
    row = next(row for row in ROWS if row.request_gib)
    assert pool_of_row(row, SHAPES[row.model]).request_bytes(row.context) / GIB == row.request_gib


@pytest.mark.parametrize("row", PEAKS, ids=names(PEAKS))
def test_the_peak_of_activations_is_the_higher_of_two(row: LogRow) -> None:
    """Within 13 %, and within the interval; recurrent layers are only in the interval."""
    shape = SHAPES[row.model]
    peaks = computed_peak(row, shape)
    assert peaks is not None
    assert row.batched is not None
    assert row.sequences is not None
    measured = (row.activations_gib or 0) * GIB
    if not shape.inner_size:
        assert max(peaks) == pytest.approx(measured, rel=0.13)
    span = activation_peak(shape, row.batched, row.sequences, row.tensor_parallel)
    assert 0.95 * span.low <= measured <= 1.07 * span.high


def test_weights_are_bytes_of_the_files_and_rotations() -> None:
    counted = 0
    for row in ROWS:
        computed = computed_weights(row, SHAPES[row.model])
        if computed is not None and row.weights_gib is not None:
            assert computed == pytest.approx(row.weights_gib, abs=0.011)
            counted += 1
    assert counted >= 5


def test_the_budget_adds_up() -> None:
    """Utilization × total less weights, activations and libraries is the cache, to the printed decimals."""
    counted = 0
    for row in ROWS:
        if None in {row.gpu_gib, row.utilization, row.weights_gib, row.activations_gib, row.libraries_gib}:
            continue
        if row.cache_gib is None:
            continue
        parts = (row.weights_gib or 0) + (row.activations_gib or 0) + (row.libraries_gib or 0)
        assert (row.gpu_gib or 0) * (row.utilization or 0) - parts == pytest.approx(row.cache_gib, abs=0.02)
        counted += 1
    assert counted >= 7
