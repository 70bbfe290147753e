"""What was measured on a machine changes speeds; the ranking must still be that of all cases laid out."""

from __future__ import annotations

from dataclasses import replace

from engine_questions import Puzzle, World, puzzles
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


@few
@given(puzzle=puzzles(), depth=st.integers(1, 8), found=FACTORS)
def test_the_head_of_the_ranking_needs_no_tail(
    world: World, puzzle: Puzzle, depth: int, found: list[tuple[int, float, bool]]
) -> None:
    question = measured(world.ask(puzzle, 60), found)
    whole = [(case.variant.id, case.score) for case in rank(question).cases]
    assert [(case.variant.id, case.score) for case in rank(question, depth).cases] == whole[:depth]
