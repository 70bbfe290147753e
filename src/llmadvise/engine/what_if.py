"""What would change the answer, found by asking the engine again with one thing different."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from llmadvise.domain.model import Model
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Case
from llmadvise.engine.criteria import CRITERIA
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import rank
from llmadvise.engine.relax import more_memory
from llmadvise.engine.scoring import UNITS, point_units, weights_of

_SEVERAL: Final = 4
"""Users, where one was asked for: a small team."""
_TOLD: Final = 2
"""Criteria named in a comparison of two scores."""


def changes(question: Question, model: Model, case: Case, first: Case | None, place: int | None) -> Iterator[str]:
    """One sentence for each change that makes a difference: to the first choice, or to whether this model is allowed.

    `first`: the first choice, if there is one; `place`: this model's, None if it may not be advised.
    """
    if first is not None and place != 1:
        yield _against(case, first, question)
    for words, other in _what_if(question, first or case):
        allowed = _allowed(other, model)
        if allowed != (place is not None):
            yield f"{words}, it would {'be allowed' if allowed else 'be ruled out'}."
            continue
        yield from _other_first(words, other, first)
    yield from _with_more_memory(question, model, first, place)


def _with_more_memory(question: Question, model: Model, first: Case | None, place: int | None) -> Iterator[str]:
    """The smallest step after which this model would be allowed, and the smallest after which another is first."""
    if place is None:
        enough = next((words for words, other in more_memory(question) if _allowed(other, model)), None)
        if enough:
            yield f"{enough}, it would be allowed."
    told = (line for words, other in more_memory(question) for line in _other_first(words, other, first))
    yield from (line for line, _ in zip(told, range(1), strict=False))


def _other_first(words: str, other: Question, first: Case | None) -> Iterator[str]:
    found = rank(other, 1).cases
    if found and first is not None and found[0].name != first.name:
        yield f"{words}, the first choice would be {found[0].name}."


def _allowed(question: Question, model: Model) -> bool:
    """Whether any variant of the model may be advised."""
    candidate, blocked = judge_model(model, question)
    return blocked is None and next(Assessor(question).cases(candidate, Counter()), None) is not None


def _against(case: Case, first: Case, question: Question) -> str:
    """The first choice beside this one, with the criteria that make most of the difference."""
    weights = weights_of(question.profile)
    total = sum(weights)
    gaps = [
        (point_units(theirs, weight, total) - point_units(ours, weight, total), criterion.id)
        for criterion, theirs, ours, weight in zip(CRITERIA, first.grades, case.grades, weights, strict=True)
    ]
    largest = sorted((gap for gap in gaps if gap[0]), key=lambda gap: (-abs(gap[0]), gap[1]))[:_TOLD]
    why = ", ".join(f"{id_} {units / UNITS:+.1f}" for units, id_ in largest)
    gap = f"{first.score - case.score:+.1f} against this one"
    return f"First is {first.name} with {first.score:.1f} points, {gap}{f' ({why})' if why else ''}."


def _what_if(question: Question, case: Case) -> Iterator[tuple[str, Question]]:
    """Questions that differ from this one in a single requirement."""
    asked = question.requirements
    length = question.context_length
    yield f"With half the context ({length // 2} tokens)", _ask(question, context_length=length // 2)
    yield f"With twice the context ({length * 2} tokens)", _ask(question, context_length=length * 2)
    bits = int(case.quantization.bits_per_weight) + 1
    yield f"With at least {bits} bits a weight", _ask(question, minimum_bits=float(bits))
    if asked.minimum_bits and asked.minimum_bits > 1:
        less = max(1.0, asked.minimum_bits - 1)
        yield f"With {less:g} bits a weight allowed", _ask(question, minimum_bits=less)
    if asked.minimum_speed:
        yield "If any speed would do", _ask(question, minimum_speed=0.0)
    if asked.users == 1:
        yield f"For {_SEVERAL} users at once", _ask(question, users=_SEVERAL)
    yield from _other_licenses(question)
    if asked.kv_type == "f16":
        yield "With the KV cache in q8_0", _ask(question, kv_type="q8_0")


def _other_licenses(question: Question) -> Iterator[tuple[str, Question]]:
    if question.policy is not None:
        yield "Without the license policy", replace(_ask(question, license_policy=None), policy=None)
    elif question.requirements.commercial:
        yield "For private use", _ask(question, commercial=False)
    else:
        yield "For commercial use", _ask(question, commercial=True)


def _ask(question: Question, **changes: float | bool | str | None) -> Question:
    return replace(question, requirements=replace(question.requirements, **changes))  # type: ignore[arg-type]  # names are literal above
