"""Partial pooling by empirical Bayes: times that add up, effects that multiply, each kind of effect with its own spread.

The time of a row is the sum over its components of base x exp(effects), times exp(effects of the whole row). Effects of
one kind are drawn from a normal distribution whose variance is estimated with them (EM), so that a level with few rows
leans on its parents by as much as such levels differ. Residuals are Student-t with a scale of their own for each group
of rows (how well they were measured), so single wild rows pull little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DEGREES_OF_FREEDOM = 3.0
"""Of the Student-t distribution of residuals; 3 to 6 is customary for robust fits."""
PRIOR_SPREAD = 0.05
PRIOR_WEIGHT = 2.0
"""A kind of effect starts as if two levels with a spread of 15 % had been seen."""


@dataclass(frozen=True)
class Component:
    """One part of a row's time: seconds at 100 % efficiency, and the effects (key, factor) on its logarithm."""

    seconds: float
    effects: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Observation:
    """One measured time."""

    log_seconds: float
    components: Sequence[Component]
    effects: Sequence[tuple[str, float]]
    group: str


@dataclass
class Fit:
    """Effects with their uncertainty."""

    keys: list[str]
    values: Array
    covariance: Array
    spreads: dict[str, float]
    """By kind."""
    scales: dict[str, float]
    """By group of observations."""
    rows: dict[str, int] = field(default_factory=dict)
    """By key: observations it acts on."""
    members: dict[str, int] = field(default_factory=dict)
    """By group: its observations."""
    index: dict[str, int] = field(default_factory=dict)

    def predict(self, components: Sequence[Component], effects: Sequence[tuple[str, float]] = ()) -> float:
        """Log of the time; keys that were not fitted count as zero."""
        total = 0.0
        for part in components:
            total += part.seconds * float(np.exp(self._sum(part.effects)))
        return float(np.log(total)) + self._sum(effects)

    def _sum(self, effects: Sequence[tuple[str, float]]) -> float:
        index = self.index
        return sum(float(self.values[index[key]]) * factor for key, factor in effects if key in index)


def kind_of(key: str) -> str:
    """`weights/backend:cuda` is of kind `weights/backend`."""
    return key.split(":", 1)[0]


def fit(observations: Sequence[Observation], fixed: dict[str, tuple[float, float]], rounds: int = 20) -> Fit:
    """Effects that explain the observations; `fixed` gives (mean, spread) of kinds that are not pooled."""
    keys = sorted({key for o in observations for part in (*o.components, o) for key, _ in part.effects})
    index = {key: position for position, key in enumerate(keys)}
    design, owner, base = _design(observations, index)
    # Parts of one observation stand together.
    starts = np.searchsorted(owner, np.arange(len(observations)))
    whole = np.zeros((len(observations), len(keys)))
    for number, observation in enumerate(observations):
        for key, factor in observation.effects:
            whole[number, index[key]] += factor
    target = np.array([o.log_seconds for o in observations])
    groups = sorted({o.group for o in observations})
    member = np.array([groups.index(o.group) for o in observations])
    kinds = [kind_of(key) for key in keys]
    names = sorted(set(kinds))
    kind_index = np.array([names.index(kind) for kind in kinds])
    mean = np.array([fixed[kind][0] if kind in fixed else 0.0 for kind in kinds])
    spread2 = np.array([fixed[name][1] ** 2 if name in fixed else PRIOR_SPREAD**2 for name in names])
    free = np.array([name not in fixed for name in names])
    sizes = np.bincount(kind_index, minlength=len(names))
    values = mean.copy()
    scale2 = np.full(len(groups), 0.2**2)
    covariance = np.eye(len(keys))
    for _ in range(rounds):
        logs = np.log(base) + design @ values
        times = np.exp(logs)
        sums = np.bincount(owner, weights=times, minlength=len(observations))
        shares = times / sums[owner]
        jacobian = whole + np.add.reduceat(design * shares[:, None], starts)
        residual = target - np.log(sums) - whole @ values
        variance = scale2[member]
        weight = (DEGREES_OF_FREEDOM + 1) / (DEGREES_OF_FREEDOM + residual**2 / variance) / variance
        precision = 1 / spread2[kind_index]
        normal = jacobian.T @ (jacobian * weight[:, None]) + np.diag(precision)
        covariance = np.linalg.inv(normal)
        step = covariance @ (jacobian.T @ (weight * residual) - precision * (values - mean))
        values = values + np.clip(step, -0.5, 0.5)
        second = (values - mean) ** 2 + np.diag(covariance)
        pooled = np.bincount(kind_index, weights=second, minlength=len(names)) + PRIOR_WEIGHT * PRIOR_SPREAD**2
        spread2 = np.where(free, pooled / (sizes + PRIOR_WEIGHT), spread2)
        # The fitted effects use up freedom: what they explain is added back through the leverage.
        leverage = np.sum((jacobian @ covariance) * jacobian, axis=1)
        robust = weight * variance * residual**2 + leverage
        counts = np.bincount(member, minlength=len(groups))
        scale2 = (np.bincount(member, weights=robust, minlength=len(groups)) + 0.01 * 5) / (counts + 5)
    rows = np.count_nonzero(jacobian, axis=0)
    return Fit(
        keys=keys,
        values=values,
        covariance=covariance,
        spreads={name: float(np.sqrt(spread2[i])) for i, name in enumerate(names)},
        scales={name: float(np.sqrt(scale2[i])) for i, name in enumerate(groups)},
        rows={key: int(rows[i]) for i, key in enumerate(keys)},
        members={name: int(np.sum(member == i)) for i, name in enumerate(groups)},
        index=index,
    )


def _design(observations: Sequence[Observation], index: dict[str, int]) -> tuple[Array, NDArray[np.int64], Array]:
    parts = [(number, part) for number, o in enumerate(observations) for part in o.components]
    design = np.zeros((len(parts), len(index)))
    for position, (_, part) in enumerate(parts):
        for key, factor in part.effects:
            design[position, index[key]] += factor
    owner = np.array([number for number, _ in parts])
    base = np.array([part.seconds for _, part in parts])
    return design, owner, base
