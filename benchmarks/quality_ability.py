"""Fits one ability a model and one line a benchmark to published results, by expectation maximisation.

result (log-odds) = intercept + slope * (ability + talent for the group + publisher's optimism if self-reported) + noise

Ability, talent and optimism are normal random effects; the mean of ability is a formula of the card (size, date, role),
that of talent depends on role and group. Their conditional distribution given the lines is exact (one small linear
system a model); lines are then regressed on them with ridge priors. Repeated runs of a model in one test share the
weight of one. Results far off the line pull with bounded force (Huber), as they do in the engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llmadvise.domain.calibration import ScoreScale
from llmadvise.domain.catalog import Benchmark
from llmadvise.domain.model import Model, Role
from llmadvise.engine.quality.ability import HUBER, log_odds, score_variance
from llmadvise.engine.quality.prior import REFERENCE_PARAMETERS, release_year, thinks

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

REFERENCE_YEAR = 2024.5
SCORE_ERROR = 0.015
"""Standard error of a share measured on about a thousand questions at one half, as a share of 1."""
CARD = ("intercept", "log_active", "log_total", "size_squared", "year", "year_size", "thinking", "thinking_size")
ROLES = (Role.BASE, Role.CODER)
CARD_SPREAD = np.array([5.0, *[1.0] * (len(CARD) - 1 + len(ROLES))])
SLOPE, SLOPE_SPREAD, LEAST_SLOPE = 1.0, 0.4, 0.2
INTERCEPT_SPREAD, TALENT_MEAN_SPREAD = 5.0, 0.3
PSEUDO_ROWS = 5.0
"""Pseudo-results that pull the noise of one benchmark to that of all."""
TALENT_ROWS, TALENT_VARIANCE = 20.0, 0.04
"""Judgement: beside what its role explains, a model's talents differ by about as much as two harnesses of one test do
(0.2). The results alone would put it near nothing, and then a dozen tests of one kind would count as a dozen voices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One published result, laid out for the fit."""

    model: int
    benchmark: str
    group: str
    value: float
    scale: ScoreScale
    self_reported: bool


@dataclass(slots=True, kw_only=True)
class Line:
    """The current line of one benchmark."""

    rows: Rows
    scale: ScoreScale
    intercept: float
    slope: float = SLOPE
    variance: float = 0.1


def scale_of(benchmark: Benchmark) -> ScoreScale:
    return ScoreScale.ELO if "elo" in benchmark.unit.lower() else ScoreScale.SHARE


def results_of(models: Sequence[Model], benchmarks: Mapping[str, Benchmark]) -> list[Result]:
    """List every result in the catalog of a benchmark where more is better."""
    return [
        Result(
            model=index,
            benchmark=benchmark.id,
            group=benchmark.group,
            value=log_odds(evidence.score, scale_of(benchmark)),
            scale=scale_of(benchmark),
            self_reported=not evidence.independent,
        )
        for index, model in enumerate(models)
        for evidence in model.evidence
        if (benchmark := benchmarks.get(evidence.benchmark)) is not None
        and benchmark.higher_is_better
        and evidence.of is None
    ]


def card_features(model: Model) -> list[float]:
    """Lay out what the card says, in the order of CARD and ROLES."""
    language = model.parameters.language or model.parameters.total
    active = float(np.log(min(model.parameters.active, language) / REFERENCE_PARAMETERS))
    total = float(np.log(language / REFERENCE_PARAMETERS))
    size = (active + total) / 2
    year = release_year(model.release_date)
    age = 0.0 if year is None else year - REFERENCE_YEAR
    think = float(thinks(model))
    role = [float(model.role is role) for role in ROLES]
    return [1.0, active, total, size * size, age, age * size, think, think * size, *role]


class AbilityFit:
    """The state of the expectation maximisation; read its attributes after `run`."""

    def __init__(self, models: Sequence[Model], results: Sequence[Result]) -> None:
        self.models, self.results = models, results
        self.groups = sorted({result.group for result in results})
        self.roles = sorted({model.role for model in models})
        self.card = np.array([card_features(model) for model in models])
        self.formula = np.array([0.0, 0.2, 0.2, 0.0, 0.5, 0.0, 0.3, 0.0, *[0.0] * len(ROLES)])
        self.role = np.array([self.roles.index(model.role) for model in models])
        self.model = np.array([result.model for result in results])
        self.group = np.array([self.groups.index(result.group) for result in results])
        self.value = np.array([result.value for result in results])
        self.is_self = np.array([float(result.self_reported) for result in results])
        runs = Counter((result.model, result.benchmark, result.self_reported) for result in results)
        self.part = np.array([1.0 / runs[result.model, result.benchmark, result.self_reported] for result in results])
        self.of_model = [np.flatnonzero(self.model == index) for index in range(len(models))]
        self.seen = np.array([len(rows) > 0 for rows in self.of_model])
        self.spread, self.optimism = 0.5, 0.05
        self.talent = np.full(len(self.groups), 0.05)
        self.talent_mean = np.zeros((len(self.roles), len(self.groups)))
        self.ability = self.card @ self.formula
        self.ability_variance = np.ones(len(models))
        self.position = self.ability[self.model].copy()
        self.own_talent = np.zeros(len(results))
        self.position_variance = np.full(len(results), 0.3)
        self.trust = np.ones(len(results))
        self.lines = self._start_lines()
        self.intercept, self.slope, self.noise = self._per_row()

    def run(self, sweeps: int = 120) -> None:
        for _ in range(sweeps):
            before = self.ability.copy()
            self._abilities()
            self._fit_card()
            self._fit_talents()
            self._fit_lines()
            if float(np.abs(self.ability - before).max()) < 1e-3:
                break

    def _start_lines(self) -> dict[str, Line]:
        names = np.array([result.benchmark for result in self.results])
        lines = {}
        for name in sorted(set(names.tolist())):
            rows = np.flatnonzero(names == name)
            start = float(np.mean(self.value[rows] - self.position[rows]))
            lines[name] = Line(rows=rows, scale=self.results[rows[0]].scale, intercept=start)
        return lines

    def _per_row(self) -> tuple[Array, Array, Array]:
        """Spread the lines over the results: intercept, slope, and variance with the score's own error."""
        intercept, slope, noise = (np.zeros(len(self.results)) for _ in range(3))
        for line in self.lines.values():
            intercept[line.rows] = line.intercept
            slope[line.rows] = line.slope
            noise[line.rows] = line.variance + self._score_variance(line)
        return intercept, slope, noise

    def _score_variance(self, line: Line) -> Array:
        expected = line.intercept + line.slope * self.position[line.rows]
        return np.array([score_variance(float(value), line.scale, SCORE_ERROR) for value in expected])

    def _abilities(self) -> None:
        """Expect ability, optimism and talents of each model, given the lines."""
        precision = self.part * self.trust / self.noise * self.slope**2
        target = (self.value - self.intercept) / self.slope
        mean = self.card @ self.formula
        talents, counts = np.zeros(len(self.groups)), np.zeros(len(self.groups))
        squares, optimism, optimists = 0.0, 0.0, 0
        for index, rows in enumerate(self.of_model):
            if not len(rows):
                self.ability[index], self.ability_variance[index] = mean[index], self.spread
                continue
            groups, place = np.unique(self.group[rows], return_inverse=True)
            design = np.zeros((len(rows), 2 + len(groups)))
            design[:, 0], design[:, 1] = 1.0, self.is_self[rows]
            design[np.arange(len(rows)), 2 + place] = 1.0
            expected = np.concatenate([[mean[index], 0.0], self.talent_mean[self.role[index], groups]])
            inverse = np.concatenate([[1 / self.spread, 1 / self.optimism], 1 / self.talent[groups]])
            weighted = design * precision[rows, None]
            covariance = np.linalg.inv(design.T @ weighted + np.diag(inverse))
            latent = covariance @ (weighted.T @ target[rows] + inverse * expected)
            square = (latent - expected) ** 2 + np.diag(covariance)
            self.ability[index], self.ability_variance[index] = latent[0], covariance[0, 0]
            self.position[rows] = design @ latent
            self.own_talent[rows] = (latent - expected)[2 + place]
            self.position_variance[rows] = np.einsum("ij,jk,ik->i", design, covariance, design)
            squares += float(square[0])
            talents[groups] += square[2:]
            counts[groups] += 1
            optimism += float(square[1]) * bool(self.is_self[rows].any())
            optimists += bool(self.is_self[rows].any())
        self.spread = squares / float(self.seen.sum())
        self.talent = (talents + TALENT_ROWS * TALENT_VARIANCE) / (counts + TALENT_ROWS)
        self.optimism = max(1e-3, optimism / max(1, optimists))

    def _fit_card(self) -> None:
        """Regress ability on the card, over the models that have results."""
        card, ability = self.card[self.seen], self.ability[self.seen]
        ridge = np.diag(self.spread / CARD_SPREAD**2)
        self.formula = np.linalg.solve(card.T @ card + ridge, card.T @ ability)
        # The scale has no zero of its own: an instruct model of 8 billion parameters at the reference date is 0.
        shift, self.formula[0] = float(self.formula[0]), 0.0
        self.ability -= shift
        self.position -= shift

    def _fit_talents(self) -> None:
        """Average by role and group what ability leaves over; nothing is left over on average within a role."""
        precision = self.part * self.trust / self.noise * self.slope**2
        rest = (
            (self.value - self.intercept) / self.slope
            - self.position
            + self.talent_mean[self.role[self.model], self.group]
        )
        for role in range(len(self.roles)):
            weights = np.zeros(len(self.groups))
            for group in range(len(self.groups)):
                rows = np.flatnonzero((self.role[self.model] == role) & (self.group == group))
                weights[group] = float(precision[rows].sum())
                pull = float(precision[rows] @ rest[rows])
                self.talent_mean[role, group] = pull / (weights[group] + TALENT_MEAN_SPREAD**-2)
            self.talent_mean[role] -= np.average(self.talent_mean[role], weights=weights + 1e-9)

    def _fit_lines(self) -> None:
        """Regress each benchmark's results on position; then judge its noise, and trust in each result anew."""
        own: dict[str, Array] = {}
        for name, line in self.lines.items():
            self._fit_line(line)
            rows, error = line.rows, self._score_variance(line)
            total = line.variance + error
            miss = self.value[rows] - line.intercept - line.slope * self.position[rows]
            square = miss**2 + line.slope**2 * self.position_variance[rows]
            self.trust[rows] = np.minimum(1.0, HUBER / np.sqrt(np.maximum(square / total, 1e-12)))
            # What the score's own error explains is no noise of the line.
            part = line.variance / total
            own[name] = self.part[rows] * (part**2 * self.trust[rows] * square + part * error)
        pooled = float(sum(values.sum() for values in own.values()) / self.part.sum())
        for name, line in self.lines.items():
            count = float(self.part[line.rows].sum())
            line.variance = float((own[name].sum() + PSEUDO_ROWS * pooled) / (count + PSEUDO_ROWS))
        self.intercept, self.slope, self.noise = self._per_row()

    def _fit_line(self, line: Line) -> None:
        design = np.stack([np.ones(len(line.rows)), self.position[line.rows]], axis=1)
        precision = self.part[line.rows] * self.trust[line.rows] / self.noise[line.rows]
        ridge = np.array([INTERCEPT_SPREAD, SLOPE_SPREAD]) ** -2.0
        gram = design.T @ (design * precision[:, None]) + np.diag(ridge)
        gram[1, 1] += float(precision @ self.position_variance[line.rows])
        pull = design.T @ (precision * self.value[line.rows]) + ridge * np.array([0.0, SLOPE])
        line.intercept, slope = map(float, np.linalg.solve(gram, pull))
        line.slope = max(slope, LEAST_SLOPE)
