"""Tests the quality estimate on results it has not seen, and writes docs/quality.md.

    python benchmarks/quality_ranking.py

Each independent suite of benchmarks is left out with all its editions and parts, everything is fitted anew, and the
estimates are compared with what the suite says (Kendall's tau). The loss formula is tested by leaving each model out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from scipy.stats import kendalltau

from fit_quality import calibration_of, fit_links, fit_loss
from llmadvise.domain.calibration import LossModel, QualityCalibration
from llmadvise.domain.estimate import NORMAL_DECILE
from llmadvise.domain.model import Model
from llmadvise.engine.quality.ability import log_odds, model_ability, score_variance
from llmadvise.engine.quality.prior import prior_belief
from quality_ability import scale_of
from quality_agreement import Row
from quality_facts import ROOT, Facts, read_facts
from quality_loss import Damage, Kept, damages, fit_damage, fit_kept, kept_scores, read_rows
from quality_peers import peer_quality
from quality_report import report

T = TypeVar("T")
LEAST_MODELS = 8
PEER = peer_quality()
USE = {"chat": "chat", "instruction-following": "chat", "knowledge": "chat", "general": "chat", "code": "coding"}
"""Profile whose estimate is compared with a group; reasoning for all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One benchmark that the fit did not see, with the models it ranks."""

    benchmark: str
    group: str
    scores: list[float]
    ours: list[float]
    card: list[float]
    size: list[float]
    peer: list[float | None]
    """What llmfit says, where it knows the model."""
    covered: list[bool]


def suite(benchmark: str) -> str:
    """Name the suite: harness or leaderboard, so that editions and parts go together."""
    last = benchmark.rsplit("-", 1)[-1]
    if last in {"ollb2", "helm", "evalplus", "smallthinker"}:
        return last
    return benchmark.split("-", 1)[0]


def main() -> int:
    facts, loss = read_facts(), fit_loss()
    full = calibration_of(fit_links(facts.models, facts.benchmarks), loss)
    independent = {row.benchmark for model in facts.models for row in model.evidence if row.independent}
    held: list[Held] = []
    for name in sorted({suite(benchmark) for benchmark in independent}):
        left = {benchmark for benchmark in independent if suite(benchmark) == name} | _made_of(name)
        held += _leave_out(facts, left & full.links.keys() | _made_of(name), full, loss)
        print(name, len(held), flush=True)
    rows = [_row(one) for one in held]
    covered = [hit for one in held for hit in one.covered]
    factors, points = _loss_errors()
    text = report(facts, full, rows=rows, covered=float(np.mean(covered)), factors=factors, points=points)
    (ROOT / "docs" / "quality.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


def _made_of(name: str) -> set[str]:
    """Benchmarks that hold a suite's results under another name."""
    return {"ollb2": {"ollb2-average"}, "helm": {"helm-capabilities", "helm-lite-win-rate"}}.get(name, set())


def _leave_out(facts: Facts, left: set[str], full: QualityCalibration, loss: LossModel) -> list[Held]:
    models = [
        replace(model, evidence=tuple(row for row in model.evidence if row.benchmark not in left))
        for model in facts.models
    ]
    calibration = calibration_of(fit_links(models, facts.benchmarks), loss)
    return [
        held
        for benchmark in sorted(left & full.links.keys())
        if len((held := _held(facts, models, benchmark, calibration, full)).scores) >= LEAST_MODELS
    ]


def _held(
    facts: Facts, models: Sequence[Model], name: str, calibration: QualityCalibration, full: QualityCalibration
) -> Held:
    benchmark = facts.benchmarks[name]
    profile = facts.profiles[USE.get(benchmark.group, "reasoning")]
    held = Held(benchmark=name, group=benchmark.group, scores=[], ours=[], card=[], size=[], peer=[], covered=[])
    link = full.links[name]
    for model, blind in zip(facts.models, models, strict=True):
        scores = [row.score for row in model.evidence if row.benchmark == name and row.independent and row.of is None]
        if not scores:
            continue
        belief, _ = model_ability(blind, profile, facts.benchmarks, calibration)
        held.scores.append(float(np.mean(scores)))
        held.ours.append(belief.mean)
        held.card.append(prior_belief(model, profile.evidence, calibration.prior).mean)
        held.size.append(float(model.parameters.total))
        held.peer.append(PEER.get(model.repo.lower()))
        # The line of the full fit says what the score would be; the ability was judged without it.
        expected = link.intercept + link.slope * belief.mean
        noise = link.noise**2 + score_variance(expected, link.scale, full.score_error)
        reach = NORMAL_DECILE * (noise + link.slope**2 * belief.variance) ** 0.5
        miss = log_odds(held.scores[-1], scale_of(benchmark)) - expected
        held.covered.append(abs(miss) <= reach)
    return held


def _row(one: Held) -> Row:
    def tau(values: list[float]) -> float:
        return float(kendalltau(values, one.scores).statistic)

    shared = [place for place, value in enumerate(one.peer) if value is not None]

    def tau_shared(values: Sequence[float | None]) -> float | None:
        if len(shared) < LEAST_MODELS:
            return None
        given = [values[place] for place in shared]
        found = float(kendalltau(given, [one.scores[place] for place in shared]).statistic)
        return 0.0 if np.isnan(found) else found  # One score for all of them orders nothing.

    return Row(
        benchmark=one.benchmark,
        group=one.group,
        models=len(one.scores),
        ours=tau(one.ours),
        card=tau(one.card),
        size=tau(one.size),
        shared=len(shared),
        ours_shared=tau_shared(one.ours),
        peer=tau_shared(one.peer),
    )


def _loss_errors() -> tuple[dict[str, float], dict[str, float]]:
    """Median factor by which damage is missed, and mean points by which kept scores are, for models left out."""
    rows = read_rows()
    measured = damages(rows)
    factors = _without_each(measured, lambda row: row.model, _damage_misses)
    fit = fit_damage(measured)
    points = _without_each(kept_scores(rows, fit), lambda row: row.model, _kept_misses)
    return factors, points


def _damage_misses(others: list[Damage], own: list[Damage]) -> float | None:
    fit = fit_damage(others)
    misses = [abs(np.log(row.value) - fit.predict(row, known_model=False)) for row in own if row.method in fit.methods]
    return float(np.exp(np.median(misses))) if misses else None


def _kept_misses(others: list[Kept], own: list[Kept]) -> float | None:
    if {row.task for row in own} - {row.task for row in others}:
        return None
    fit = fit_kept(others)
    return 100.0 * float(np.mean([abs(row.value - fit.predict(row)) for row in own]))


def _without_each(
    rows: Sequence[T], key: Callable[[T], str], score: Callable[[list[T], list[T]], float | None]
) -> dict[str, float]:
    scores: dict[str, float] = {}
    for name in sorted({key(row) for row in rows}):
        value = score([row for row in rows if key(row) != name], [row for row in rows if key(row) == name])
        if value is not None:
            scores[name] = value
    return scores


if __name__ == "__main__":
    sys.exit(main())
