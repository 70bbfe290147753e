"""Fits what quantization costs to published perplexities, divergences and task scores (data/quant_quality.jsonl.gz).

ln damage = method + fragility of the model + bits * (b - 4) + bits_squared * (b - 4)**2
ln(-ln kept) = sensitivity of the task + damage_power * ln damage + size_power * ln(parameters / 8e9)
Damage is the mean KL divergence where it was measured, else the logarithm of the ratio of perplexities, which comes out
the same on base models. Fragility is a random effect of the model whose mean moves with the year of release: models
trained on more tokens a parameter lose more (Kumar et al., arXiv 2411.04330), and no source gives the tokens of all.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from llmadvise.engine.quality.prior import REFERENCE_PARAMETERS, release_year

Array = NDArray[np.float64]

DATA = Path(__file__).parent / "data" / "quant_quality.jsonl.gz"
HUBER = 1.345
LEAST_DAMAGE = 0.002
"""Below this the floor of the measurement (BF16 against FP16: 0.0002 to 0.0005) is a good part of it."""
ROUNDED = ("2404.14047",)
LEAST_ROUNDED = 0.03
"""These sources give perplexities to one decimal: an error of about 0.008 in the logarithm."""
WIDEST, NARROWEST = 7.0, 1.5
METHOD_SPREAD, YEAR_SPREAD = 3.0, 0.5
CHANCE = {"MMLU 5-shot": 25.0, "CommonSenseQA": 35.0}
"""Score of guessing: four choices; mean of two tests with two, and three with four choices."""
SCORE_NOISE = 0.7
"""Points: standard error of the mean of five small tests, or of MMLU's prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One measurement of damage."""

    model: str
    year: float
    method: str
    bits: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageFit:
    """The first formula, fitted; methods are keyed `name` or `name calibrated`."""

    methods: dict[str, float]
    counts: dict[str, int]
    spreads: dict[str, float]
    bits: float
    bits_squared: float
    year: float
    reference_year: float
    first_year: float
    last_year: float
    fragility: dict[str, float]
    fragility_spread: float
    residual: float

    def predict(self, row: Damage, *, known_model: bool) -> float:
        """Natural logarithm of the damage to expect."""
        own = self.fragility[row.model] if known_model else self.year * (row.year - self.reference_year)
        step = row.bits - 4.0
        return self.methods[row.method] + own + self.bits * step + self.bits_squared * step * step


def read_rows() -> list[dict[str, Any]]:
    with gzip.open(DATA, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def bits_of(row: dict[str, Any]) -> float | None:
    """Bits a weight of the decoder; of the whole file for mixes whose tensors are not published (close in a 27B)."""
    bits: float | None = row.get("bits", row.get("bits_file") if row["method"] == "unsloth_dynamic" else None)
    return bits


def damages(rows: Sequence[dict[str, Any]]) -> list[Damage]:
    """Pick the measurements that the first formula is fitted to: dense models, 1.5 to 7 bits, above the noise."""
    picked = []
    for row in rows:
        value = row.get("kld_mean", row.get("ln_ppl_ratio"))
        bits = bits_of(row)
        if value is None or row["moe"] or row["method"] == "kv_cache" or bits is None or row.get("act_bits", 16) < 16:
            continue
        least = LEAST_ROUNDED if any(source in row["source"] for source in ROUNDED) else LEAST_DAMAGE
        if value < least or not NARROWEST <= bits <= WIDEST or row["method"].startswith("qat"):
            continue
        method = row["method"] + (" calibrated" if row.get("calibrated") else "")
        year = release_year(row["released"])
        assert year is not None, row["id"]
        picked.append(Damage(model=row["model"], year=year, method=method, bits=bits, value=float(value)))
    return picked


def fit_damage(rows: Sequence[Damage]) -> DamageFit:
    """Fit methods and bits as fixed, models as random effects, by ridge regression with variances from the residuals."""
    methods, models = sorted({row.method for row in rows}), sorted({row.model for row in rows})
    years = {row.model: row.year for row in rows}
    reference = float(np.mean([years[model] for model in models]))
    design = np.zeros((len(rows), len(methods) + 3 + len(models)))
    fixed = len(methods) + 3
    for index, row in enumerate(rows):
        step = row.bits - 4.0
        design[index, methods.index(row.method)] = 1.0
        design[index, len(methods) : fixed] = step, step * step, row.year - reference
        design[index, fixed + models.index(row.model)] = 1.0
    target = np.log([row.value for row in rows])
    residual, between = 0.1, 0.2
    weight = np.ones(len(rows))
    for _ in range(50):
        ridge = np.full(design.shape[1], METHOD_SPREAD**-2)
        ridge[len(methods) + 2], ridge[fixed:] = YEAR_SPREAD**-2, 1.0 / between
        covariance = np.linalg.inv(design.T @ (design * weight[:, None]) / residual + np.diag(ridge))
        centre = np.zeros(design.shape[1])
        centre[: len(methods)] = log(0.03)
        solution = covariance @ (design.T @ (weight * target) / residual + ridge * centre)
        miss = target - design @ solution
        between = float(np.mean(solution[fixed:] ** 2 + np.diag(covariance)[fixed:]))
        residual = float((weight * miss**2).sum() / (len(rows) - fixed))
        weight = np.minimum(1.0, HUBER * residual**0.5 / np.maximum(np.abs(miss), 1e-9))
    of_method = {name: np.array([row.method == name for row in rows]) for name in methods}
    slope_year = float(solution[len(methods) + 2])
    return DamageFit(
        methods={name: float(value) for name, value in zip(methods, solution, strict=False)},
        counts={name: int(mask.sum()) for name, mask in of_method.items()},
        spreads={name: _spread(miss[mask], residual) for name, mask in of_method.items()},
        bits=float(solution[len(methods)]),
        bits_squared=float(solution[len(methods) + 1]),
        year=slope_year,
        reference_year=reference,
        first_year=min(years.values()),
        last_year=max(years.values()),
        fragility={
            name: float(value) + slope_year * (years[name] - reference)
            for name, value in zip(models, solution[fixed:], strict=True)
        },
        fragility_spread=between**0.5,
        residual=residual**0.5,
    )


def _spread(misses: Array, pooled: float) -> float:
    """Estimate the standard deviation of a method's residuals, drawn to that of all by five pseudo-rows."""
    return float(np.sqrt((float((misses**2).sum()) + 5.0 * pooled) / (len(misses) + 5.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Part of a task's score above chance that a quantized model kept."""

    model: str
    task: str
    parameters: float
    damage: float
    value: float
    noise: float


def kept_scores(rows: Sequence[dict[str, Any]], fit: DamageFit) -> list[Kept]:
    """Pick the scores that the second formula is fitted to; damage as measured, else as the first formula has it."""
    measured = {
        (row["model"], row["quantization"]): row.get("kld_mean", row.get("ln_ppl_ratio"))
        for row in rows
        if ("kld_mean" in row or "ln_ppl_ratio" in row) and row["method"] != "kv_cache"
    }
    picked = []
    for row in rows:
        base, score = row.get("mmlu_base", row.get("task_base")), row.get("mmlu", row.get("task_score"))
        task = next((name for name in CHANCE if row.get("task", "").startswith(name)), None)
        if task is None or base is None or score is None or row["moe"] or row.get("act_bits", 16) < 16:
            continue
        if row["method"].startswith("qat"):
            continue
        method = row["method"] + (" calibrated" if row.get("calibrated") else "")
        damage = measured.get((row["model"], row["quantization"]))
        if damage is None:
            damage = _expected(row, method, fit)
        if damage is None or damage < LEAST_DAMAGE:
            continue
        value = max(0.0, (score - CHANCE[task]) / (base - CHANCE[task]))
        noise = SCORE_NOISE / (base - CHANCE[task])
        picked.append(
            Kept(model=row["model"], task=task, parameters=row["parameters"], damage=damage, value=value, noise=noise)
        )
    return picked


def _expected(row: dict[str, Any], method: str, fit: DamageFit) -> float | None:
    bits, year = bits_of(row), release_year(row["released"])
    if method not in fit.methods or bits is None or year is None:
        return None
    where = Damage(model=row["model"], year=year, method=method, bits=bits, value=1.0)
    return exp(fit.predict(where, known_model=row["model"] in fit.fragility))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFit:
    """The second formula, fitted."""

    tasks: dict[str, float]
    damage_power: float
    size_power: float
    spread: float
    count: int

    def predict(self, row: Kept) -> float:
        size = log(row.parameters / REFERENCE_PARAMETERS)
        return exp(-self.tasks[row.task] * exp(self.damage_power * log(row.damage) + self.size_power * size))


def fit_kept(rows: Sequence[Kept]) -> KeptFit:
    """Fit in the score itself, where near-lossless results say what they can, and gains by luck are not thrown away.

    The error of a result is that of the score, and a multiple of the loss (the spread), estimated from the residuals.
    """
    tasks = sorted({row.task for row in rows})
    which = np.array([tasks.index(row.task) for row in rows])
    damage, size = np.log([row.damage for row in rows]), np.log([row.parameters / REFERENCE_PARAMETERS for row in rows])
    kept, noise = np.array([row.value for row in rows]), np.array([row.noise for row in rows])

    def lost(solution: Array) -> Array:
        result: Array = np.exp(solution[which] + solution[-2] * damage + solution[-1] * size)
        return result

    solution, spread = np.array([*(0.5 for _ in tasks), 1.4, -0.5]), 0.5
    for _ in range(20):
        error = np.hypot(noise, spread * lost(solution) * np.exp(-lost(solution)))

        def misses(guess: Array, error: Array = error) -> Array:
            return (kept - np.exp(-lost(guess))) / error

        solution = least_squares(misses, solution, loss="huber", f_scale=HUBER).x
        square = np.minimum((kept - np.exp(-lost(solution))) ** 2, (2.5 * error) ** 2)
        scale = lost(solution) * np.exp(-lost(solution))
        spread = float(np.sqrt(max(0.01, float(np.sum(square - noise**2) / np.sum(scale**2)))))
    return KeptFit(
        tasks={task: exp(float(value)) for task, value in zip(tasks, solution, strict=False)},
        damage_power=float(solution[-2]),
        size_power=float(solution[-1]),
        spread=spread,
        count=len(rows),
    )
