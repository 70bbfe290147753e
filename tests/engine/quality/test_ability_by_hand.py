"""Ability worked out by hand: a normal prior and normal readings, whose precisions add up, with bounded pulls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import log, sqrt

import pytest
from made_calibration import BENCHMARKS, MADE, PRIOR

from llmadvise.domain.assessment import QualityEvidence
from llmadvise.domain.calibration import QualityCalibration, ScoreScale
from llmadvise.domain.model import Evidence, Model, Parameters, Role
from llmadvise.domain.profile import Profile, Task
from llmadvise.engine.quality import model_quality
from llmadvise.engine.quality.ability import log_odds, model_ability, score_variance, shown_quality
from llmadvise.engine.quality.prior import Belief, prior_belief, release_year, role_in, talent_in_use

SEVEN_TO_ONE = 87.5
"""The score at which a test is passed seven times as often as failed."""


def result(benchmark: str, score: float = SEVEN_TO_ONE, *, own: bool = False, of: str | None = None) -> Evidence:
    return Evidence(benchmark=benchmark, score=score, independent=not own, of=of)


@pytest.fixture
def plain(chat: Profile) -> Profile:
    """A use that chat alone says anything about."""
    return replace(chat, evidence={"chat": 1.0})


Believe = Callable[..., tuple[Belief, tuple[QualityEvidence, ...]]]


@pytest.fixture
def believe(plain: Profile, make_model: Callable[..., Model]) -> Believe:
    """The belief about a model with these results."""

    def believed(
        *results: Evidence,
        calibration: QualityCalibration = MADE,
        evidence: dict[str, float] | None = None,
        task: Task = Task.TEXT,
        **card: object,
    ) -> tuple[Belief, tuple[QualityEvidence, ...]]:
        use = replace(plain, evidence=evidence or plain.evidence, task=task)
        return model_ability(make_model(evidence=results, **card), use, BENCHMARKS, calibration)

    return believed


def test_precisions_add_up(believe: Believe) -> None:
    """Prior N(0, 1) and a reading log(7) with deviation 0.3."""
    [mean, variance], [used] = believe(result("plain", 60.0))
    precision = 1 / 0.3**2
    assert variance == pytest.approx(1 / (1 + precision))
    assert used.weight == pytest.approx(precision / (1 + precision))
    assert mean == pytest.approx(used.weight * log(0.6 / 0.4))


def test_no_results_leave_the_prior(believe: Believe) -> None:
    assert believe() == ((0.0, 1.0), ())
    assert believe(date=None) == ((0.0, 4.0), ())


def test_a_line_is_read_backwards(believe: Believe) -> None:
    """Log-odds 1 + 2 a with noise 0.6: the ability is (log 7 - 1) / 2, and its deviation 0.3."""
    [mean, _], [used] = believe(result("steep"))
    assert used.weight == pytest.approx((1 / 0.09) / (1 + 1 / 0.09))
    assert mean == pytest.approx(used.weight * (log(7) - 1) / 2)


def test_a_rating_is_read_as_odds(believe: Believe) -> None:
    """1,200 points are 200 above the zero of the scale: half of log(10)."""
    [mean, _], [used] = believe(result("duel", 1200.0))
    assert used.weight == pytest.approx(4 / 5)
    assert mean == pytest.approx(0.8 * log(10) / 2)


def test_publishers_flatter_by_a_deviation_of_their_own(believe: Believe) -> None:
    weights = [believe(item)[1][0].weight for item in (result("plain"), result("plain", own=True))]
    known, own = 0.09, 0.09 + 0.4**2
    assert weights == pytest.approx([1 / (1 + known), 1 / (1 + own)])


def test_the_same_test_run_twice_is_one_test(believe: Believe) -> None:
    """Runs by the same side share their questions: two of them say what their mean would."""
    assert believe(result("plain", 70.0), result("plain", 70.0))[0] == pytest.approx(believe(result("plain", 70.0))[0])
    assert believe(result("plain"), result("again"))[0].variance < believe(result("plain"))[0].variance
    # The publisher's run is another one.
    both = believe(result("plain"), result("plain", own=True))[0].variance
    assert both == pytest.approx(1 / (1 + 1 / 0.09 + 1 / 0.25))


def test_a_group_is_known_no_better_than_models_differ_in_it(believe: Believe) -> None:
    """Random effects: the mean of n tests with variance v varies by v / n + b around the ability."""
    apart = replace(MADE, group_spread={"chat": 0.5})
    for results in (("plain",), ("plain", "again")):
        belief, used = believe(*(result(name, 55.0) for name in results), calibration=apart)
        weight = 1 / (0.09 / len(results) + 0.25)
        assert belief.variance == pytest.approx(1 / (1 + weight))
        assert sum(item.weight for item in used) == pytest.approx(weight / (1 + weight))


def test_a_group_that_says_half_as_much_weighs_half(believe: Believe) -> None:
    half = believe(result("plain"), evidence={"chat": 0.5})[0].variance
    assert half == pytest.approx(1 / (1 + 0.5 / 0.09))


def test_groups_that_say_nothing_of_the_use_are_left_out(believe: Believe) -> None:
    assert believe(result("elsewhere"))[1] == ()
    assert believe(result("elsewhere"), evidence={"chat": 1.0, "math": 0.0})[1] == ()
    assert [item.benchmark for item in believe(result("elsewhere"), evidence={"math": 0.05})[1]] == ["elsewhere"]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_result_far_off_pulls_no_harder_than_at_the_bound(believe: Believe, sign: int) -> None:
    """Huber 1964: from 1.345 deviations on the force is that of 1.345. Prior variance 1: the mean moves by the force."""
    score = {1: 100.0, -1: 0.0}[sign]
    [mean, variance], [used] = believe(result("plain", score))
    assert mean == pytest.approx(sign * 1.345 * 0.3 / 0.09)
    # What pulls at the bound is trusted as far as the bound is short of its distance.
    distance = log(0.995 / 0.005) - abs(mean)
    weight = (1 / 0.09) * 1.345 * 0.3 / distance
    assert used.weight == pytest.approx(weight / (1 + weight))
    assert variance == pytest.approx(1 / (1 + weight))


def test_a_result_at_the_bound_is_trusted_whole(believe: Believe) -> None:
    wide = replace(MADE, prior=replace(PRIOR, intercept=10.0, spread=1e-9))
    near, far = (
        believe(result("duel", 1000 + (10 - distance) * 400 / log(10)), calibration=wide)[1][0].weight
        for distance in (1.34 * 0.5, 2 * 1.345 * 0.5)
    )
    assert far == pytest.approx(near / 2)


def test_one_broken_run_does_not_decide(believe: Believe) -> None:
    good = [result(name, 60.0) for name in ("plain", "again")]
    broken = believe(*good, result("steep", 0.5))[0].mean
    assert broken < believe(*good)[0].mean
    assert broken > 0


def test_where_all_pulls_balance_there_is_no_force(believe: Believe) -> None:
    """Three readings, one of them beyond its bound: the forces on the answer add up to none."""
    belief, _ = believe(result("plain", 40.0), result("again", 55.0), result("duel", 2200.0))
    force = (0.0 - belief.mean) / 1.0
    for ability, deviation in ((log(0.4 / 0.6), 0.3), (log(0.55 / 0.45), 0.3), (1200 * log(10) / 400, 0.5)):
        distance, bound = ability - belief.mean, 1.345 * deviation
        force += max(-bound, min(bound, distance)) / deviation**2
    assert force == pytest.approx(0.0, abs=1e-6)


def test_a_talent_of_the_role_is_no_merit_of_the_model(believe: Believe) -> None:
    """Coders are half a unit better at chat tests here: the same score says half a unit less of the ability in the use,
    where the use is not about them alone.
    """
    gifted = replace(MADE, prior=replace(PRIOR, role_groups={"coder": {"chat": 0.5, "math": -0.1}}))
    use = {"chat": 1.0, "math": 1.0}
    [mean, _], [used] = believe(result("plain"), calibration=gifted, evidence=use, role=Role.CODER)
    own = (0.5 - 0.1) / 2
    assert mean == pytest.approx(own + used.weight * (log(7) - 0.5))
    [bare, _], _ = believe(calibration=gifted, evidence=use, role=Role.CODER)
    assert bare == pytest.approx(own)
    assert believe(calibration=gifted, evidence=use)[0].mean == 0.0


def test_to_fill_in_code_the_tuned_models_results_stand_in(believe: Believe) -> None:
    """And weigh as a publisher's own do: they are of another model."""
    pair = (result("plain", 60.0), result("again", 80.0, of="org/tuned"))
    assert [item.benchmark for item in believe(*pair)[1]] == ["plain"]
    belief, [used] = believe(*pair, task=Task.FILL_IN)
    assert used.benchmark == "again"
    assert belief.variance == pytest.approx(1 / (1 + 1 / 0.25))
    assert [item.benchmark for item in believe(pair[0], task=Task.FILL_IN)[1]] == ["plain"]


@pytest.mark.parametrize(
    ("role", "capabilities", "task", "serves_as"),
    [
        (Role.BASE, ("code",), Task.FILL_IN, Role.CODER),
        (Role.BASE, (), Task.FILL_IN, Role.BASE),
        (Role.BASE, ("code",), Task.TEXT, Role.BASE),
        (Role.INSTRUCT, ("code",), Task.FILL_IN, Role.INSTRUCT),
    ],
)
def test_an_untuned_model_of_code_serves_as_a_coder(
    make_model: Callable[..., Model], role: Role, capabilities: tuple[str, ...], task: Task, serves_as: Role
) -> None:
    assert role_in(make_model(role=role, capabilities=capabilities), task) is serves_as


def test_the_ability_of_a_card(make_model: Callable[..., Model]) -> None:
    """The formula of AbilityPrior for 32 billion parameters, 8 of them active, a year after the reference."""
    prior = replace(
        PRIOR, intercept=1.0, log_active=0.5, log_total=0.3, size_squared=-0.1, year=0.4, year_size=0.2, thinking=0.7,
        thinking_size=0.05, roles={Role.INSTRUCT: 0.25}, spread=0.6,
    )  # fmt: skip
    size = log(4) / 2
    base = 1.0 + 0.3 * log(4) - 0.1 * size**2 + (0.4 + 0.2 * size) * 1.0 + 0.25
    model = make_model(32.0, active=8.0, date="2025-07-01")
    assert prior_belief(model, {}, prior) == pytest.approx((base, 0.36))
    thinking = replace(model, capabilities=("thinking",))
    assert prior_belief(thinking, {}, prior).mean == pytest.approx(base + 0.7 + 0.05 * size)
    dense = make_model(32.0, date="2025-07-01")
    assert prior_belief(dense, {}, prior).mean - prior_belief(model, {}, prior).mean == pytest.approx(
        0.5 * log(4) - 0.1 * (log(4) ** 2 - size**2) + 0.2 * (log(4) - size)
    )
    undated = prior_belief(make_model(32.0, active=8.0, date=None), {}, prior)
    assert undated == pytest.approx((base - 0.4 - 0.2 * size, 4.0))


def test_only_the_language_model_counts(make_model: Callable[..., Model]) -> None:
    """A vision tower of two billion makes no better writer; and no more can be active than there are."""
    prior = replace(PRIOR, log_active=1.0, log_total=1.0)
    seeing = replace(make_model(), parameters=Parameters(total=10 * 10**9, active=10 * 10**9, language=8 * 10**9))
    assert prior_belief(seeing, {}, prior).mean == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("2024-07-15", 2024 + 6 / 12 + 14 / 365),
        ("2024-07", 2024 + 6 / 12 + 14 / 365),
        ("2024", 2024 + 6 / 12 + 14 / 365),
        ("2024-12-31", 2024 + 11 / 12 + 30 / 365),
        ("2024-01-01-01", None),
        ("2024-q1", None),
        ("²024", None),
    ],
)
def test_years(date: str, year: float | None) -> None:
    assert release_year(date) == (None if year is None else pytest.approx(year))


def test_talents_are_weighed_by_the_use() -> None:
    assert talent_in_use({"code": 1.0, "chat": -0.5}, {"code": 3.0, "chat": 1.0, "math": 1.0}) == pytest.approx(0.5)
    assert talent_in_use({"code": 1.0}, {}) == 0.0
    assert talent_in_use({}, {"code": 1.0}) == 0.0


def test_a_score_tells_most_where_half_is_solved() -> None:
    """The derivative of log-odds is 1 / (p (1 - p)): 4 at one half, 100 / 9 at nine tenths."""
    assert score_variance(0.0, ScoreScale.SHARE, 0.02) == pytest.approx((4 * 0.02) ** 2)
    assert score_variance(log(9), ScoreScale.SHARE, 0.02) == pytest.approx((0.02 / 0.09) ** 2)
    assert score_variance(-log(9), ScoreScale.SHARE, 0.02) == pytest.approx((0.02 / 0.09) ** 2)
    assert score_variance(50.0, ScoreScale.SHARE, 0.02) == pytest.approx((0.02 / (0.005 * 0.995)) ** 2)
    assert score_variance(-50.0, ScoreScale.SHARE, 0.02) == pytest.approx((0.02 / (0.005 * 0.995)) ** 2)
    assert score_variance(3.0, ScoreScale.ELO, 0.02) == 0.0


def test_a_reading_is_judged_where_its_score_was_to_be_expected(believe: Believe) -> None:
    """Of a card with ability 1, the steep test expects log-odds 3: there its scores err by 0.02 / (p (1 - p))."""
    erring = replace(MADE, score_error=0.02, prior=replace(PRIOR, intercept=1.0))
    [used] = believe(result("steep"), calibration=erring)[1]
    share = 1 / (1 + 2.718281828459045**-3)
    variance = (0.36 + (0.02 / (share * (1 - share))) ** 2) / 4
    assert used.weight == pytest.approx(1 / (1 + variance))


def test_log_odds_keep_half_a_per_cent_from_the_ends() -> None:
    assert log_odds(90.0, ScoreScale.SHARE) == pytest.approx(log(9))
    assert log_odds(0.0, ScoreScale.SHARE) == pytest.approx(-log(199))
    assert log_odds(100.0, ScoreScale.SHARE) == pytest.approx(log(199))


def test_ability_is_shown_on_a_curve_of_odds() -> None:
    assert shown_quality(0.5, MADE.display) == pytest.approx(50.0)
    assert shown_quality(0.5 + 2 * log(3), MADE.display) == pytest.approx(75.0)
    assert shown_quality(0.5 - 2 * log(9), MADE.display) == pytest.approx(10.0)


def test_the_interval_holds_eight_in_ten(plain: Profile, make_model: Callable[..., Model]) -> None:
    """Of a normal distribution those are within 1.2816 deviations."""
    quality, _ = model_quality(make_model(), plain, BENCHMARKS, MADE)
    ends = [shown_quality(sign * 1.2816, MADE.display) for sign in (0, -1, 1)]
    assert list(quality) == pytest.approx(ends)
    deviation = 1 / sqrt(1 + 1 / 0.09)
    known, _ = model_quality(make_model(evidence=(result("plain", 50.0),)), plain, BENCHMARKS, MADE)
    assert known.high == pytest.approx(shown_quality(1.2816 * deviation, MADE.display))
