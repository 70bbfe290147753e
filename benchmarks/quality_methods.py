"""Puts the fitted formulas of loss in the form that the engine reads, with judgement, marked, where nobody measured."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import Any

import numpy as np

from llmadvise.domain.calibration import LossModel, MethodLoss
from llmadvise.domain.estimate import Basis
from quality_loss import DamageFit, KeptFit

LONG_CHAINS = 2.0
"""Judgement, not fitted: one wrong token breaks a program or a proof, and W8A16 at no measurable damage cost
Llama-3-70B 4.4 points of GSM8K (neuralmagic/Meta-Llama-3-70B-Instruct-quantized.w8a16 README)."""
DEFAULT_SPREAD = 0.5
LEAST_MEASURED = 5
FITTED = (
    "rounding",
    "fp4",
    "legacy",
    "k_quant",
    "i_quant",
    "unsloth_dynamic",
    "gptq",
    "awq",
    "exl2",
    "exl3",
    "nf4",
    "aqlm",
    "vptq",
    "quip",
)
LIKE = {"mlx_affine": "rounding", "hqq": "rounding", "autoround": "gptq", "nvfp4": "nf4", "mxfp4": "fp4"}
"""Judgement: MLX rounds to the nearest step of a group, as `rounding` does; four-bit floats go by their nearest kin."""
FIXED = {"trained": 0.002, "ternary": 0.002, "binary": 0.002, "fp8": 0.003, "int8": 0.002}
"""Judgement from single rows: Gemma 3 QAT lost 0.3 to 0.6 % of perplexity (within the error), W8A16 and FP8 none that
was seen (arXiv 2411.02355); ternary and binary formats hold models that were trained in them."""
KV_NAMES = {
    "q8_0": "q8_0",
    "q6_0": "q6_0",
    "q5_1": "q5_1",
    "q5_0": "q5_0",
    "q4_0": "q4_0",
    "q4 (no rotation)": "q4_0",
    "fp8_e5m2": "fp8_e5m2",
}
KV_SOURCES = {
    "q8_0": "q8_0",
    "fp8": "fp8_e5m2",
    "fp8_e4m3": "fp8_e5m2",
    "fp8_e5m2": "fp8_e5m2",
    "q5_1": "q5_0",
    "q5_0": "q5_0",
    "q4_1": "q4_0",
    "q4_0": "q4_0",
    "iq4_nl": "q4_0",
    "unknown": "q4_0",
}
"""Judgement where the two differ: E4M3 has one mantissa bit more than E5M2, Q4_1 half a bit more than Q4_0."""


def fit_kv_cache(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Average the damage of each cache type over dense and sparse models above a billion parameters.

    One type for keys and values, or for keys alone with full values (keys cost several times what values do); the mean
    and not the median, since one model in a few is hurt badly. Types that nobody measured take the next lower one.
    """
    measured: dict[str, list[float]] = {}
    for row in rows:
        keys, values = row.get("kv_k", "").lower(), row.get("kv_v", "").lower()
        name = KV_NAMES.get(keys)
        damage = row.get("kld_mean", row.get("ln_ppl_ratio"))
        if name and damage is not None and row["parameters"] > 1e9 and values in {keys, "f16", "bf16"}:
            measured.setdefault(name, []).append(max(float(damage), 0.0))
    means = {name: float(np.mean(values)) for name, values in measured.items()}
    return {name: max(means[source], means["q8_0"]) for name, source in KV_SOURCES.items()}


def loss_model(rows: Sequence[dict[str, Any]], damage: DamageFit, kept: KeptFit) -> LossModel:
    """Put both formulas in the form that the engine reads."""
    return LossModel(
        bits=damage.bits,
        bits_squared=damage.bits_squared,
        methods=_methods(damage),
        fragility_year=damage.year,
        reference_year=damage.reference_year,
        first_year=damage.first_year,
        last_year=damage.last_year,
        fragility_spread=damage.fragility_spread,
        kv_cache=fit_kv_cache(rows),
        damage_power=kept.damage_power,
        size_power=kept.size_power,
        sensitivity=_sensitivity(kept),
        loss_spread=kept.spread,
    )


def _methods(fit: DamageFit) -> dict[str, MethodLoss]:
    methods: dict[str, MethodLoss] = {}
    for name in FITTED:
        known = [key for key in (name, f"{name} calibrated") if key in fit.methods]
        counts = [fit.counts[key] for key in known]
        both = len(known) == 2
        methods[name] = MethodLoss(
            damage=exp(fit.methods[known[0]]),
            calibrated=exp(fit.methods[known[1]]) if both else None,
            spread=max(fit.spreads[key] for key in known),
            basis=Basis.MEASURED if min(counts) >= LEAST_MEASURED else Basis.ASSUMED,
        )
    for name, source in LIKE.items():
        methods[name] = MethodLoss(damage=methods[source].damage, spread=DEFAULT_SPREAD)
    for name, value in FIXED.items():
        methods[name] = MethodLoss(damage=value, by_bits=False, spread=DEFAULT_SPREAD)
    levels = np.log([methods[name].damage for name in FITTED])
    unknown = float(np.std(levels)) if len(levels) > 1 else DEFAULT_SPREAD
    methods["unknown"] = MethodLoss(damage=exp(float(np.mean(levels))), spread=(unknown**2 + DEFAULT_SPREAD**2) ** 0.5)
    return methods


def _sensitivity(fit: KeptFit) -> dict[str, float]:
    """Give each group of benchmarks the factor of the task it resembles; long chains a multiple of their mean."""
    plain, knowledge = fit.tasks["CommonSenseQA"], fit.tasks["MMLU 5-shot"]
    long = LONG_CHAINS * (plain * knowledge) ** 0.5
    return {
        "general": (plain * knowledge) ** 0.5,
        "chat": plain,
        "instruction-following": plain,
        "knowledge": knowledge,
        "reasoning": long,
        "math": long,
        "code": long,
        "agents": long,
        "long-context": long,
    }
