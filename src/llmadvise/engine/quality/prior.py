"""The ability to expect from a model's card alone: size, date, and what it was made for."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import NamedTuple

from llmadvise.domain.calibration import AbilityPrior
from llmadvise.domain.model import Model, Role
from llmadvise.domain.profile import Task

REFERENCE_PARAMETERS = 8e9
_MIDDLE = (7, 15)
"""Month and day: where a date leaves them out, the middle stands in."""


class Belief(NamedTuple):
    """A normal distribution over ability."""

    mean: float
    variance: float


def release_year(date: str | None) -> float | None:
    """Read an ISO date as a number of years (2024-07-01 is 2024.5); None if unknown or unreadable."""
    if date is None:
        return None
    parts = date.split("-")
    if len(parts) > 1 + len(_MIDDLE) or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    year, month, day = (*map(int, parts), *_MIDDLE[len(parts) - 1 :])
    return year + (month - 1) / 12 + (day - 1) / 365


def thinks(model: Model) -> bool:
    """Tell whether the model can reason at length before it answers."""
    return model.role is Role.REASONING or "thinking" in model.capabilities


def role_in(model: Model, task: Task) -> Role:
    """The role that counts: who fills in code is not talked to, so a model of code that was never tuned serves as one."""
    untuned = task is Task.FILL_IN and model.role is Role.BASE and "code" in model.capabilities
    return Role.CODER if untuned else model.role


def prior_belief(model: Model, relevance: Mapping[str, float], prior: AbilityPrior, role: Role | None = None) -> Belief:
    """Expect an ability in a use before any result is seen: the formula of AbilityPrior.

    `role`: what it serves as, where that is not what it was made for.
    """
    role = role or model.role
    language = model.parameters.language or model.parameters.total
    active = log(min(model.parameters.active, language) / REFERENCE_PARAMETERS)
    total = log(language / REFERENCE_PARAMETERS)
    size = (active + total) / 2.0
    year = release_year(model.release_date)
    age = (year if year is not None else prior.reference_year) - prior.reference_year
    mean = prior.intercept + prior.log_active * active + prior.log_total * total + prior.size_squared * size * size
    mean += (prior.year + prior.year_size * size) * age
    mean += (prior.thinking + prior.thinking_size * size) * thinks(model)
    mean += prior.roles.get(role, 0.0) + talent_in_use(prior.role_groups.get(role, {}), relevance)
    spread = prior.spread if year is not None else prior.undated_spread
    return Belief(mean, spread * spread)


def talent_in_use(by_group: Mapping[str, float], relevance: Mapping[str, float]) -> float:
    """Add what the role is good at: the mean over groups, weighted by what each says about the use."""
    total = sum(relevance.values())
    if not by_group or not total:
        return 0.0
    return sum(by_group.get(group, 0.0) * weight for group, weight in relevance.items()) / total
