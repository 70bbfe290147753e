"""What other context lengths and cache types would take: the same file, laid out anew for each."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from llmadvise.domain.assessment import PlacementKind
from llmadvise.engine.case import Plan
from llmadvise.engine.estimate import Laid
from llmadvise.engine.estimate_file import runtimes_for
from llmadvise.engine.memory.layout import without_table
from llmadvise.engine.placement import Planner
from llmadvise.engine.question import Question
from llmadvise.record import dataclass

KV_TYPES: Final = ("f16", "q8_0", "q4_0")
"""Cache types that llama.cpp and Ollama both offer."""
_SHORTEST: Final = 1024
_STEPS_BELOW: Final = 2
"""Halvings of the asked context that are also shown."""
_MOST_CONTEXTS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """One context length with one cache type."""

    context: int
    """Tokens for each user."""
    kv_type: str
    total_bytes: int
    """The best guess, all devices together."""
    fits: bool
    placement: PlacementKind
    """Where the planner would lay it."""


def grid(question: Question, laid: Laid) -> tuple[GridCell, ...]:
    """By context, then by cache type. Cache types that the runtime lacks are left out.

    What was asked is as it was laid out. The others are computed by formula even where the file's tensors are known:
    drawing each one's graph would take seconds for a compute buffer that differs by a few MiB.
    """
    native = laid.candidate.model.context_length.native
    lengths = contexts(laid.plan.context_length, native)
    formula = replace(laid, layout=None if laid.layout is None else without_table(laid.layout))
    asked = (laid.plan.context_length, question.requirements.kv_type)
    cells = []
    for length in lengths:
        for kv_type in KV_TYPES:
            plan = laid.plan if (length, kv_type) == asked else _plan(question, formula, length, kv_type)
            if plan is not None:
                cells.append(_cell(plan, length, kv_type))
    return tuple(cells)


def contexts(asked: int, native: int) -> tuple[int, ...]:
    """The asked length, and powers of two from a quarter of it up to the trained length."""
    power = max(_SHORTEST, 1 << max(0, (asked >> _STEPS_BELOW).bit_length() - 1))
    found = {asked}
    while power <= native and len(found) < _MOST_CONTEXTS:
        found.add(power)
        power *= 2
    return tuple(sorted(found))


def _plan(question: Question, laid: Laid, length: int, kv_type: str) -> Plan | None:
    """The layout under another context length and cache type; None where the runtime lacks the type."""
    requirements = replace(question.requirements, context_length=length, kv_type=kv_type)
    choice = runtimes_for(question, requirements, laid.candidate.model, laid.variant, laid.quantization)
    usable = [item for item in choice.usable if item.runtime.id == laid.plan.runtime.id]
    planner = Planner(
        question.machine,
        requirements,
        question.catalog.calibration,
        question.options,
        profile=question.profile,
    )
    return planner.plan(laid.candidate, laid.variant, laid.quantization, usable, layout=laid.layout)


def _cell(plan: Plan, length: int, kv_type: str) -> GridCell:
    return GridCell(
        context=length,
        kv_type=kv_type,
        total_bytes=round(sum(item.total.value for item in plan.memory)),
        fits=plan.fits,
        placement=plan.placement.kind,
    )
