"""The first choice uses the machine: what a careful buyer of that machine would expect of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from advice_answers import USE_CASES, Answer

from llmadvise.engine.case import Case
from llmadvise.engine.recommend import Ranking, rank

Answered = Callable[[str, str], Answer]
Ranked = Callable[[str, str], Ranking]

CURRENT_GENERATION = "2025"
"""A model released before has a successor of its size that is better at everything."""
LEAST_PARAMETERS = {
    "laptop 16 GB": 8e9,
    "RTX 4060": 8e9,
    "RTX 3060": 8e9,
    "RTX 4090": 20e9,
    "two RTX 3090": 20e9,
    "H100": 20e9,
    "M3 Max 64 GB": 20e9,
    "Strix Halo 128 GB": 20e9,
    "EPYC 9654": 20e9,
}
"""Total parameters that the memory holds with ease at four to eight bits."""
WHOLE = [("H100", "chat"), ("H100", "reasoning"), ("RTX 4090", "coding"), ("laptop 16 GB", "chat")]
"""Where the whole ranking is worked out."""
BETTER = 5.0
"""Points of quality that nobody would leave on the table."""


def test_it_is_of_the_current_generation(answer: Answered, machine: str, use_case: str) -> None:
    first = answer(machine, use_case).advice.recommendations[0]
    assert first.model.release_date is not None
    assert first.model.release_date >= CURRENT_GENERATION, first.model.id


@pytest.mark.parametrize("place", LEAST_PARAMETERS)
def test_it_is_as_large_as_the_machine_allows(answer: Answered, place: str, use_case: str) -> None:
    first = answer(place, use_case).advice.recommendations[0]
    # A batch, and steps with tools, on a processor want the smaller model, which is done in a third of the time.
    least = LEAST_PARAMETERS[place] / (2 if use_case in {"agents", "extraction"} else 1)
    assert first.model.parameters.total >= least, first.model.id


@pytest.mark.parametrize(("place", "use"), WHOLE)
def test_nothing_is_better_and_comfortable_too(answer: Answered, ranked: Ranked, place: str, use: str) -> None:
    """Whatever is clearly better is slower than is comfortable: speed and nothing else costs it the first place."""
    comfortable = answer(place, use).question.profile.speed.comfortable
    first, *others = ranked(place, use).cases
    for case in others:
        better = case.quality.value > first.quality.value + BETTER and case.quality.low > first.quality.low
        assert not (better and _speed(case) >= min(comfortable, _speed(first))), case.variant.id


def _speed(case: Case) -> float:
    return case.plan.decode.value if case.plan.decode else 0.0


@pytest.mark.parametrize(("place", "use"), WHOLE)
def test_the_head_of_the_ranking_is_found_without_the_rest(
    answer: Answered, ranked: Ranked, place: str, use: str
) -> None:
    """Branch and bound on the catalog that ships."""
    question = answer(place, use).question
    assert _names(rank(question, 12)) == _names(ranked(place, use))[:12]


def _names(ranking: Ranking) -> list[tuple[str, str, float]]:
    return [(case.candidate.model.id, case.variant.id, case.score) for case in ranking.cases]


def test_an_80_gb_card_gets_nearly_the_best_that_fits(ranked: Ranked) -> None:
    for use in ("chat", "reasoning"):
        cases = ranked("H100", use).cases
        assert cases[0].quality.value >= max(case.quality.value for case in cases) - BETTER


def test_more_machine_is_never_worse_advised(answer: Answered) -> None:
    """From board to server, the first choice gets better."""
    for use_case in USE_CASES:
        qualities = [
            answer(place, use_case).advice.recommendations[0].quality.estimate.value
            for place in ("Raspberry Pi 5", "laptop 16 GB", "RTX 4090", "H100")
        ]
        assert qualities == sorted(qualities), use_case
