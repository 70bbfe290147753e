"""When nothing fits: the smallest step of each kind, and nothing that does not help."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_questions import Box, Puzzle, World

from llmadvise.engine.question import Question
from llmadvise.engine.recommend import rank
from llmadvise.engine.relax import more_memory, relaxations
from llmadvise.units import GIB


@pytest.fixture(scope="session")
def small(world: World) -> Question:
    """2 GiB of RAM, and a context that does not fit there."""
    puzzle = Puzzle(Box(2, 96_000_000_000), {"context_length": 131072, "minimum_speed": 0.0}, 3)
    question = world.ask(puzzle, 60)
    assert not rank(question, 1).cases
    return question


def test_a_step_less_would_not_help(small: Question) -> None:
    for item in relaxations(small):
        if item.words.startswith("--context "):
            length = int(item.words.removeprefix("--context "))
            twice = replace(small, requirements=replace(small.requirements, context_length=length * 2))
            assert not rank(twice, 1).cases
        if item.words.endswith(" GiB more RAM"):
            step = int(item.words.split()[1])
            cpu = replace(small.machine.cpu, budget_bytes=small.machine.cpu.budget_bytes + step * GIB // 2)
            assert not rank(replace(small, machine=replace(small.machine, cpu=cpu)), 1).cases


def test_every_kind_is_told_once(small: Question) -> None:
    words = [item.words for item in relaxations(small)]
    assert [word for word in words if word.startswith("--context ")]
    assert [word for word in words if word.endswith(" GiB more RAM")]
    assert len(words) == len({word.split()[0] for word in words})


def test_more_memory_is_for_the_device_that_matters(world: World) -> None:
    card = Puzzle(Box(16, 96_000_000_000, (("nvidia-geforce-rtx-4060", 8),)), {}, 0)
    steps = list(more_memory(world.ask(card, 1)))
    assert steps[0][0] == "With 1 GiB more memory on the GPU"
    assert [question.machine.gpus[0].budget_bytes for _, question in steps[:3]] == [9 * GIB, 10 * GIB, 12 * GIB]
    shared = Puzzle(Box(16, 96_000_000_000, (("apple-m3-max-40c-64gb", 12),)), {}, 0)
    before = world.ask(shared, 1).machine.pool_bytes
    assert before is not None
    assert [question.machine.pool_bytes for _, question in more_memory(world.ask(shared, 1))][:2] == [
        before + GIB,
        before + 2 * GIB,
    ]
