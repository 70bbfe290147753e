"""Ability of a model in a use: its published results, each laid on one scale and weighed by how far it can be trusted.

A result gives the ability at which its benchmark would show that score. Its weight follows from the benchmark's noise,
from how often the same test was counted already, from how far talents for its group of benchmarks differ, and from
what the group says about the use. The prior from the card joins as one more voice, which shrinks what rests on little.
Results far off the rest pull with bounded force (Huber 1964), so that one broken run does not decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import exp, log, sqrt
from typing import NamedTuple

from llmadvise.domain.assessment import QualityEvidence
from llmadvise.domain.calibration import AbilityScale, BenchmarkLink, QualityCalibration, ScoreScale
from llmadvise.domain.catalog import Benchmark
from llmadvise.domain.estimate import NORMAL_DECILE, Range
from llmadvise.domain.model import Evidence, Model
from llmadvise.domain.profile import Profile, Task
from llmadvise.engine.quality.prior import Belief, prior_belief, role_in, talent_in_use

HUBER = 1.345
"""Standard deviations beyond which a result pulls no harder: 95 % efficient where nothing is broken (Huber 1964)."""
_STEPS = 20
_CLOSE = 1e-9
_NEVER = 0.005
"""No score is taken as nearer to none or all than half a per cent: the next question may differ."""


class _Reading(NamedTuple):
    """One result as the ability it points to, with the weight that was decided before it was read."""

    evidence: Evidence
    ability: float
    spread: float
    """Standard deviation of what this result alone says."""
    weight: float


def model_quality(
    model: Model, profile: Profile, benchmarks: Mapping[str, Benchmark], calibration: QualityCalibration
) -> tuple[Range, tuple[QualityEvidence, ...]]:
    """Estimate quality 0..100 of the unquantized model in this use, with the results it rests on (none: the card alone)."""
    if profile.task is Task.EMBEDDING:
        from llmadvise.engine.quality.embedding import embedding_quality  # noqa: PLC0415 - most uses rank by ability

        return embedding_quality(model, profile, benchmarks, calibration)
    belief, used = model_ability(model, profile, benchmarks, calibration)
    reach = NORMAL_DECILE * sqrt(belief.variance)
    shown = Range(*(shown_quality(belief.mean + step, calibration.display) for step in (0.0, -reach, reach)))
    return shown, used


def model_ability(
    model: Model, profile: Profile, benchmarks: Mapping[str, Benchmark], calibration: QualityCalibration
) -> tuple[Belief, tuple[QualityEvidence, ...]]:
    """Estimate ability in this use on its own open-ended scale, where 1 is one unit of log-odds in a typical test."""
    prior = prior_belief(model, profile.evidence, calibration.prior, role_in(model, profile.task))
    readings = _readings(model, profile, benchmarks, calibration)
    mean = _settle(prior, readings)
    pulls = [reading.weight * _trust((reading.ability - mean) / reading.spread) for reading in readings]
    total = 1.0 / prior.variance + sum(pulls)
    used = tuple(weighed(reading.evidence, pull / total) for reading, pull in zip(readings, pulls, strict=True))
    return Belief(mean, 1.0 / total), used


def log_odds(score: float, scale: ScoreScale) -> float:
    """Put a score on the scale on which benchmarks are compared."""
    if scale is ScoreScale.ELO:
        return (score - 1000.0) * log(10.0) / 400.0
    share = min(max(score / 100.0, _NEVER), 1.0 - _NEVER)
    return log(share / (1.0 - share))


def score_variance(expected: float, scale: ScoreScale, score_error: float) -> float:
    """Variance in log-odds that the score's own error makes where `expected` log-odds are: large where a test saturates."""
    if scale is ScoreScale.ELO:
        return 0.0
    share = min(max(1.0 / (1.0 + exp(-expected)), _NEVER), 1.0 - _NEVER)
    return (score_error / (share * (1.0 - share))) ** 2


def shown_quality(ability: float, scale: AbilityScale) -> float:
    """Map ability to 0..100."""
    return 100.0 / (1.0 + exp(-(ability - scale.centre) / scale.width))


def _readings(
    model: Model, profile: Profile, benchmarks: Mapping[str, Benchmark], calibration: QualityCalibration
) -> list[_Reading]:
    """Read all results that say something about the use, in an order of their own, not the file's."""
    role = role_in(model, profile.task)
    typical = prior_belief(model, {}, calibration.prior, role).mean
    talents = calibration.prior.role_groups.get(role, {})
    own = talent_in_use(talents, profile.evidence)
    results = _results(model, profile)
    runs = Counter((evidence.benchmark, evidence.independent) for evidence in results)
    rows: list[tuple[str, _Reading]] = []
    within: dict[str, float] = {}
    for evidence in sorted(results, key=_order):
        link, benchmark = calibration.links.get(evidence.benchmark), benchmarks.get(evidence.benchmark)
        if link is None or benchmark is None or profile.evidence.get(benchmark.group, 0.0) <= 0.0:
            continue
        variance = _variance(evidence, link, typical, calibration)
        precision = 1.0 / (variance * runs[evidence.benchmark, evidence.independent])
        # What is usual for the role in this group says nothing about the model: it is exchanged for what is in this use.
        ability = (log_odds(evidence.score, link.scale) - link.intercept) / link.slope
        ability += own - talents.get(benchmark.group, 0.0)
        rows.append((benchmark.group, _Reading(evidence, ability, sqrt(variance), precision)))
        within[benchmark.group] = within.get(benchmark.group, 0.0) + precision
    return [
        reading._replace(
            weight=profile.evidence[group] * reading.weight / (1.0 + within[group] * _between(group, calibration))
        )
        for group, reading in rows
    ]


def _results(model: Model, profile: Profile) -> list[Evidence]:
    """The model's own results; to fill in code, those of the model tuned from it in their place, where there are any."""
    tuned = [evidence for evidence in model.evidence if evidence.of is not None]
    if tuned and profile.task is Task.FILL_IN:
        return tuned
    return [evidence for evidence in model.evidence if evidence.of is None]


def _between(group: str, calibration: QualityCalibration) -> float:
    """Variance between models' abilities at this group, which no number of its tests averages out."""
    return calibration.group_spread.get(group, 0.0) ** 2


def _order(evidence: Evidence) -> tuple[str, str, float, str]:
    return evidence.benchmark, evidence.date or "", evidence.score, evidence.setting or ""


def _variance(evidence: Evidence, link: BenchmarkLink, typical: float, calibration: QualityCalibration) -> float:
    """Variance of one reading, judged at the score to expect: a lucky score must not buy itself weight."""
    expected = link.intercept + link.slope * typical
    noise = link.noise**2 + score_variance(expected, link.scale, calibration.score_error)
    disinterested = evidence.independent and evidence.of is None
    optimism = 0.0 if disinterested else calibration.optimism_spread**2
    return noise / link.slope**2 + optimism


def _settle(prior: Belief, readings: list[_Reading]) -> float:
    """Find the ability where all pulls balance, by Newton's method between bounds; it rises with every reading."""
    low = min([prior.mean, *(reading.ability for reading in readings)])
    high = max([prior.mean, *(reading.ability for reading in readings)])
    mean = prior.mean
    for _ in range(_STEPS):
        pull, stiffness = _pull(mean, prior, readings)
        low, high = (mean, high) if pull > 0.0 else (low, mean)
        aim = mean + pull / stiffness
        if not low <= aim <= high:
            aim = (low + high) / 2.0
        if abs(aim - mean) < _CLOSE:
            return aim
        mean = aim
    return mean


def _pull(mean: float, prior: Belief, readings: list[_Reading]) -> tuple[float, float]:
    """Sum the pulls at this ability, bounded each, and how fast they give way as it moves."""
    stiffness = 1.0 / prior.variance
    pull = (prior.mean - mean) * stiffness
    for reading in readings:
        distance, bound = reading.ability - mean, HUBER * reading.spread
        if abs(distance) <= bound:
            stiffness += reading.weight
            pull += reading.weight * distance
        else:
            pull += reading.weight * (bound if distance > 0.0 else -bound)
    return pull, stiffness


def _trust(deviation: float) -> float:
    size = abs(deviation)
    return 1.0 if size <= HUBER else HUBER / size


def weighed(evidence: Evidence, weight: float) -> QualityEvidence:
    """A result as it is shown, with the part of the whole that rests on it."""
    return QualityEvidence(
        benchmark=evidence.benchmark,
        score=evidence.score,
        weight=weight,
        independent=evidence.independent,
        date=evidence.date,
        source=evidence.source,
    )
