"""A calibration of round numbers, so that what follows from it can be worked out by hand."""

from __future__ import annotations

from typing import Final

from llmadvise.domain.calibration import (
    AbilityPrior,
    AbilityScale,
    BenchmarkLink,
    LossModel,
    MethodLoss,
    QualityCalibration,
    ScoreScale,
    VectorLink,
)
from llmadvise.domain.catalog import Benchmark

PRIOR: Final = AbilityPrior(
    intercept=0.0, log_active=0.0, log_total=0.0, size_squared=0.0, year=0.0, year_size=0.0, reference_year=2024.5,
    thinking=0.0, thinking_size=0.0, roles={}, role_groups={}, spread=1.0, undated_spread=2.0,
)  # fmt: skip
"""Ability 0 with a standard deviation of 1, whatever the card says."""
LOSS: Final = LossModel(
    bits=-1.0, bits_squared=0.0, fragility_year=0.0, reference_year=2024.5, first_year=2023.0, last_year=2025.5,
    fragility_spread=0.0, kv_cache={"q8_0": 0.01, "q4_0": 0.04, "unknown": 0.09}, damage_power=1.0, size_power=0.0,
    sensitivity={"general": 1.0}, loss_spread=0.0,
    methods={
        "k_quant": MethodLoss(damage=0.04, calibrated=0.01, spread=0.0),
        "fixed": MethodLoss(damage=0.02, by_bits=False, spread=0.0),
        "trained": MethodLoss(damage=0.001, by_bits=False, spread=0.0),
        "unknown": MethodLoss(damage=0.5, spread=0.3),
    },
)  # fmt: skip
"""Damage falls by a factor of e with each bit, and the part of the score that is kept is exp(-damage)."""
MADE: Final = QualityCalibration(
    links={
        "plain": BenchmarkLink(scale=ScoreScale.SHARE, intercept=0.0, slope=1.0, noise=0.3, results=9),
        "again": BenchmarkLink(scale=ScoreScale.SHARE, intercept=0.0, slope=1.0, noise=0.3, results=9),
        "steep": BenchmarkLink(scale=ScoreScale.SHARE, intercept=1.0, slope=2.0, noise=0.6, results=9),
        "duel": BenchmarkLink(scale=ScoreScale.ELO, intercept=0.0, slope=1.0, noise=0.5, results=9),
        "elsewhere": BenchmarkLink(scale=ScoreScale.SHARE, intercept=0.0, slope=1.0, noise=0.3, results=9),
    },
    prior=PRIOR,
    group_spread={},
    optimism_spread=0.4,
    score_error=0.0,
    display=AbilityScale(centre=0.5, width=2.0),
    loss=LOSS,
    vectors={
        "vectors-a": VectorLink(offset=0.0, spread=1.0, pairs=9),
        "vectors-b": VectorLink(offset=7.0, spread=3.0, pairs=9),
    },
)
GROUPS: Final = {
    "plain": "chat", "again": "chat", "steep": "chat", "duel": "chat", "elsewhere": "math",
    "vectors-a": "embedding", "vectors-b": "embedding",
}  # fmt: skip
BENCHMARKS: Final = {id_: Benchmark(id=id_, name=id_.title(), group=group, unit="%") for id_, group in GROUPS.items()}
