"""Decode and prefill speed: the time of a token is what each device reads, over what it can read, one after the other.

Efficiencies come from `SpeedCalibration`, which `benchmarks/fit_speed.py` fits from measured rows; nothing here is typed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, sqrt
from typing import Final

from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Backend
from llmadvise.engine.speed.effects import Run
from llmadvise.engine.speed.rates import (
    CURRENT,
    Interval,
    Said,
    SpeedModel,
    Work,
    prompt_device,
)
from llmadvise.engine.speed.traffic import Traffic, accelerators, attention_operations, batches, place_of

__all__ = [
    "BATCH_TOKENS",
    "SpeedModel",
    "Traffic",
    "decode_said",
    "decode_speed",
    "kept_model",
    "prefill_said",
    "prefill_speed",
    "with_interval",
]

BATCH_TOKENS: Final = 512
"""Prompt tokens computed at once: llama.cpp's `--ubatch-size` (common/arg.cpp); weights are read once for each batch."""

_latest: list[SpeedModel] = []


def decode_speed(
    traffic: Sequence[Traffic],
    *,
    speed_class: str | None,
    mixture: bool,
    runtime: str,
    calibration: SpeedCalibration,
    run: Run = CURRENT,
) -> Range | None:
    """Tokens a second of one sequence; None where the bandwidth of a device that has work is unknown.

    Several devices work one after the other (layers split over GPUs, experts or layers on the host), so times add up.
    `weight_bytes` counts as files do (file bytes x active / all parameters): the efficiencies were fitted so.
    What was measured on this machine moves the value and narrows its interval.
    """
    model = kept_model(calibration)
    work = (runtime, speed_class, mixture)
    said = decode_said(traffic, work, model, run)
    if said is None:
        return None
    if model.evidence is not None:
        drawn = model.evidence.drawn("decode", traffic, work, said)
        return drawn or _range(said)
    return _range(said)


def decode_said(traffic: Sequence[Traffic], work: Work, model: SpeedModel, run: Run = CURRENT) -> Said | None:
    """What the calibration alone says of decoding; None where a needed rate is unknown."""
    gpus = accelerators(traffic)
    mixed = 0 < gpus < len(traffic)
    seconds = doubt = assumed = 0.0
    for item in traffic:
        device = item.device
        rates = model.decode(device, work, mixed and device.backend is Backend.CPU, run)
        if rates is None:
            return None
        weights = item.weight_bytes * rates.weights.seconds
        cache = item.kv_bytes * rates.cache.seconds
        launch = item.layers * rates.launch.seconds
        seconds += weights + cache + launch
        doubt += weights * rates.weights.deviation + cache * rates.cache.deviation + launch * rates.launch.deviation
        if rates.compute is not None:
            compute = item.active_parameters * rates.compute.seconds
            seconds += compute
            doubt += compute * rates.compute.deviation
        if device.bandwidth_assumed:
            assumed += weights + cache
    if seconds <= 0.0:
        return None
    speed = model.together(work[0], gpus) / seconds / model.run("decode", work[0], traffic[0].device.backend.value, run)
    return Said(speed, doubt / seconds, assumed / seconds, model.interval("decode", place_of(traffic)))


def prefill_speed(
    traffic: Sequence[Traffic],
    *,
    prompt_tokens: int,
    speed_class: str | None,
    mixture: bool,
    runtime: str,
    calibration: SpeedCalibration,
    run: Run = CURRENT,
    batch_tokens: int = BATCH_TOKENS,
) -> Range | None:
    """Prompt tokens a second; None where a needed bandwidth or compute rate is unknown.

    A batch takes the operations of its tokens, one pass over the weights that any of them uses, and a fixed time for
    each layer; attention grows with the square of the prompt. Weights in RAM beside a GPU travel to it once a batch.
    """
    model = kept_model(calibration)
    work = (runtime, speed_class, mixture)
    said = prefill_said(traffic, work, model, prompt_tokens=prompt_tokens, run=run, batch_tokens=batch_tokens)
    if said is None:
        return None
    if model.evidence is not None:
        drawn = model.evidence.drawn("prefill", traffic, work, said, tokens=prompt_tokens, batch_tokens=batch_tokens)
        return drawn or _range(said)
    return _range(said)


def prefill_said(
    traffic: Sequence[Traffic],
    work: Work,
    model: SpeedModel,
    *,
    prompt_tokens: int,
    run: Run = CURRENT,
    batch_tokens: int = BATCH_TOKENS,
) -> Said | None:
    """What the calibration alone says of reading a prompt; None where a needed rate is unknown."""
    gpus = accelerators(traffic)
    mixed = 0 < gpus < len(traffic)
    devices = [item.device for item in traffic]
    count = batches(prompt_tokens, batch_tokens)
    seconds = doubt = assumed = 0.0
    for item in traffic:
        device = item.device
        host = mixed and device.backend is Backend.CPU
        reading = model.decode(device, work, host)
        rates = model.prefill(prompt_device(device, devices), work, host, run)
        if reading is None or rates is None:
            return None
        operations = 2.0 * prompt_tokens * item.active_parameters * rates.operation.seconds
        operations_of_attention = attention_operations(item.kv_bytes_per_token, prompt_tokens)
        attention = 0.0 if host else operations_of_attention * rates.attention.seconds
        passing = rates.link if host else reading.weights
        weights = count * item.touched(min(prompt_tokens, batch_tokens)) * passing.seconds
        batch = count * item.layers * rates.batch.seconds
        seconds += operations + attention + weights + batch
        doubt += operations * rates.operation.deviation + batch * rates.batch.deviation
        doubt += attention * rates.attention.deviation + (weights * rates.link.deviation if host else 0.0)
        if device.bandwidth_assumed and not host:
            assumed += weights
    if seconds <= 0.0:
        return None
    speed = prompt_tokens / seconds / model.run("prefill", work[0], traffic[0].device.backend.value, run)
    speed *= model.in_a_row(work[0], gpus, count)
    return Said(speed, doubt / seconds, assumed / seconds, model.interval("prefill", place_of(traffic)))


def kept_model(calibration: SpeedCalibration) -> SpeedModel:
    """Return the model of a calibration, kept for the next call: a run asks thousands of times with the same one."""
    if not _latest or _latest[0].calibration is not calibration:
        _latest[:] = [SpeedModel(calibration)]
        # A `MeasuredCalibration`; asked so, since to import it costs every start, and few have measured anything.
        runs = getattr(calibration, "runs", ())
        if runs:
            from llmadvise.engine.speed.evidence import Evidence  # noqa: PLC0415 - see above

            _latest[0].evidence = Evidence(runs, _latest[0])
    return _latest[0]


def _range(said: Said) -> Range:
    return with_interval(said.speed, said.doubt, said.assumed, said.interval)


def with_interval(speed: float, doubt: float, assumed: float, interval: Interval) -> Range:
    """Add the interval that should hold eight measurements in ten: fitted doubt, noise, and a bandwidth only assumed."""
    guess = assumed * interval.assumed
    deviation = sqrt(interval.variance + doubt * doubt + guess * guess)
    return Range(speed, speed * exp(interval.down * deviation), speed * exp(interval.up * deviation))
