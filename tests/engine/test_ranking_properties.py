"""What must hold for every machine, every request and every choice of models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import pytest
from engine_questions import Box, Change, Puzzle, World, feasible, mixed, puzzles, users_profiles
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import Model
from llmadvise.engine.assess import TIE, Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Case
from llmadvise.engine.criteria import CRITERIA
from llmadvise.engine.most_trusted import most_trusted
from llmadvise.engine.near_miss import near_miss
from llmadvise.engine.plan_parts import excess
from llmadvise.engine.question import Question, ordered_runtimes
from llmadvise.engine.recommend import rank, recommend

Value = TypeVar("Value")

few = settings(max_examples=25, deadline=None, derandomize=True)
fewer = settings(max_examples=15, deadline=None, derandomize=True)
ROUNDING = len(CRITERIA) * 1e-4
"""Points of each criterion are rounded to a ten-thousandth."""
CONSTRAINTS: dict[str, object] = {
    "commercial": True,
    "families": True,
    "formats": ("gguf",),
    "runtime": "llama.cpp",
    "minimum_bits": 5.0,
    "minimum_speed": 60.0,
    "context_length": 131072,
}


def _named(cases: tuple[Case, ...]) -> list[tuple[str, str, str, float]]:
    return [(case.candidate.model.id, case.variant.id, case.plan.runtime.id, case.score) for case in cases]


@few
@given(puzzle=puzzles(), depth=st.integers(1, 12))
def test_the_head_of_the_ranking_needs_no_tail(world: World, puzzle: Puzzle, depth: int) -> None:
    """Branch and bound leaves nothing out that would have come first."""
    question = world.ask(puzzle, 80)
    assert _named(rank(question, depth).cases) == _named(rank(question).cases)[:depth]


@few
@given(puzzle=puzzles())
def test_what_a_model_lacks_needs_no_larger_file(world: World, puzzle: Puzzle) -> None:
    """The files that a near miss leaves out would have changed nothing."""
    question = world.ask(puzzle, 40)
    for id_ in question.catalog.models:
        found = near_miss(Assessor(question), id_)
        every = _missed_by_any(Assessor(question), id_)
        assert (found and (found[0].variant.id, found[1])) == every, id_


def _missed_by_any(assessor: Assessor, id_: str) -> tuple[str, Finding] | None:
    """What `near_miss` says, from laying out every file."""
    question = assessor.question
    candidate, forbidden = judge_model(question.catalog.models[id_], question)
    if forbidden is not None or not candidate.evidence:
        return None
    judged = [assessor.once(candidate, variant) for variant in most_trusted(candidate.model.variants)]
    if any(case is not None and blocked is None for case, blocked in judged):
        return None
    missed = [
        (excess(case.plan), case.variant.id, blocked)
        for case, blocked in judged
        if case is not None and blocked is not None and blocked.rule in {"does-not-fit", "too-slow"}
    ]
    return min(missed)[1:] if missed else None


@few
@given(puzzle=puzzles(), ram=st.integers(0, 32), card=st.integers(0, 32))
def test_more_memory_never_unfits(world: World, puzzle: Puzzle, ram: int, card: int) -> None:
    puzzle = puzzle.but(minimum_speed=0.0)
    larger = replace(puzzle, box=puzzle.box.larger(ram, card))
    assert feasible(world.ask(puzzle, 15)) <= feasible(world.ask(larger, 15))


@few
@given(puzzle=puzzles(), name=st.sampled_from(sorted(CONSTRAINTS)))
def test_a_constraint_never_adds_anything(world: World, puzzle: Puzzle, name: str) -> None:
    bound = puzzle.but(**{name: CONSTRAINTS[name]})
    assert feasible(world.ask(bound, 15)) <= feasible(world.ask(puzzle, 15))


@fewer
@given(puzzle=puzzles())
def test_the_order_of_entries_changes_nothing(world: World, puzzle: Puzzle) -> None:
    question, seed = world.ask(puzzle), puzzle.seed
    catalog = question.catalog
    models = {id_: replace(item, variants=tuple(mixed(item.variants, seed))) for id_, item in catalog.models.items()}
    other_way_round = replace(
        catalog,
        models=_shuffled(models, seed),
        runtimes=_shuffled(catalog.runtimes, seed),
        quantizations=_shuffled(catalog.quantizations, seed),
        licenses=_shuffled(catalog.licenses, seed),
        benchmarks=_shuffled(catalog.benchmarks, seed),
    )
    runtimes = ordered_runtimes(other_way_round, None, question.requirements.users)
    other = replace(question, catalog=other_way_round, runtimes=runtimes)
    assert _named(rank(other, 12).cases) == _named(rank(question, 12).cases)


def _shuffled(rows: Mapping[str, Value], seed: int) -> dict[str, Value]:
    return dict(mixed(tuple(rows.items()), seed))


@fewer
@given(puzzle=puzzles())
def test_the_same_question_has_the_same_answer(world: World, puzzle: Puzzle) -> None:
    assert recommend(world.ask(puzzle)) == recommend(world.ask(puzzle))


@fewer
@given(puzzle=puzzles())
def test_points_add_up_and_nothing_blocked_is_shown(world: World, puzzle: Puzzle) -> None:
    question = world.ask(puzzle)
    advice, assessor = recommend(question), Assessor(question)
    candidates = {case.candidate.model.id: case.candidate for case in rank(question).cases}
    for item in (*advice.recommendations, *advice.specialists):
        assert sum(round(grade.points * 10_000) for grade in item.grades) == round(item.score * 10_000)
        assert sum(grade.points for grade in item.grades) == pytest.approx(item.score, abs=1e-9)
        assert [grade.criterion for grade in item.grades] == [criterion.id for criterion in CRITERIA]
        assert all(0 <= grade.grade <= 1 for grade in item.grades)
        assert all(finding.verdict is not Verdict.BLOCK for finding in item.findings)
        assert assessor.judge(candidates[item.model.id], item.variant)[1] is None


@fewer
@given(puzzle=puzzles(), position=st.integers(0, len(CRITERIA) - 1), more=st.floats(0.1, 20.0))
def test_a_weightier_criterion_is_never_served_worse(world: World, puzzle: Puzzle, position: int, more: float) -> None:
    question = world.ask(puzzle)
    heavier = _heavier(question, CRITERIA[position].id, more)
    before, after = rank(question, 1).cases, rank(heavier, 1).cases
    assert len(before) == len(after)
    if before:
        # The better of the two under each weighting may lack a tie's worth of points to the other.
        totals = sum(question.profile.weights.values()) + sum(heavier.profile.weights.values())
        slack = (TIE + ROUNDING) * totals / (100 * more)
        assert after[0].grades[position] >= before[0].grades[position] - slack


def _heavier(question: Question, criterion: str, more: float) -> Question:
    weights = dict(question.profile.weights)
    weights[criterion] = weights.get(criterion, 0.0) + more
    return replace(question, profile=replace(question.profile, weights=weights))


@fewer
@given(puzzle=puzzles(), change=users_profiles(), position=st.integers(0, len(CRITERIA) - 1), more=st.floats(0.1, 20.0))
def test_the_same_holds_for_profiles_of_users(
    world: World, puzzle: Puzzle, change: Change, position: int, more: float
) -> None:
    asked = world.ask(puzzle)
    question = replace(asked, profile=change(asked.profile))
    advice = recommend(question)
    for item in (*advice.recommendations, *advice.specialists):
        assert sum(round(grade.points * 10_000) for grade in item.grades) == round(item.score * 10_000)
        assert 0 <= item.score <= 100 + ROUNDING
    heavier = _heavier(question, CRITERIA[position].id, more)
    before, after = rank(question, 1).cases, rank(heavier, 1).cases
    if before and after:
        totals = sum(question.profile.weights.values()) + sum(heavier.profile.weights.values())
        assert after[0].grades[position] >= before[0].grades[position] - (TIE + ROUNDING) * totals / (100 * more)


@fewer
@given(puzzle=puzzles(), change=st.one_of(st.none(), users_profiles()), better=st.floats(0.1, 20.0))
def test_a_better_graded_twin_never_ranks_lower(
    world: World, puzzle: Puzzle, change: Change | None, better: float
) -> None:
    """Of the same size, speed and license: only its published results are better, each by so many points."""
    asked = world.ask(puzzle.but(minimum_speed=0.0), 15)
    question = asked if change is None else replace(asked, profile=change(asked.profile))
    cases = rank(question).cases
    if not cases:
        return
    model = cases[-1].candidate.model
    twin = _twin(model, better)
    models = {**question.catalog.models, twin.id: twin}
    both = rank(replace(question, catalog=replace(question.catalog, models=models))).cases
    places = {case.candidate.model.id: place for place, case in enumerate(both)}
    scores = {case.candidate.model.id: case.score for case in both}
    assert scores[twin.id] >= scores[model.id]
    assert places[twin.id] < places[model.id]


def _twin(model: Model, better: float) -> Model:
    """Its id comes first, so that equals rank in its favour."""
    results = tuple(replace(item, score=item.score + better) for item in model.evidence)
    return replace(model, id=f"0/{model.id.partition('/')[2]}", evidence=results)


@fewer
@given(puzzle=puzzles(), length=st.integers(512, 32_768), more=st.integers(1, 32_768))
def test_a_longer_context_never_needs_less_memory(world: World, puzzle: Puzzle, length: int, more: int) -> None:
    """On a CPU, where nothing changes place."""
    roomy = replace(puzzle, box=Box(1024, 345_600_000_000)).but(minimum_speed=0.0)
    short, long = (
        {
            case.variant.id: sum(item.total.high for item in case.plan.memory)
            for case in rank(world.ask(roomy.but(context_length=tokens), 15)).cases
        }
        for tokens in (length, length + more)
    )
    for variant in short.keys() & long.keys():
        assert long[variant] >= short[variant], variant
