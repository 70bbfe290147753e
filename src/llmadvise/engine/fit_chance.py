"""How likely a layout fits: each device's interval read as a normal deviation, against its budget.

An interval `[low, high]` holds the truth eight times in ten, so its ends lie 1.2816 standard deviations from the best
guess: above it sigma = (high - value) / 1.2816, below it sigma = (value - low) / 1.2816. The chance of one device is
Phi((budget - value) / sigma), with the sigma of the side that the budget is on; a device that just fits by the rule
(`high` = budget) has 90 %. The chance of all is the product, as if the errors of devices were independent: if they
are not, it is higher.
"""

from __future__ import annotations

from math import erf, prod, sqrt
from typing import Final

from llmadvise.domain.estimate import Range
from llmadvise.domain.finding import Verdict
from llmadvise.engine.case import DeviceBytes, Plan

_NINETIETH: Final = 1.2815515655446004
"""Standard deviations from the mean to the ninetieth percentile of a normal distribution."""


def chance_within(size: Range, budget: int) -> float:
    """How likely a size is within a budget, 0..1; an interval of no width makes it certain either way."""
    above = budget >= size.value
    spread = (size.high - size.value if above else size.value - size.low) / _NINETIETH
    if spread <= 0:
        return 1.0 if above else 0.0
    return 0.5 * (1.0 + erf((budget - size.value) / (spread * sqrt(2.0))))


def device_chance(item: DeviceBytes) -> float:
    """How likely what lies on one device is within its budget."""
    return chance_within(item.total, item.device.budget_bytes)


def plan_chance(plan: Plan, pool_bytes: int | None) -> float:
    """How likely every device holds its part, and a memory that they share all of them; 0 if the engine refuses."""
    if any(finding.verdict is Verdict.BLOCK for finding in plan.findings):
        return 0.0
    chance = prod(device_chance(item) for item in plan.memory)
    if pool_bytes is None:
        return chance
    together = Range(*(sum(item.total[part] for item in plan.memory) for part in range(3)))
    return min(chance, chance_within(together, pool_bytes))
