"""Memory against context: the engine's own figures, from 2k tokens to the trained length."""

from __future__ import annotations

import pytest
from engine_questions import Ask, Box
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.catalog import Catalog
from llmadvise.engine.assess import Assessor
from llmadvise.engine.context_curve import context_curve, lengths
from llmadvise.engine.recommend import rank, recommend

CARD = Box(32, 41_000_000_000, (("nvidia-geforce-rtx-3060-12-gb", 11),))


@given(planned=st.integers(512, 1 << 20), native=st.integers(128, 1 << 21))
def test_lengths_rise_to_the_trained_one(planned: int, native: int) -> None:
    found = lengths(planned, native)
    assert list(found) == sorted(set(found))
    assert found[-1] <= native
    assert min(planned, native) in found or native < 2048 or len(found) == 12


@pytest.mark.parametrize("box", [CARD, Box(64, 41_000_000_000)])
def test_memory_rises_with_context_and_the_smaller_cache_is_smaller(catalog: Catalog, ask: Ask, box: Box) -> None:
    """Qwen3-8B: 36 layers of 8 heads of 128, keys and values, 2 bytes or 34/32 of one."""
    question = ask(box.hardware(catalog), models=("qwen/qwen3-8b",), minimum_speed=0.0)
    assessor = Assessor(question)
    case = rank(question, 1, assessor).cases[0]
    points = context_curve(question, case, assessor.usable(case))
    assert {point.kv_type for point in points} == {"f16", "q8_0"}
    for kv_type, each in (("f16", 2 * 36 * 8 * 128 * 2), ("q8_0", 2 * 36 * 8 * 128 * 34 // 32)):
        row = [point for point in points if point.kv_type == kv_type]
        assert [point.context for point in row] == list(lengths(8192, 40960))
        assert [point.kv_cache_bytes for point in row] == [point.context * each for point in row]
        assert [point.total_bytes for point in row] == sorted(point.total_bytes for point in row)
    planned = next(point for point in points if point.context == 8192)
    rest = sum(item.compute + item.overhead.value for item in case.plan.memory)
    assert planned.other_bytes == pytest.approx(rest, abs=len(case.plan.memory))
    assert planned.budget_bytes == sum(item.device.budget_bytes for item in case.plan.memory)
    assert (planned.fits, planned.placement) == (True, case.plan.placement.kind)
    assert planned.weights_bytes == sum(item.weights for item in case.plan.memory)
    assert planned.kv_cache_bytes == sum(item.kv_cache for item in case.plan.memory)


def test_only_who_asks_pays_for_it(catalog: Catalog, ask: Ask) -> None:
    question = ask(CARD.hardware(catalog), models=("qwen/qwen3-8b", "qwen/qwen3-embedding-0.6b"))
    assert recommend(question).context_curve == ()
    assert recommend(question, curve=True).context_curve
    vectors = ask(CARD.hardware(catalog), models=("qwen/qwen3-embedding-0.6b",), use_case="embedding")
    assert recommend(vectors, curve=True).context_curve == ()
