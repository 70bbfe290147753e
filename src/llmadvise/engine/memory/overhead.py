"""TEMPORARY stand-in."""

from __future__ import annotations

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Backend


def driver_context(backend: Backend, calibration: MemoryCalibration) -> Range:
    low, best, high = calibration.driver_context_bytes.get(backend.value, (0, 0, 0))
    return Range(best, low, high)


def total_range(weights: int, kv_cache: int, compute: int, overhead: Range) -> Range:
    fixed = weights + kv_cache
    return Range(fixed + compute + overhead.value, fixed + compute * 0.95 + overhead.low, fixed + compute * 1.05 + overhead.high)
