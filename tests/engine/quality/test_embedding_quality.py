"""Quality of embedding models: means of MTEB versions, each moved to one scale and weighed by its scatter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import sqrt

import pytest
from made_calibration import BENCHMARKS, MADE

from llmadvise.domain.estimate import Range
from llmadvise.domain.model import Evidence, Model, Role
from llmadvise.domain.profile import Profile, Task
from llmadvise.engine.quality import model_quality


@pytest.fixture
def vectors(chat: Profile) -> Profile:
    return replace(chat, task=Task.EMBEDDING, evidence={"embedding": 1.0})


def embedder(make_model: Callable[..., Model], **scores: float) -> Model:
    results = tuple(
        Evidence(benchmark=name.replace("_", "-"), score=score, source="a card") for name, score in scores.items()
    )
    return make_model(0.3, role=Role.EMBEDDING, evidence=results)


def test_scores_are_moved_and_weighed_by_the_inverse_of_their_variance(
    vectors: Profile, make_model: Callable[..., Model]
) -> None:
    """60 with a deviation of 1, and 50 + 7 with one of 3: weights 9 to 1."""
    quality, used = model_quality(embedder(make_model, vectors_a=60.0, vectors_b=50.0), vectors, BENCHMARKS, MADE)
    assert quality.value == pytest.approx(0.9 * 60 + 0.1 * 57)
    reach = 1.2816 / sqrt(1 + 1 / 9)
    assert (quality.low, quality.high) == pytest.approx((quality.value - reach, quality.value + reach))
    assert [(item.benchmark, item.score) for item in used] == [("vectors-a", 60.0), ("vectors-b", 50.0)]
    assert [item.weight for item in used] == pytest.approx([0.9, 0.1])


def test_what_the_use_minds_less_weighs_less(vectors: Profile, make_model: Callable[..., Model]) -> None:
    less = replace(vectors, evidence={"embedding": 0.25})
    whole, part = (
        model_quality(embedder(make_model, vectors_a=60.0), use, BENCHMARKS, MADE)[0] for use in (vectors, less)
    )
    assert part.high - part.value == pytest.approx(2 * (whole.high - whole.value))


@pytest.mark.parametrize("score", [99.9, 0.1])
def test_the_interval_stays_on_the_scale(vectors: Profile, make_model: Callable[..., Model], score: float) -> None:
    quality, _ = model_quality(embedder(make_model, vectors_a=score), vectors, BENCHMARKS, MADE)
    assert quality.value == pytest.approx(score)
    assert quality.low == (pytest.approx(score - 1.2816) if score > 50 else 0.0)
    assert quality.high == (100.0 if score > 50 else pytest.approx(score + 1.2816))


@pytest.mark.parametrize("scores", [{}, {"plain": 70.0}, {"never_heard_of": 70.0}])
def test_without_a_result_nothing_is_known(
    vectors: Profile, make_model: Callable[..., Model], scores: dict[str, float]
) -> None:
    assert model_quality(embedder(make_model, **scores), vectors, BENCHMARKS, MADE) == (Range(0.0, 0.0, 100.0), ())


def test_a_group_without_a_share_is_left_out(vectors: Profile, make_model: Callable[..., Model]) -> None:
    deaf = replace(vectors, evidence={"embedding": 0.0, "chat": 1.0})
    assert model_quality(embedder(make_model, vectors_a=60.0), deaf, BENCHMARKS, MADE)[1] == ()


def test_the_order_of_results_changes_nothing(vectors: Profile, make_model: Callable[..., Model]) -> None:
    model = embedder(make_model, vectors_a=60.0, vectors_b=50.0)
    turned = replace(
        model,
        evidence=(replace(model.evidence[1], date="2025-01-01"), replace(model.evidence[0], date=None)),
    )
    there, back = (model_quality(item, vectors, BENCHMARKS, MADE) for item in (model, turned))
    assert there[0] == back[0]
    assert [item.benchmark for item in there[1]] == [item.benchmark for item in back[1]]
