"""Many users at once: what an engine that batches decodes for all of them, and what each of them waits."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Final, NamedTuple

from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Backend
from llmadvise.engine.speed import decode_said, kept_model, prefill_speed, with_interval
from llmadvise.engine.speed.rates import CURRENT, SpeedModel, Work, prompt_device
from llmadvise.engine.speed.traffic import Traffic, accelerators, place_of

_FEW_TOGETHER: Final = log(2.0)
"""Doubt about the arithmetic of further sequences: it cost twice that of a prompt's tokens in the measurement at hand
(docs/speed.md, Many users), since few columns fill the matrix units badly."""


class Serving(NamedTuple):
    """What users get who all ask at once."""

    users: int
    each: Range
    """Tokens a second of one of them."""
    together: Range
    """Tokens a second of all."""
    first_token: Range | None
    """Seconds until the last of them has a first token; None where reading prompts cannot be timed."""


def serve(
    traffic: Sequence[Traffic],
    *,
    users: int,
    together: int,
    prompt_tokens: int,
    work: Work,
    calibration: SpeedCalibration,
) -> Serving | None:
    """Time a step of `together` sequences out of `users`; None where a needed rate is unknown.

    A step reads the weights that any sequence uses once, and the cache of each; what one sequence alone does not show
    is the arithmetic of the others, which runs as fast as that of a prompt. Who finds no slot waits for a turn. Prompts
    that arrive together are read one after the other.
    """
    runtime, speed_class, mixture = work
    together = max(1, min(together, users))
    model = kept_model(calibration)
    step = _step(traffic, together, prompt_tokens, model, work)
    if step is None:
        return None
    speed, doubt, assumed = step
    speed *= model.together(runtime, accelerators(traffic)) * _measured(traffic, work, model)
    total = with_interval(speed * together, doubt, assumed, model.interval("decode", place_of(traffic)))
    prefill = prefill_speed(
        traffic,
        prompt_tokens=prompt_tokens,
        speed_class=speed_class,
        mixture=mixture,
        runtime=runtime,
        calibration=calibration,
    )
    first = None
    if prefill is not None:
        tokens = float(users * prompt_tokens)
        first = Range(tokens / prefill.value, tokens / prefill.high, tokens / prefill.low)
    each = Range(total.value / users, total.low / users, total.high / users)
    return Serving(users, each, total, first)


def _measured(traffic: Sequence[Traffic], work: Work, model: SpeedModel) -> float:
    """How many times as fast as said one sequence alone is, by what was measured here; 1 where nothing was."""
    said = decode_said(traffic, work, model)
    if model.evidence is None or said is None:
        return 1.0
    drawn = model.evidence.drawn("decode", traffic, work, said)
    return drawn.value / said.speed if drawn is not None else 1.0


def _step(
    traffic: Sequence[Traffic], together: int, prompt_tokens: int, model: SpeedModel, work: Work
) -> tuple[float, float, float] | None:
    """Steps a second, with the doubt about them and the part that rests on an assumed bandwidth."""
    devices = [item.device for item in traffic]
    mixed = 0 < accelerators(traffic) < len(traffic)
    seconds = doubt = assumed = 0.0
    for item in traffic:
        device = item.device
        host = mixed and device.backend is Backend.CPU
        rates = model.decode(device, work, host, CURRENT)
        # Experts in RAM are computed where they lie while a step is short, so a CPU's own rate counts there.
        prompt = model.prefill(prompt_device(device, devices), work, host, CURRENT)
        if rates is None:
            return None
        depth_bytes = max(item.kv_bytes, round(item.kv_bytes_per_token * prompt_tokens))
        weights = item.touched(together) * rates.weights.seconds
        cache = (depth_bytes * together if together > 1 else item.kv_bytes) * rates.cache.seconds
        launch = item.layers * rates.launch.seconds
        more = (together - 1) * 2.0 * item.active_parameters
        compute = item.active_parameters * rates.compute.seconds if rates.compute is not None else 0.0
        if more and prompt is None:
            return None
        operations = more * prompt.operation.seconds if prompt is not None else 0.0
        seconds += weights + cache + launch + compute + operations
        doubt += weights * rates.weights.deviation + cache * rates.cache.deviation + launch * rates.launch.deviation
        doubt += operations * _FEW_TOGETHER
        doubt += compute * rates.compute.deviation if rates.compute is not None else 0.0
        if device.bandwidth_assumed:
            assumed += weights + cache
    if seconds <= 0.0:
        return None
    return 1.0 / seconds, doubt / seconds, assumed / seconds
