"""Memory against context: the same file under other context lengths, laid out anew for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from llmadvise.domain.assessment import ContextPoint
from llmadvise.domain.profile import Task
from llmadvise.engine.case import Case, Plan
from llmadvise.engine.placement import SMALLER_CACHE, Planner
from llmadvise.engine.question import Question
from llmadvise.engine.runtimes import UsableRuntime

SHORTEST: Final = 2048
_MOST: Final = 10
"""Lengths: from 2k tokens to a million; beyond that the steps are longer than a picture is wide."""


def context_curve(question: Question, case: Case, usable: UsableRuntime) -> tuple[ContextPoint, ...]:
    """Memory of a case from 2k tokens to the trained context, with its cache and with one in q8_0.

    Empty where a text becomes a vector: nothing is kept from one to the next.
    """
    if question.profile.task is Task.EMBEDDING or case.plan.settings is None:
        return ()
    own = question.requirements.kv_type
    types = [own] if own == SMALLER_CACHE or SMALLER_CACHE not in usable.runtime.kv_types else [own, SMALLER_CACHE]
    return tuple(
        _point(plan, length, kv_type)
        for kv_type in types
        for length, plan in _plans(question, case, usable, kv_type)
        if plan is not None
    )


def lengths(planned: int, native: int) -> tuple[int, ...]:
    """Powers of two up to the trained context, with the planned length and the trained one among them."""
    powers = [SHORTEST << step for step in range(_MOST) if SHORTEST << step <= native]
    return tuple(sorted({*powers, min(planned, native), native}))


def _plans(question: Question, case: Case, usable: UsableRuntime, kv_type: str) -> Iterator[tuple[int, Plan | None]]:
    candidate = case.candidate
    for length in lengths(case.plan.context_length, candidate.model.context_length.native):
        requirements = replace(question.requirements, context_length=length, kv_type=kv_type)
        planner = Planner(
            question.machine,
            requirements,
            question.catalog.calibration,
            question.options,
            profile=question.profile,
        )
        yield length, planner.plan(candidate, case.variant, case.quantization, (usable,))


def _point(plan: Plan, length: int, kv_type: str) -> ContextPoint:
    return ContextPoint(
        context=length,
        kv_type=kv_type,
        weights_bytes=sum(item.weights for item in plan.memory),
        kv_cache_bytes=sum(item.kv_cache for item in plan.memory),
        other_bytes=sum(item.compute + round(item.overhead.value) for item in plan.memory),
        budget_bytes=sum(item.device.budget_bytes for item in plan.memory),
        fits=plan.fits,
        placement=plan.placement.kind,
    )
