"""What lies beside the engine's own buffers, and how far the forecast may be off.

The driver's context is counted here, as overhead of the plan. The reserve that a probe takes off the free memory
(`MemoryCalibration.gpu_reserve_bytes`) is for what others may still take: a browser, a compositor. Neither covers
the other's part, so nothing is counted twice.
"""

from __future__ import annotations

from typing import Final

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Backend

Spread = tuple[float, float]
"""Measured compute buffers over forecast: tenth and ninetieth percentile."""

DRAWN: Final = (0.999, 1.001)
"""From the drawn graph: within 0.1 % in 99.9 % of loads with tensors read, in 94.9 % with made-up ones (docs/accuracy.md)."""
WHOLE: Final = (0.986, 1.011)
"""From the closed form, whole model on one GPU: what is left for networks that cannot be drawn."""
SPLIT: Final = (0.927, 1.110)
"""The same where part of the layers is on the host."""
STATED: Final = (0.5, 2.0)
"""From a formula that was never held against a measurement: a factor of two either way is a choice."""


def spread_of(*, drawn: bool, split: bool) -> Spread:
    """How far compute buffers may be off, by how they were found."""
    if drawn:
        return DRAWN
    return SPLIT if split else WHOLE


def driver_context(backend: Backend, calibration: MemoryCalibration) -> Range:
    """What one process takes on one device before it allocates anything; nothing where no driver is between."""
    low, best, high = calibration.driver_context_bytes.get(backend.value, (0, 0, 0))
    return Range(best, low, high)


def total_range(weights: int, kv_cache: int, compute: int, overhead: Range, spread: Spread = WHOLE) -> Range:
    """Everything on one device. Weights and caches are exact; compute buffers and the driver's context are not."""
    fixed = weights + kv_cache
    low, high = spread
    return Range(
        fixed + compute + overhead.value,
        fixed + compute * low + overhead.low,
        fixed + compute * high + overhead.high,
    )
