"""What a model that would be better lacks to be the advice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from llmadvise.domain.finding import Finding
from llmadvise.domain.model import Variant
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Candidate, Case
from llmadvise.engine.most_trusted import most_trusted
from llmadvise.engine.plan_parts import excess

_OF_THE_MACHINE: Final = frozenset({"does-not-fit", "too-slow"})
"""Rules that another machine would not break."""


def near_miss(assessor: Assessor, id_: str) -> tuple[Case, Finding] | None:
    """The variant of a model that misses by least, and why; None where one fits, or something else forbids it.

    A model without results of its own is not held up as better.
    """
    question = assessor.question
    model = question.catalog.models[id_]
    candidate, forbidden = judge_model(model, question)
    if forbidden is not None or not candidate.evidence:
        return None
    found: list[tuple[Case, Finding]] = []
    # The smallest first: where one fits, none is missed.
    for variant in sorted(most_trusted(model.variants, question.downloaded), key=lambda item: item.bytes or 0):
        if found and _misses_by_more(assessor, candidate, variant, found):
            continue
        case, blocked = assessor.once(candidate, variant)
        if case is not None and blocked is None:
            return None
        if case is not None and blocked is not None and blocked.rule in _OF_THE_MACHINE:
            found.append((case, blocked))
    return min(found, key=lambda pair: (excess(pair[0].plan), pair[0].variant.id), default=None)


def _misses_by_more(
    assessor: Assessor, candidate: Candidate, variant: Variant, found: Sequence[tuple[Case, Finding]]
) -> bool:
    """Whether a variant surely does not fit, or is too slow, and lacks more memory than one of those found.

    No device lacks less than its share of what all budgets together lack for the file.
    """
    quantization = assessor.question.catalog.quantizations.get(variant.quantization)
    choice = assessor.choice(candidate, variant, quantization)
    if quantization is None or not choice.usable:
        return False
    machine = assessor.question.machine
    lacking = (variant.bytes or 0) - machine.cpu.budget_bytes - sum(gpu.budget_bytes or 0 for gpu in machine.gpus)
    least = lacking / (1 + len(machine.gpus)) if lacking > 0 else lacking
    if least <= min(excess(case.plan) for case, _ in found):
        return False
    return assessor.surely_out(candidate.model, variant, quantization, choice)[0] is not None
