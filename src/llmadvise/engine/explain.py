"""Questions about one model: its assessment here, its place among the others, what would change the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from llmadvise.domain.assessment import Assessment, ContextPoint, Saving
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import Model
from llmadvise.engine.assess import Assessor, most_trusted
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Case
from llmadvise.engine.context_curve import context_curve
from llmadvise.engine.present import present
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import Ranking, order, rank, smallest_of_the_best
from llmadvise.engine.relax import more_memory
from llmadvise.engine.savings import savings_of
from llmadvise.errors import NothingFitsError
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One model's assessment, its rank (None: blocked) of how many, and what would change the answer."""

    assessment: Assessment
    rank: int | None
    of: int
    changes: tuple[str, ...]
    context_curve: tuple[ContextPoint, ...] = ()


def assess_one(question: Question, model: Model, quantization: str | None) -> Assessment:
    """The assessment of a model's best variant, or of the one asked for, blocked or not.

    Raises NothingFitsError where not one variant can be laid out, with the reasons.
    """
    group = _cases(question, model, quantization)
    return present(group, question, savings=_savings(question, group[0]))


def explain(question: Question, model: Model, quantization: str | None, *, curve: bool = False) -> Explanation:
    """Why this score; where it stands; what would change that; with `curve` how its memory grows with its context."""
    group = _cases(question, model, quantization)
    ranking = rank(question)
    place = _place(ranking, model)
    return Explanation(
        assessment=present(group, question, savings=_savings(question, group[0])),
        rank=place,
        of=len(ranking.cases),
        changes=tuple(_changes(question, model, group[0], ranking, place)),
        context_curve=context_curve(question, group[0], Assessor(question).usable(group[0])) if curve else (),
    )


def _savings(question: Question, case: Case) -> tuple[Saving, ...]:
    return savings_of(question, case, Assessor(question).usable(case))


def _cases(question: Question, model: Model, quantization: str | None) -> list[Case]:
    candidate, _ = judge_model(model, question)
    assessor = Assessor(question)
    found: list[tuple[bool, Case]] = []
    reasons: list[Finding] = []
    wanted = [item for item in model.variants if quantization is None or item.quantization == quantization]
    for variant in most_trusted(wanted, question.downloaded):
        case, blocked = assessor.judge(candidate, variant, anyway=True)
        if case is not None:
            found.append((blocked is not None, case))
        elif blocked is not None:
            reasons.append(blocked)
    if not found:
        words = (
            "; ".join(dict.fromkeys(item.message for item in (*candidate.findings, *reasons))) or "no variant is known"
        )
        raise NothingFitsError(
            f"{model.id} cannot be laid out on this machine: {words}", "Try another model or runtime."
        )
    allowed = [case for blocked, case in found if not blocked]
    first = smallest_of_the_best(allowed)
    return sorted((case for _, case in found), key=lambda case: (case is not first, case not in allowed, order(case)))


def _place(ranking: Ranking, model: Model) -> int | None:
    ids = [case.candidate.model.id for case in ranking.cases]
    return ids.index(model.id) + 1 if model.id in ids else None


def _changes(question: Question, model: Model, case: Case, ranking: Ranking, place: int | None) -> Iterator[str]:
    """What the engine answers when one thing is different; only what changes the advice is told."""
    if place != 1 and ranking.cases:
        yield _against_first(case, ranking.cases[0])
    for words, other in _what_if(question):
        allowed = _allowed(other, model)
        if allowed != (place is not None):
            yield f"{words}, it would {'be allowed' if allowed else 'be ruled out'}."
            continue
        first = rank(other, 1).cases
        if first and ranking.cases and _name(first[0]) != _name(ranking.cases[0]):
            yield f"{words}, the first choice would be {_name(first[0])}."
    if place is None:
        enough = next((words for words, other in more_memory(question) if _allowed(other, model)), None)
        if enough:
            yield f"{enough}, it would be allowed."


def _allowed(question: Question, model: Model) -> bool:
    """Whether any variant of the model may be advised."""
    candidate, blocked = judge_model(model, question)
    return blocked is None and next(Assessor(question).cases(candidate, Counter()), None) is not None


def _name(case: Case) -> str:
    return f"{case.candidate.model.name} {case.variant.quantization}"


def _against_first(case: Case, first: Case) -> str:
    return f"First is {_name(first)} with {first.score:.1f} points, {first.score - case.score:+.1f} against this one."


def _what_if(question: Question) -> Iterator[tuple[str, Question]]:
    requirements = question.requirements
    length = requirements.context_length or question.profile.context_length
    yield f"With half the context ({length // 2} tokens)", _ask(question, context_length=length // 2)
    yield f"With twice the context ({length * 2} tokens)", _ask(question, context_length=length * 2)
    if requirements.minimum_speed:
        yield "If any speed would do", _ask(question, minimum_speed=0.0)
    if requirements.commercial:
        yield "For private use", _ask(question, commercial=False)
    if question.policy is not None:
        yield "Without the license policy", replace(_ask(question, license_policy=None), policy=None)
    if requirements.kv_type == "f16":
        yield "With the KV cache in q8_0", _ask(question, kv_type="q8_0")


def _ask(question: Question, **changes: float | bool | str | None) -> Question:
    return replace(question, requirements=replace(question.requirements, **changes))  # type: ignore[arg-type]  # names are literal above
