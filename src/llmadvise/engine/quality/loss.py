"""What quantization takes from a model: bits and method give damage, damage and size give the part of the score kept.

Damage is the divergence from the full model in nats a token (about the logarithm of the ratio of perplexities). It
falls by a constant factor with each bit, as in the scaling laws for precision (Kumar et al., arXiv 2411.04330). How
much of a task's score survives the same damage grows with the size of the model. All coefficients are fitted by
benchmarks/fit_quality.py.
"""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Final

from llmadvise.domain.calibration import LossModel, MethodLoss, QualityCalibration
from llmadvise.domain.estimate import NORMAL_DECILE, Range
from llmadvise.domain.model import Model
from llmadvise.domain.profile import Profile
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.quality.prior import REFERENCE_PARAMETERS, release_year

GOOD: Final = 0.985
"""Part of the score from which on a loss is hardly felt."""
_WORDS = ((0.999, "lossless"), (0.995, "transparent"), (GOOD, "good"), (0.93, "noticeable"), (0.7, "poor"))
"""Least part kept for each word: an 8B model at damage 0.005, 0.02, 0.05, 0.15 and 0.4, rounded."""
_LOSSLESS_KV = frozenset({"f16", "bf16", "f32"})


def retention(
    model: Model,
    quantization: Quantization,
    *,
    calibrated: bool | None,
    kv_type: str,
    profile: Profile,
    calibration: QualityCalibration,
) -> Range:
    """Part of the full model's score that is kept, 0..1: exp(-sensitivity * damage**p * (parameters / 8e9)**s)."""
    loss = calibration.loss
    hurt, spread = _damage(model, quantization, calibrated, kv_type, loss)
    if hurt <= 0.0:
        return Range(1.0, 1.0, 1.0)
    size = log(_capacity(model) / REFERENCE_PARAMETERS)
    lost = _sensitivity(profile, loss) * exp(loss.damage_power * log(hurt) + loss.size_power * size)
    reach = NORMAL_DECILE * sqrt((loss.damage_power * spread) ** 2 + loss.loss_spread**2)
    return Range(exp(-lost), exp(-lost * exp(reach)), exp(-lost * exp(-reach)))


def damage(
    model: Model, quantization: Quantization, calibrated: bool | None, kv_type: str, calibration: QualityCalibration
) -> Range:
    """Divergence from the full model, nats a token."""
    hurt, spread = _damage(model, quantization, calibrated, kv_type, calibration.loss)
    reach = exp(NORMAL_DECILE * spread)
    return Range(hurt, hurt / reach, hurt * reach)


def variant_quality(unquantized: Range, kept: Range) -> Range:
    """Quality of the variant: the product; the two errors are independent, so their squares add up."""
    value = unquantized.value * kept.value
    below = _hypotenuse((unquantized.value - unquantized.low) * kept.value, unquantized.value * (kept.value - kept.low))
    above = _hypotenuse(
        (unquantized.high - unquantized.value) * kept.value, unquantized.value * (kept.high - kept.value)
    )
    return Range(value, max(0.0, value - below), min(100.0, value + above))


def damage_word(kept: Range) -> str:
    """Put the loss in one word, from the part of the score that is kept."""
    return next((word for least, word in _WORDS if kept.value >= least), "broken")


def _damage(
    model: Model, quantization: Quantization, calibrated: bool | None, kv_type: str, loss: LossModel
) -> tuple[float, float]:
    """Best guess of the damage, and the standard deviation of its logarithm."""
    from_kv = max(_from_cache(name.strip(), loss) for name in kv_type.split(","))
    if quantization.method == "float":
        return from_kv, loss.methods["unknown"].spread
    name = "trained" if quantization.trained else quantization.method
    method = loss.methods.get(name, loss.methods["unknown"])
    hurt = _at_four_bits(method, calibrated)
    if method.by_bits:
        bits = quantization.bits_per_weight - 4.0
        hurt *= exp(loss.bits * bits + loss.bits_squared * bits * bits + loss.fragility_year * _years(model, loss))
    return hurt + from_kv, sqrt(method.spread**2 + loss.fragility_spread**2)


def _from_cache(kv_type: str, loss: LossModel) -> float:
    """Damage by one type of cache; of a pair of types (keys, values) the worse one counts."""
    return 0.0 if kv_type in _LOSSLESS_KV else loss.kv_cache.get(kv_type, loss.kv_cache["unknown"])


def _at_four_bits(method: MethodLoss, calibrated: bool | None) -> float:
    """Damage with or without calibration data; between the two where it is unknown which."""
    if method.calibrated is None or calibrated is False:
        return method.damage
    if calibrated is None:
        return sqrt(method.damage * method.calibrated)
    return method.calibrated


def _years(model: Model, loss: LossModel) -> float:
    year = release_year(model.release_date)
    if year is None:
        return 0.0
    return min(max(year, loss.first_year), loss.last_year) - loss.reference_year


def _capacity(model: Model) -> float:
    """Parameters that absorb damage: for a mixture of experts the geometric mean of total and active (no data)."""
    total = model.parameters.language or model.parameters.total
    return sqrt(total * min(model.parameters.active, total))


def _sensitivity(profile: Profile, loss: LossModel) -> float:
    """Mean over the groups of benchmarks, weighted by what each says about the use."""
    general = loss.sensitivity["general"]
    total = sum(profile.evidence.values())
    if not total:
        return general
    return sum(weight * loss.sensitivity.get(group, general) for group, weight in profile.evidence.items()) / total


def _hypotenuse(one: float, other: float) -> float:
    return sqrt(one * one + other * other)
