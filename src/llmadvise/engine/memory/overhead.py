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

WHOLE: Final = (0.986, 1.011)
"""Measured compute buffer over forecast, tenth and ninetieth percentile, whole model on one GPU (docs/accuracy.md).

Of the closed form that catalog entries get; the drawn graph of a file is nearer.
"""
SPLIT: Final = (0.927, 1.110)
"""The same where part of the layers is on the host."""


def driver_context(backend: Backend, calibration: MemoryCalibration) -> Range:
    """What one process takes on one device before it allocates anything; nothing where no driver is between."""
    low, best, high = calibration.driver_context_bytes.get(backend.value, (0, 0, 0))
    return Range(best, low, high)


def total_range(weights: int, kv_cache: int, compute: int, overhead: Range, *, split: bool = False) -> Range:
    """Everything on one device. Weights and caches are exact; compute buffers and the driver's context are not."""
    fixed = weights + kv_cache
    low, high = SPLIT if split else WHOLE
    return Range(
        fixed + compute + overhead.value,
        fixed + compute * low + overhead.low,
        fixed + compute * high + overhead.high,
    )
