"""Which file of a model is shown where none may be advised."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_questions import Box, Puzzle, World

from llmadvise.engine.explain import assess_one
from llmadvise.engine.quality.loss import GOOD
from llmadvise.engine.question import Question


@pytest.fixture(scope="session")
def slow(world: World) -> Question:
    """A slow machine on which ten thousand tokens a second are asked for: every file is too slow."""
    question = world.ask(Puzzle(Box(64, 9_400_000_000), {}, 7), 60)
    return replace(question, requirements=replace(question.requirements, minimum_speed=10_000.0))


def test_where_all_are_too_slow_a_small_good_file_is_shown_and_not_the_largest(slow: Question) -> None:
    seen = good = 0
    for id_ in slow.catalog.models:
        model = slow.catalog.models[id_]
        known = [item for item in model.variants if item.bytes and item.format == "gguf"]
        if len(known) < 5 or model.architecture is None or model.role not in slow.profile.roles:
            continue
        shown = assess_one(slow, model, None)
        if not any(finding.rule == "too-slow" for finding in shown.findings):
            continue
        seen += 1
        assert (shown.variant.bytes or 0) < max(item.bytes or 0 for item in known)
        good += shown.quality.retention.value >= GOOD
    assert good > seen / 2 > 0


def test_one_that_is_asked_for_is_shown_however_slow(slow: Question) -> None:
    for id_ in slow.catalog.models:
        model = slow.catalog.models[id_]
        variant = next((item for item in model.variants if item.quantization == "Q8_0" and item.bytes), None)
        if variant is not None and model.architecture is not None and model.role in slow.profile.roles:
            assert assess_one(slow, model, "Q8_0").variant.quantization == "Q8_0"
            return
    pytest.fail("no model of the sample has a Q8_0 file")
