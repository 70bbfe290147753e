"""What would change the answer: each sentence is what the engine says when it is asked that question."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_questions import Box, Puzzle, World

from llmadvise.engine.case import Case
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import rank
from llmadvise.engine.relax import more_memory
from llmadvise.engine.what_if import changes


@pytest.fixture(scope="session")
def question(world: World) -> Question:
    """A card of 8 GiB that holds some of the models."""
    puzzle = Puzzle(Box(16, 96_000_000_000, (("nvidia-geforce-rtx-4060", 8),)), {"minimum_bits": 2.5}, 5)
    return world.ask(puzzle, 40)


def _name(case: Case) -> str:
    return f"{case.candidate.model.name} {case.variant.quantization}"


def _told(question: Question, place: int) -> list[str]:
    ranking = rank(question)
    case = ranking.cases[place - 1]
    return list(changes(question, case.candidate.model, case, ranking.cases[0], place))


def test_the_first_choice_is_held_against_a_lower_one_by_what_makes_the_difference(question: Question) -> None:
    ranking = rank(question)
    first, last = ranking.cases[0], ranking.cases[-1]
    line = _told(question, len(ranking.cases))[0]
    assert line.startswith(f"First is {_name(first)} with {first.score:.1f} points")
    assert f"{first.score - last.score:+.1f} against this one (" in line
    assert not any(item.startswith("First is") for item in _told(question, 1))


def test_more_memory_is_told_by_the_smallest_step_that_changes_the_first_choice(question: Question) -> None:
    before = _name(rank(question, 1).cases[0])
    lines = [line for line in _told(question, 1) if "more memory on the GPU" in line]
    expected = next(
        (
            f"{words}, the first choice would be {_name(found[0])}."
            for words, other in more_memory(question)
            if (found := rank(other, 1).cases) and _name(found[0]) != before
        ),
        None,
    )
    assert lines == ([] if expected is None else [expected])


def test_a_longer_context_and_more_bits_are_told_as_the_engine_answers_them(question: Question) -> None:
    first = rank(question, 1).cases[0]
    asked = {
        "With twice the context (16384 tokens)": {"context_length": 16384},
        f"With at least {int(first.quantization.bits_per_weight) + 1} bits a weight": {
            "minimum_bits": float(int(first.quantization.bits_per_weight) + 1)
        },
    }
    lines = _told(question, 1)
    for words, change in asked.items():
        found = rank(replace(question, requirements=replace(question.requirements, **change)), 1).cases  # type: ignore[arg-type]
        line = next((item for item in lines if item.startswith(words)), None)
        same = bool(found) and _name(found[0]) == _name(first)
        assert (line is None) == same or (line or "").endswith("it would be ruled out.")
        if line is not None and found and "ruled out" not in line:
            assert line == f"{words}, the first choice would be {_name(found[0])}."
