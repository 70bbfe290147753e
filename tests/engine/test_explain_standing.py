"""A model's place among all: the same as in the whole ranking, found without looking at those that must stand behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engine_questions import Box, Puzzle, World

from llmadvise.engine.explain import standing
from llmadvise.engine.prospects import Prospect
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import rank


@pytest.fixture(scope="session")
def question(world: World) -> Question:
    """A card of 8 GiB that holds some of the models."""
    return world.ask(Puzzle(Box(16, 96_000_000_000, (("nvidia-geforce-rtx-4060", 8),)), {}, 7), 60)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Ids of the models that were judged, in turn."""
    ids: list[str] = []
    judge = Prospect.judge

    def counted(prospect: Prospect) -> object:
        ids.append(prospect.summary.id)
        return judge(prospect)

    monkeypatch.setattr(Prospect, "judge", counted)
    return ids


def test_every_place_is_that_of_the_whole_ranking(question: Question) -> None:
    ranked = [case.candidate.model.id for case in rank(question).cases]
    assert 5 < len(ranked) < len(question.catalog.models)
    for model in question.catalog.models.values():
        first, place = standing(question, model)
        assert first is not None
        assert first.candidate.model.id == ranked[0]
        assert place == (ranked.index(model.id) + 1 if model.id in ranked else None), model.id


def test_what_cannot_score_as_much_is_not_looked_at(question: Question, looked_at: list[str]) -> None:
    ranked = rank(question).cases
    for_all = len(looked_at)
    looked_at.clear()
    standing(question, ranked[2].candidate.model)
    assert {case.candidate.model.id for case in ranked[:3]} <= set(looked_at)
    assert len(looked_at) < for_all / 2
