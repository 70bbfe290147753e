"""Quality from published results: monotone, shrunk, and blind to names and order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.calibration import QualityCalibration, ScoreScale
from llmadvise.domain.catalog import Benchmark
from llmadvise.domain.model import Evidence, Model, Role
from llmadvise.domain.profile import Profile
from llmadvise.engine.quality import model_quality
from llmadvise.engine.quality.ability import log_odds, shown_quality
from llmadvise.engine.quality.prior import prior_belief, release_year

INDEX = "artificial-analysis-index"
ARENA = "lmarena-text"


def result(benchmark: str, score: float, *, independent: bool = True) -> Evidence:
    return Evidence(benchmark=benchmark, score=score, independent=independent)


def test_without_results_the_card_alone_speaks_in_a_wide_interval(
    calibration: QualityCalibration,
    benchmarks: dict[str, Benchmark],
    profile: Profile,
    make_model: Callable[..., Model],
) -> None:
    quality, used = model_quality(make_model(), profile, benchmarks, calibration)
    expected = shown_quality(prior_belief(make_model(), profile.evidence, calibration.prior).mean, calibration.display)
    assert used == ()
    assert quality.value == pytest.approx(expected)
    assert quality.high - quality.low > 15


def test_results_narrow_the_interval(
    calibration: QualityCalibration, benchmarks: dict[str, Benchmark], chat: Profile, make_model: Callable[..., Model]
) -> None:
    bare, _ = model_quality(make_model(), chat, benchmarks, calibration)
    known, used = model_quality(
        make_model(evidence=(result("mmlu-pro-ollb2", 31.0), result(ARENA, 1178.0))), chat, benchmarks, calibration
    )
    assert known.high - known.low < 0.8 * (bare.high - bare.low)
    assert {row.benchmark for row in used} == {"mmlu-pro-ollb2", ARENA}
    assert 0 < sum(row.weight for row in used) < 1


@given(
    scores=st.lists(st.floats(1, 99), min_size=1, max_size=4),
    which=st.integers(0, 3),
    gain=st.floats(0, 60),
)
def test_a_higher_score_never_lowers_quality(
    *,
    calibration: QualityCalibration,
    benchmarks: dict[str, Benchmark],
    profile: Profile,
    scores: list[float],
    which: int,
    gain: float,
    make_model: Callable[..., Model],
) -> None:
    names = ["bbh-ollb2", "humaneval-evalplus", INDEX, "ifeval-ollb2"]
    which %= len(scores)
    better = [*scores[:which], min(99.0, scores[which] + gain), *scores[which + 1 :]]
    low, high = (
        model_quality(make_model(evidence=tuple(map(result, names, values))), profile, benchmarks, calibration)[0].value
        for values in (scores, better)
    )
    assert high >= low - 1e-6


@given(order=st.permutations(["bbh-ollb2", "gsm8k-helm", INDEX, "aider-edit", "mbpp-self"]))
def test_the_order_of_results_changes_nothing(
    calibration: QualityCalibration,
    benchmarks: dict[str, Benchmark],
    profile: Profile,
    order: list[str],
    make_model: Callable[..., Model],
) -> None:
    scores = {"bbh-ollb2": 40.0, "gsm8k-helm": 70.0, INDEX: 12.0, "aider-edit": 50.0, "mbpp-self": 70.0}
    shuffled = make_model(evidence=tuple(result(name, scores[name]) for name in order))
    straight = make_model(evidence=tuple(result(name, score) for name, score in scores.items()))
    assert model_quality(shuffled, profile, benchmarks, calibration) == model_quality(
        straight, profile, benchmarks, calibration
    )


def test_the_name_changes_nothing(
    calibration: QualityCalibration, benchmarks: dict[str, Benchmark], chat: Profile, make_model: Callable[..., Model]
) -> None:
    plain, famous = (
        model_quality(make_model(name=name), chat, benchmarks, calibration) for name in ("a", "llama-405b")
    )
    assert plain == famous


def test_publishers_own_results_weigh_less(
    calibration: QualityCalibration, benchmarks: dict[str, Benchmark], chat: Profile, make_model: Callable[..., Model]
) -> None:
    own, others = (
        model_quality(make_model(evidence=(result(ARENA, 1300.0, independent=who),)), chat, benchmarks, calibration)[1]
        for who in (False, True)
    )
    assert own[0].weight < others[0].weight


def test_one_test_run_twice_counts_once(
    calibration: QualityCalibration, benchmarks: dict[str, Benchmark], chat: Profile, make_model: Callable[..., Model]
) -> None:
    once, twice = (
        model_quality(make_model(evidence=(result(INDEX, 20.0),) * runs), chat, benchmarks, calibration)[0]
        for runs in (1, 2)
    )
    assert list(once) == pytest.approx(list(twice))


def test_one_lucky_result_is_held_back_by_the_card_and_by_the_others(
    calibration: QualityCalibration, benchmarks: dict[str, Benchmark], chat: Profile, make_model: Callable[..., Model]
) -> None:
    small = make_model(1.2, evidence=(result("ifeval-ollb2", 99.0),))
    large = make_model(70.0, evidence=(result("ifeval-ollb2", 85.0), result(ARENA, 1320.0)))
    lucky, _ = model_quality(small, chat, benchmarks, calibration)
    solid, _ = model_quality(large, chat, benchmarks, calibration)
    assert lucky.value < solid.value


def test_results_of_groups_that_say_nothing_are_left_out(
    calibration: QualityCalibration, benchmarks: dict[str, Benchmark], chat: Profile, make_model: Callable[..., Model]
) -> None:
    assert "vision" not in chat.evidence
    model = make_model(evidence=(result("mmmu-self", 70.0), result("no-such-test", 50.0)))
    assert model_quality(model, chat, benchmarks, calibration)[1] == ()


def test_a_card_says_more_of_the_larger_the_newer_and_the_thinking(
    calibration: QualityCalibration, profile: Profile, make_model: Callable[..., Model]
) -> None:
    def ability(model: Model) -> float:
        return prior_belief(model, profile.evidence, calibration.prior).mean

    assert ability(make_model(3)) < ability(make_model(8)) < ability(make_model(32))
    assert ability(make_model(date="2023-07-18")) < ability(make_model(date="2025-04-27"))
    assert ability(make_model()) < ability(make_model(role=Role.REASONING))


def test_an_undated_model_is_less_certain(
    calibration: QualityCalibration, chat: Profile, make_model: Callable[..., Model]
) -> None:
    dated, undated = (
        prior_belief(make_model(date=date), chat.evidence, calibration.prior) for date in ("2024-07-01", None)
    )
    assert undated.mean == pytest.approx(dated.mean)
    assert undated.variance > dated.variance


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("2024-07-01", 2024.5),
        ("2024-01-01", 2024.0),
        ("2024", 2024.5),
        ("2024-01", 2024.038),
        (None, None),
        ("soon", None),
    ],
)
def test_release_year(date: str | None, year: float | None) -> None:
    assert release_year(date) == (None if year is None else pytest.approx(year, abs=0.05))


def test_log_odds_of_a_rating_are_those_of_winning() -> None:
    # Elo's definition: 400 points are odds of ten to one.
    assert log_odds(1400.0, ScoreScale.ELO) - log_odds(1000.0, ScoreScale.ELO) == pytest.approx(2.302585)
    assert log_odds(50.0, ScoreScale.SHARE) == 0.0
    assert log_odds(100.0, ScoreScale.SHARE) == log_odds(99.9, ScoreScale.SHARE)
