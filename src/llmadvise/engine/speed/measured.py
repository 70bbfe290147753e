"""Rates that were measured on the machine at hand, as the speed model takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.engine.speed.rates import Work
from llmadvise.engine.speed.traffic import Traffic
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRun:
    """One rate, with what each device did for it."""

    id: str
    date: str
    phase: str
    """`decode` or `prefill`."""
    rate: float
    deviation: float
    """Standard deviation of the logarithm of the mean of its rounds."""
    traffic: tuple[Traffic, ...]
    work: Work
    tokens: int
    """Of the prompt; of a run that decoded, those decoded."""
    batch_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCalibration(SpeedCalibration):
    """The calibration for one machine: the coefficients that hold everywhere, and what was measured there."""

    runs: tuple[MeasuredRun, ...]


def with_runs(calibration: SpeedCalibration, runs: Sequence[MeasuredRun]) -> SpeedCalibration:
    """The calibration with these runs beside it; the same where there are none."""
    if not runs:
        return calibration
    values = {field.name: getattr(calibration, field.name) for field in fields(SpeedCalibration)}
    return MeasuredCalibration(**values, runs=tuple(runs))
