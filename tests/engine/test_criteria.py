"""What the grades are worth, and that the points add up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import CHAT, FILL_IN, LICENSES, Q4, VECTORS, a_candidate, a_model, a_plan, under
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.estimate import Range
from llmadvise.domain.model import BaseModel, Model, Parameters
from llmadvise.engine.criteria import (
    CRITERIA,
    GradedCase,
    bits_grade,
    context_grade,
    headroom,
    license_grade,
    lineage_grade,
    parameter_grade,
    quality_grade,
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


@pytest.mark.parametrize(
    ("category", "grade"),
    [
        ("permissive", 1.0), ("copyleft", 0.8), ("weak-restriction", 0.8), ("use-restricted", 0.6),
        ("proprietary", 0.5), ("non-commercial", 0.2), ("research-only", 0.2), ("unheard-of", 0.0),
    ],
)  # fmt: skip
def test_freedom_by_category(category: str, grade: float) -> None:
    """In even steps, as docs/rules.md says; what is unknown leaves none that can be relied on."""
    only = {"open": replace(LICENSES["open"], category=category)}
    assert license_grade(a_candidate(), only) == grade


def test_what_is_unsure_of_a_descent_is_taken_off() -> None:
    foreign = a_model(base_models=(BaseModel(model="beta/parent", relation="finetune"),))
    served = a_model(base_models=(BaseModel(model="beta/parent", relation="distilled", service="an API"),))

    def grade(model: Model, *rules: str) -> float:
        return lineage_grade(replace(a_candidate(model), license=under("open", findings=rules)))

    assert (grade(a_model()), grade(foreign), grade(served)) == (1.0, 0.75, 1.0)
    assert (grade(a_model(), "lineage-unknown"), grade(a_model(), "license-conflict")) == (0.75, 0.5)
    assert grade(foreign, "lineage-unknown", "license-conflict") == 0.0


@pytest.mark.parametrize(("bits", "grade"), [(1.5, 0.0), (2.0, 0.0), (4.0, 0.5), (5.0, 0.75), (6.0, 1.0), (16.0, 1.0)])
def test_bits_between_two_and_six(bits: float, grade: float) -> None:
    assert bits_grade(replace(Q4, bits_per_weight=bits)) == pytest.approx(grade)
    assert bits_grade(replace(Q4, bits_per_weight=bits, trained=True)) == 1.0


def test_quality_is_midway_between_the_best_guess_and_the_low_end() -> None:
    assert quality_grade(Range(80.0, 60.0, 99.0)) == pytest.approx(0.7)
    assert quality_grade(Range(120.0, 110.0, 130.0)) == 1.0
    assert quality_grade(Range(5.0, -20.0, 30.0)) == 0.0


def graded(**changes: object) -> dict[str, tuple[float, str]]:
    """Grade and reason of each criterion for a plain case."""
    values = {
        "candidate": a_candidate(), "quantization": Q4, "plan": a_plan(), "kept": Range(0.987, 0.98, 0.99),
        "quality": Range(80.0, 60.0, 90.0), "profile": CHAT, "licenses": LICENSES,
    }  # fmt: skip
    case = GradedCase(**{**values, **changes})  # type: ignore[arg-type]  # fields of GradedCase
    return {item.id: (item.grade(case), item.why(case)) for item in CRITERIA}


def test_every_grade_has_its_reason_in_words() -> None:
    found = graded()
    assert found["quality"] == (pytest.approx(0.7), "80 of 100 for chat (at least 60), from 1 published result")
    assert found["speed"] == (1.0, "about 30 tokens/s; 20 are comfortable")
    assert found["quantization-bits"] == (pytest.approx(0.7), "4.8 bits a weight, keeps 98.7% of the full score")
    assert found["memory-fit"] == (1.0, "75% of the memory stays free")
    assert found["context-length"] == (pytest.approx(1.0), "trained for 32768 tokens, 8192 planned")
    assert found["license"] == (1.0, "Open")
    assert found["lineage"] == (1.0, "first-hand from acme")
    assert found["parameter-count"][1] == "8.0 billion parameters"


def test_reasons_say_what_is_not_as_usual() -> None:
    descends = replace(
        a_candidate(evidence=False), lineage=("a/one", "b/two", "c/three"), license=under("open", "gone")
    )
    mixture = replace(descends, model=a_model(parameters=Parameters(total=30 * 10**9, active=3 * 10**9)))
    slow = a_plan(decode=None)
    found = graded(candidate=mixture, plan=slow, quantization=replace(Q4, trained=True))
    assert found["speed"] == (0.0, "unknown: the memory bandwidth is not known")
    assert found["quality"][1].endswith("from size, date and kind alone")
    assert found["quantization-bits"][1] == "4.8 bits a weight, trained in this format"
    assert found["license"] == (0.0, "Open and gone")
    assert found["lineage"][1] == "descends from a/one, b/two"
    assert found["parameter-count"][1] == "30.0 billion parameters, 3.0 active"
    two = replace(a_candidate(), evidence=a_candidate().evidence * 2, license=under())
    assert graded(candidate=two)["quality"][1].endswith("from 2 published results")
    assert graded(candidate=two)["license"] == (0.0, "no license declared")


def test_speed_is_told_as_the_use_feels_it() -> None:
    # 900 tokens are read in a second, 32 written in 1.07.
    assert graded(profile=FILL_IN)["speed"][1] == "about 2.1 s for 32 tokens; 0.4 s are comfortable"
    by_rate = replace(CHAT, speed=replace(CHAT.speed, by_rate=True, comfortable=100.0))
    assert graded(profile=by_rate)["speed"][1] == "about 30 tokens/s; counted up to 100"
    answers = replace(FILL_IN, speed=replace(FILL_IN.speed, by_rate=True))
    assert graded(profile=answers)["speed"][1].endswith("counted down to 0.4 s")
    assert graded(profile=VECTORS)["speed"][1] == "about 900 tokens/s read; 5000 are comfortable"


@pytest.mark.parametrize(
    ("free", "ample", "grade"),
    [(0.0, 0.1, 0.5), (0.05, 0.1, 0.75), (0.1, 0.1, 1.0), (0.5, 1.0, 0.75), (-0.2, 0.1, 0.0)],
)
def test_memory_that_stays_free(free: float, ample: float, grade: float) -> None:
    (whole,) = a_plan().memory
    used = whole.device.budget_bytes * (1 - free)
    plan = a_plan(memory=(whole._replace(total=Range(used, used, used)),))
    found = graded(plan=plan, profile=replace(CHAT, ample_headroom=ample))["memory-fit"]
    assert found[0] == pytest.approx(grade, abs=1e-9)
    assert found[1] == f"{max(0.0, free):.0%} of the memory stays free"
    assert headroom(a_plan(memory=())) == 0.0


@pytest.mark.parametrize(("speed", "grade"), [(4.0, 0.0), (8.944, 0.5), (20.0, 1.0), (0.0, 0.0), (1e9, 1.0)])
def test_who_prefers_speed_counts_doublings(speed: float, grade: float) -> None:
    """Midway between 4 and 20 is their geometric mean."""
    by_rate = replace(CHAT, speed=replace(CHAT.speed, by_rate=True))
    assert speed_grade(speed, by_rate) == pytest.approx(grade, abs=1e-4)


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
