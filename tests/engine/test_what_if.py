"""What would change the answer: each sentence is what the engine says when it is asked that question."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_questions import Ask, Box, Puzzle, World

from llmadvise.domain.catalog import Catalog
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Case
from llmadvise.engine.criteria import CRITERIA
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


def _one(catalog: Catalog, ask: Ask, model: str, box: Box, **asked: object) -> list[str]:
    """What would change for the only model there is."""
    put = ask(box.hardware(catalog), models=(model,), **asked)
    ranking = rank(put)
    entry = catalog.models[model]
    candidate, _ = judge_model(entry, put)
    variant = next(item for item in entry.variants if item.quantization == "Q4_K_M" and item.bytes)
    case, _ = Assessor(put).judge(candidate, variant, anyway=True)
    assert case is not None
    return list(changes(put, entry, case, next(iter(ranking.cases), None), 1 if ranking.cases else None))


ROOMY = Box(64, 96_000_000_000)


@pytest.mark.parametrize(
    ("model", "asked", "line"),
    [
        ("qwen/qwen3-8b", {"minimum_speed": 1000.0}, "If any speed would do, it would be allowed."),
        (
            "qwen/qwen3-8b", {"context_length": 262144, "minimum_speed": 0.0},
            "With half the context (131072 tokens), it would be allowed.",
        ),
        (
            "qwen/qwen3-8b", {"minimum_bits": 17.0, "minimum_speed": 0.0},
            "With 16 bits a weight allowed, it would be allowed.",
        ),
        (
            "qwen/qwen2.5-3b-instruct", {"commercial": True, "minimum_speed": 0.0},
            "For private use, it would be allowed.",
        ),
        (
            "qwen/qwen2.5-3b-instruct", {"minimum_speed": 0.0},
            "For commercial use, it would be ruled out.",
        ),
    ],
)  # fmt: skip
def test_what_one_requirement_decides(
    catalog: Catalog, ask: Ask, model: str, asked: dict[str, object], line: str
) -> None:
    found = _one(catalog, ask, model, ROOMY, **asked)
    assert line in found
    assert len({item.split(",")[0] for item in found}) == len(found), "each change is told once"


def test_memory_that_would_do_is_the_smallest_step(catalog: Catalog, ask: Ask) -> None:
    found = _one(catalog, ask, "qwen/qwen3-8b", Box(2, 96_000_000_000), minimum_speed=0.0)
    line = next(item for item in found if item.endswith("GiB more RAM, it would be allowed."))
    step = int(line.split()[1])
    assert step in {1, 2, 4, 8}
    assert not any(item.startswith(f"With {2 * step} GiB") for item in found)
    put = ask(Box(2, 96_000_000_000).hardware(catalog), models=("qwen/qwen3-8b",), minimum_speed=0.0)
    allowed = [bool(rank(other, 1).cases) for _, other in more_memory(put)]
    assert next(1 << index for index, enough in enumerate(allowed) if enough) == step


def test_a_criterion_that_makes_no_difference_is_not_named(question: Question) -> None:
    ranking = rank(question)
    told = 0
    for place, case in enumerate(ranking.cases[1:6], start=2):
        line = next(changes(question, case.candidate.model, case, ranking.cases[0], place))
        assert line.startswith("First is ")
        reasons = line.partition("(")[2].rstrip(").").split(", ")
        assert len(reasons) <= 2
        gaps = {
            criterion.id: one - other
            for criterion, one, other in zip(CRITERIA, ranking.cases[0].grades, case.grades, strict=True)
        }
        for reason in filter(None, reasons):
            name, _, points = reason.partition(" ")
            assert gaps[name] != 0
            assert (float(points) > 0) == (gaps[name] > 0) or float(points) == 0
            told += 1
    assert told


def test_where_no_criterion_differs_none_is_named(question: Question) -> None:
    case = rank(question, 1).cases[0]
    line = next(changes(question, case.candidate.model, case, case, 2))
    assert line == f"First is {case.name} with {case.score:.1f} points, +0.0 against this one."
