"""What the grades are worth, and that the points add up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import CHAT, LICENSES, a_candidate, a_model, a_plan, under
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.estimate import Range
from llmadvise.domain.model import BaseModel
from llmadvise.engine.criteria import (
    CRITERIA,
    context_grade,
    headroom,
    license_grade,
    lineage_grade,
    parameter_grade,
)
from llmadvise.engine.felt_speed import speed_grade
from llmadvise.engine.scoring import score, weights_of
from llmadvise.units import GIB

shares = st.floats(0, 1)
weights = st.lists(st.floats(0.001, 100), min_size=len(CRITERIA), max_size=len(CRITERIA))


@pytest.mark.parametrize(
    ("speed", "grade"), [(0.0, 0.0), (4.0, 0.0), (20.0, 1.0), (1000.0, 1.0), (2 / (1 / 4.0 + 1 / 20.0), 0.5)]
)
def test_speed(speed: float, grade: float) -> None:
    assert speed_grade(speed, CHAT) == pytest.approx(grade, abs=1e-9)


@pytest.mark.parametrize(("planned", "grade"), [(32768, 0.5), (16384, 0.75), (8192, 1.0), (1024, 1.0), (131072, 0.0)])
def test_context(planned: int, grade: float) -> None:
    assert context_grade(a_model(), planned) == pytest.approx(grade)


@pytest.mark.parametrize(("total", "grade"), [(1, 0.0), (500_000_000, 0.0), (10**10, 0.5), (200 * 10**9, 1.0)])
def test_parameters(total: int, grade: float) -> None:
    assert parameter_grade(total) == pytest.approx(grade, abs=1e-9)


def test_the_strictest_license_counts() -> None:
    free = a_candidate()
    assert license_grade(free, LICENSES) == 1.0
    assert license_grade(replace(free, license=under("open", "closed")), LICENSES) < 0.5
    assert license_grade(replace(free, license=under()), LICENSES) == 0.0


def test_foreign_ancestors_cost_lineage() -> None:
    foreign = a_model(base_models=(BaseModel(model="beta/parent", relation="finetune"),))
    own = a_model(base_models=(BaseModel(model="Acme/parent", relation="finetune"),))
    assert lineage_grade(a_candidate()) == lineage_grade(a_candidate(own)) == 1.0
    assert lineage_grade(a_candidate(foreign)) < 1.0


def test_headroom_is_that_of_the_tightest_device() -> None:
    (roomy,) = a_plan().memory
    tight = roomy._replace(total=Range(19.0 * GIB, 19.0 * GIB, 19.0 * GIB))
    assert headroom(a_plan()) == pytest.approx(0.75)
    assert headroom(a_plan(memory=(roomy, tight))) == pytest.approx(0.05)


@given(speed=st.floats(0, 1e6), faster=st.floats(0, 1e6))
def test_faster_is_never_worth_less(speed: float, faster: float) -> None:
    assert 0 <= speed_grade(speed, CHAT) <= speed_grade(speed + faster, CHAT) <= 1


@given(weights=weights, grades=st.lists(shares, min_size=len(CRITERIA), max_size=len(CRITERIA)))
def test_a_score_is_between_nothing_and_a_hundred(weights: list[float], grades: list[float]) -> None:
    assert 0 <= score(tuple(grades), tuple(weights)) <= 100 + 1e-3


def test_perfect_grades_score_a_hundred() -> None:
    assert score((1.0,) * len(CRITERIA), weights_of(CHAT)) == 100
    assert score((0.0,) * len(CRITERIA), weights_of(CHAT)) == 0
