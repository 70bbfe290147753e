"""The rate of tokens that a use feels as speed: of the answer, of reading, or over the whole wait for a short answer."""

from __future__ import annotations

import math
from typing import assert_never

from llmadvise.domain.estimate import Range
from llmadvise.domain.profile import Profile, SpeedMeasure
from llmadvise.engine.case import Plan
from llmadvise.engine.words import two_digits


def felt_speed(plan: Plan, profile: Profile, prompt_tokens: int | None = None) -> Range | None:
    """Tokens a second by the measure of the use; None where a rate that it needs is unknown.

    `prompt_tokens`: of the prompt that `plan.prefill` was found for, where it is not the use's own.
    """
    speed = profile.speed
    match speed.measure:
        case SpeedMeasure.DECODE:
            return plan.decode
        case SpeedMeasure.READING:
            return plan.prefill
        case SpeedMeasure.ANSWER:
            tokens = prompt_tokens or profile.prompt_tokens
            return _over_all(plan, max(tokens, profile.reread_tokens if plan.rereads else 0), speed.answer_tokens)
        case _:
            assert_never(speed.measure)


def _over_all(plan: Plan, prompt_tokens: int, answer_tokens: int) -> Range | None:
    """Answer / (prompt / prefill + answer / decode), both slow at the low end and both quick at the high one."""
    if plan.decode is None or plan.prefill is None or answer_tokens <= 0:
        return None
    rates = zip(plan.prefill, plan.decode, strict=True)
    return Range(*(answer_tokens / (prompt_tokens / read + answer_tokens / written) for read, written in rates))


def speed_grade(tokens_per_second: float, profile: Profile) -> float:
    """0 at what is just usable, 1 from what is comfortable, in between by the waiting time that is saved.

    People feel seconds, not rates: going from 5 to 10 tokens a second saves five times what 20 to 25 saves.
    """
    if profile.speed.by_rate:
        least, most = profile.speed.usable, profile.speed.comfortable
        grade = math.log(max(tokens_per_second, 1e-9) / least) / math.log(most / least)
    else:
        slow, quick = 1 / profile.speed.usable, 1 / profile.speed.comfortable
        grade = (slow - 1 / max(tokens_per_second, 1e-9)) / (slow - quick)
    return min(1.0, max(0.0, grade))


def told(rate: float, profile: Profile) -> str:
    """A rate in the words of the use."""
    speed = profile.speed
    match speed.measure:
        case SpeedMeasure.DECODE:
            return f"{two_digits(rate)} tokens/s"
        case SpeedMeasure.READING:
            return f"{two_digits(rate)} tokens/s read"
        case SpeedMeasure.ANSWER:
            return f"{two_digits(speed.answer_tokens / max(rate, 1e-9))} s for {speed.answer_tokens} tokens"
        case _:
            assert_never(speed.measure)
