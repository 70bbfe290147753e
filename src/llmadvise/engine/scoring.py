"""From grades to a score that is the exact sum of its points."""

from __future__ import annotations

from typing import Final

from llmadvise.domain.assessment import Grade
from llmadvise.domain.profile import Profile
from llmadvise.engine.criteria import CRITERIA, GradedCase

UNITS: Final = 10_000
"""Points are counted in ten-thousandths, so that they add up to the score exactly."""


def point_units(grade: float, weight: float, total_weight: float) -> int:
    """Points of one criterion in ten-thousandths; all criteria at grade 1 give 100 points."""
    return round(grade * weight / total_weight * 100 * UNITS)


def score(grades: tuple[float, ...], weights: tuple[float, ...]) -> float:
    """0..100."""
    total = sum(weights)
    return sum(map(point_units, grades, weights, (total,) * len(grades))) / UNITS


def weights_of(profile: Profile) -> tuple[float, ...]:
    """The profile's weights in the order of CRITERIA; a criterion it does not name weighs nothing."""
    return tuple(profile.weights.get(criterion.id, 0.0) for criterion in CRITERIA)


def explain_grades(case: GradedCase) -> tuple[Grade, ...]:
    """Every criterion with its grade, points and reason; the points add up to the score."""
    weights = weights_of(case.profile)
    total = sum(weights)
    return tuple(
        Grade(
            criterion=criterion.id,
            grade=round(grade, 6),
            weight=round(weight / total, 6),
            points=point_units(grade, weight, total) / UNITS,
            why=criterion.why(case),
        )
        for criterion, weight in zip(CRITERIA, weights, strict=True)
        for grade in (criterion.grade(case),)
    )
