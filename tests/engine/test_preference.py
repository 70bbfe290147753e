"""What the user prefers weighs more, and nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from engine_parts import CHAT
from engine_questions import Puzzle, World, puzzles
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.domain.profile import Profile
from llmadvise.engine.case import Case
from llmadvise.engine.criteria import CRITERIA
from llmadvise.engine.preference import PREFERENCES, preferring
from llmadvise.engine.recommend import rank


def grades(case: Case) -> Mapping[str, float]:
    return {criterion.id: grade for criterion, grade in zip(CRITERIA, case.grades, strict=True)}


@pytest.mark.parametrize("preference", PREFERENCES)
def test_it_has_half_of_the_weight_and_the_others_keep_their_proportions(preference: str) -> None:
    weights = {"quality": 0.4, "speed": 0.2, "memory-fit": 0.2, "context-length": 0.1, "license": 0.1}
    shifted = preferring(replace(CHAT, weights=weights), preference).weights
    chosen = PREFERENCES[preference]
    assert shifted[chosen] == pytest.approx(0.5)
    assert sum(shifted.values()) == pytest.approx(1)
    others = [name for name in weights if name != chosen]
    assert [shifted[name] / weights[name] for name in others] == pytest.approx(
        [shifted[others[0]] / weights[others[0]]] * 4
    )


def test_what_has_half_already_gets_three_quarters() -> None:
    assert preferring(CHAT, "quality").weights["quality"] == pytest.approx(0.75)
    assert preferring(CHAT, None) is CHAT


@settings(max_examples=20, deadline=None, derandomize=True)
@given(puzzle=puzzles(), preference=st.sampled_from(sorted(PREFERENCES)))
def test_the_first_choice_never_gets_worse_at_it(world: World, puzzle: Puzzle, preference: str) -> None:
    question = world.ask(puzzle, 20)
    after_profile = preferring(question.profile, preference)
    same_grades: Profile = replace(after_profile, weights=question.profile.weights)
    before = rank(replace(question, profile=same_grades), 1).cases
    after = rank(replace(question, profile=after_profile), 1).cases
    if before and after:
        chosen = PREFERENCES[preference]
        assert grades(after[0])[chosen] >= grades(before[0])[chosen] - 0.02
