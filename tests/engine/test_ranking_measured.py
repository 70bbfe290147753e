"""What was measured on a machine changes speeds; the ranking must still be that of all cases laid out."""

from __future__ import annotations

from dataclasses import replace

from engine_questions import Box, Puzzle, World, puzzles
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.engine.device import Device
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import rank
from llmadvise.engine.speed import Traffic, decode_speed
from llmadvise.engine.speed.measured import MeasuredRun, with_runs

few = settings(max_examples=15, deadline=None, derandomize=True)
FACTORS = st.lists(st.tuples(st.integers(1, 30), st.floats(0.3, 3.0), st.booleans()), min_size=1, max_size=4)


def measured(question: Question, found: list[tuple[int, float, bool]]) -> Question:
    """The same machine, on which models of so many billions of bytes ran so many times as fast as said."""
    machine = question.machine
    devices = (
        [machine.cpu, *(machine.device(0, backend) for backend in machine.gpus[0].backends)]
        if machine.gpus
        else [machine.cpu]
    )
    calibration = question.catalog.calibration
    runs = [
        run
        for device in devices
        for size, factor, mixture in found
        if (run := _run(device, size, factor, mixture, question)) is not None
    ]
    catalog = replace(question.catalog, calibration=replace(calibration, speed=with_runs(calibration.speed, runs)))
    return replace(question, catalog=catalog)


def _run(device: Device, size: int, factor: float, mixture: bool, question: Question) -> MeasuredRun | None:
    traffic = Traffic(
        device=device, weight_bytes=size * 10**9, kv_bytes=10**7, active_parameters=size * 1_700_000_000, layers=20 + size
    )  # fmt: skip
    said = decode_speed(
        [traffic],
        speed_class="q4",
        mixture=mixture,
        runtime="llama.cpp",
        calibration=question.catalog.calibration.speed,
    )
    if said is None:
        return None
    return MeasuredRun(
        id=f"{size}", date="2026-11-21", phase="decode", rate=said.value * factor, deviation=0.01, traffic=(traffic,),
        work=("llama.cpp", "q4", mixture), tokens=128, batch_tokens=512,
    )  # fmt: skip


def speed_above_all(question: Question) -> Question:
    """The same question where speed counts most, and never is enough."""
    speed = replace(question.profile.speed, usable=0.5, comfortable=5000.0)
    requirements = replace(question.requirements, minimum_speed=0.0)
    profile = replace(question.profile, weights={"speed": 20.0, "quality": 5.0}, speed=speed)
    return replace(question, profile=profile, requirements=requirements)


@few
@given(puzzle=puzzles(), depth=st.integers(1, 8), found=FACTORS, fast=st.booleans())
def test_the_head_of_the_ranking_needs_no_tail(
    world: World, puzzle: Puzzle, depth: int, found: list[tuple[int, float, bool]], fast: bool
) -> None:
    question = measured(world.ask(puzzle, 60), found)
    question = speed_above_all(question) if fast else question
    whole = [(case.variant.id, case.score) for case in rank(question).cases]
    assert [(case.variant.id, case.score) for case in rank(question, depth).cases] == whole[:depth]


@few
@given(seed=st.integers(0, 1000), gib=st.sampled_from((16, 64)), faster=st.floats(2.0, 3.0))
def test_no_bound_is_below_what_one_kind_of_runs_reaches(world: World, seed: int, gib: int, faster: float) -> None:
    """Only runs of mixtures were measured, and ran much faster than said."""
    puzzle = Puzzle(box=Box(gib, 41_000_000_000), asked={"use_case": "chat"}, seed=seed)
    question = speed_above_all(measured(world.ask(puzzle, 60), [(2, faster, True), (9, faster, True)]))
    whole = [(case.variant.id, case.score) for case in rank(question).cases]
    assert [(case.variant.id, case.score) for case in rank(question, 1).cases] == whole[:1]
