"""What must hold for every machine, every request and every choice of models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import TypeVar

from engine_questions import Box, World, boxes, feasible, requests
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.domain.finding import Verdict
from llmadvise.engine.assess import Assessor
from llmadvise.engine.case import Case
from llmadvise.engine.criteria import CRITERIA
from llmadvise.engine.question import Question, ordered_runtimes
from llmadvise.engine.recommend import rank, recommend

Value = TypeVar("Value")

seeds = st.integers(0, 10_000)
few = settings(max_examples=25, deadline=None)
fewer = settings(max_examples=15, deadline=None)
ROUNDING = 2 * len(CRITERIA) * 1e-4
"""Each criterion's points are rounded to a ten-thousandth, in each of two scores."""


def _named(cases: tuple[Case, ...]) -> list[tuple[str, str, str, float]]:
    return [(case.candidate.model.id, case.variant.id, case.plan.runtime.id, case.score) for case in cases]


@few
@given(box=boxes(), asked=requests(), seed=seeds, depth=st.integers(1, 12))
def test_the_head_of_the_ranking_needs_no_tail(
    world: World, box: Box, asked: dict[str, object], seed: int, depth: int
) -> None:
    """Branch and bound leaves nothing out that would have come first."""
    question = world.ask(box, seed, **asked)
    assert _named(rank(question, depth).cases) == _named(rank(question).cases)[:depth]


@few
@given(box=boxes(), asked=requests(), seed=seeds, ram=st.integers(0, 32), card=st.integers(0, 32))
def test_more_memory_never_unfits(
    world: World, box: Box, asked: dict[str, object], seed: int, ram: int, card: int
) -> None:
    asked = {**asked, "minimum_speed": 0.0}
    before = feasible(world.ask(box, seed, 15, **asked))
    after = feasible(world.ask(box.larger(ram, card), seed, 15, **asked))
    assert before <= after


CONSTRAINTS: dict[str, object] = {
    "commercial": True,
    "families": True,
    "formats": ("gguf",),
    "runtime": "llama.cpp",
    "minimum_bits": 5.0,
    "minimum_speed": 60.0,
    "context_length": 131072,
}


@few
@given(box=boxes(), asked=requests(), seed=seeds, name=st.sampled_from(sorted(CONSTRAINTS)))
def test_a_constraint_never_adds_anything(
    world: World, box: Box, asked: dict[str, object], seed: int, name: str
) -> None:
    free = feasible(world.ask(box, seed, 15, **asked))
    bound = feasible(world.ask(box, seed, 15, **{**asked, name: CONSTRAINTS[name]}))
    assert bound <= free


@fewer
@given(box=boxes(), asked=requests(), seed=seeds)
def test_the_order_of_entries_changes_nothing(world: World, box: Box, asked: dict[str, object], seed: int) -> None:
    question = world.ask(box, seed, **asked)
    mixed = replace(
        question.catalog,
        models={
            id_: replace(model, variants=tuple(_mixed(model.variants, seed)))
            for id_, model in _shuffled(question.catalog.models, seed).items()
        },
        runtimes=_shuffled(world.catalog.runtimes, seed),
        quantizations=_shuffled(world.catalog.quantizations, seed),
        licenses=_shuffled(world.catalog.licenses, seed),
        benchmarks=_shuffled(world.catalog.benchmarks, seed),
    )
    other = replace(question, catalog=mixed, runtimes=ordered_runtimes(mixed, None, question.requirements.users))
    assert _named(rank(other, 12).cases) == _named(rank(question, 12).cases)


def _shuffled(rows: Mapping[str, Value], seed: int) -> dict[str, Value]:
    return dict(_mixed(tuple(rows.items()), seed))


def _mixed(rows: tuple[Value, ...], seed: int) -> list[Value]:
    return Random(seed).sample(rows, len(rows))


@fewer
@given(box=boxes(), asked=requests(), seed=seeds)
def test_the_same_question_has_the_same_answer(world: World, box: Box, asked: dict[str, object], seed: int) -> None:
    first = recommend(world.ask(box, seed, 15, **asked))
    assert recommend(world.ask(box, seed, 15, **asked)) == first


@fewer
@given(box=boxes(), asked=requests(), seed=seeds)
def test_points_add_up_and_nothing_blocked_is_shown(
    world: World, box: Box, asked: dict[str, object], seed: int
) -> None:
    question = world.ask(box, seed, **asked)
    advice = recommend(question)
    assessor = Assessor(question)
    candidates = {case.candidate.model.id: case.candidate for case in rank(question).cases}
    for item in (*advice.recommendations, *advice.specialists):
        assert sum(round(grade.points * 10_000) for grade in item.grades) == round(item.score * 10_000)
        assert [grade.criterion for grade in item.grades] == [criterion.id for criterion in CRITERIA]
        assert all(0 <= grade.grade <= 1 for grade in item.grades)
        assert not item.blocked
        assert all(finding.verdict is not Verdict.BLOCK for finding in item.findings)
        assert assessor.judge(candidates[item.model.id], item.variant)[1] is None


@fewer
@given(
    box=boxes(),
    asked=requests(),
    seed=seeds,
    position=st.integers(0, len(CRITERIA) - 1),
    more=st.floats(0.01, 5.0),
)
def test_a_weightier_criterion_is_never_served_worse(
    world: World, box: Box, asked: dict[str, object], seed: int, position: int, more: float
) -> None:
    question = world.ask(box, seed, **asked)
    heavier = _heavier(question, CRITERIA[position].id, more)
    before, after = rank(question, 1).cases, rank(heavier, 1).cases
    assert len(before) == len(after)
    if before:
        total = sum(heavier.profile.weights.values())
        slack = ROUNDING * total / (100 * more)
        assert after[0].grades[position] >= before[0].grades[position] - slack


def _heavier(question: Question, criterion: str, more: float) -> Question:
    weights = dict(question.profile.weights)
    weights[criterion] = weights.get(criterion, 0.0) + more
    return replace(question, profile=replace(question.profile, weights=weights))


@fewer
@given(seed=seeds, asked=requests(), bandwidth=st.sampled_from((41_000_000_000, 345_600_000_000)))
def test_a_longer_context_never_needs_less_memory(
    world: World, seed: int, asked: dict[str, object], bandwidth: int
) -> None:
    """On a CPU, where nothing changes place."""
    sizes = [
        {
            case.variant.id: sum(item.total.high for item in case.plan.memory)
            for case in rank(
                world.ask(Box(1024, bandwidth), seed, 15, **{**asked, "context_length": length, "minimum_speed": 0.0})
            ).cases
        }
        for length in (4096, 8192)
    ]
    for variant in sizes[0].keys() & sizes[1].keys():
        assert sizes[1][variant] >= sizes[0][variant], variant
