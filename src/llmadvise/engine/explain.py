"""Questions about one model: its assessment here, its place among the others, what would change the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from llmadvise.domain.assessment import Assessment
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import Model
from llmadvise.engine.assess import Assessor, most_trusted
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Case
from llmadvise.engine.present import present
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import Ranking, order, rank, smallest_of_the_best
from llmadvise.engine.relax import more_memory
from llmadvise.errors import NothingFitsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One model's assessment, its rank (None: blocked) of how many, and what would change the answer."""

    assessment: Assessment
    rank: int | None
    of: int
    changes: tuple[str, ...]


def assess_one(question: Question, model: Model, quantization: str | None) -> Assessment:
    """The assessment of a model's best variant, or of the one asked for, blocked or not.

    Raises NothingFitsError where not one variant can be laid out, with the reasons.
    """
    return present(_cases(question, model, quantization), question)


def explain(question: Question, model: Model, quantization: str | None) -> Explanation:
    """Why this score; where it stands; what would change that."""
    group = _cases(question, model, quantization)
    ranking = rank(question)
    place = _place(ranking, model)
    return Explanation(
        assessment=present(group, question),
        rank=place,
        of=len(ranking.cases),
        changes=tuple(_changes(question, model, group[0], ranking, place)),
    )


def _cases(question: Question, model: Model, quantization: str | None) -> list[Case]:
    candidate, _ = judge_model(model, question.catalog, question.profile, question.requirements)
    assessor = Assessor(question)
    found: list[tuple[bool, Case]] = []
    reasons: list[Finding] = []
    wanted = [item for item in model.variants if quantization is None or item.quantization == quantization]
    for variant in most_trusted(wanted):
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
        changed = rank(other)
        now = _place(changed, model)
        told = _difference(changed, ranking, now, place)
        if told:
            yield f"{words}, {told}."
    for words, other in more_memory(question):
        now = _place(rank(other), model)
        if (now is None) != (place is None):
            yield f"{words}, it would fit."
            return


def _difference(changed: Ranking, before: Ranking, now: int | None, place: int | None) -> str | None:
    """In words: allowed or ruled out, first or no longer, or another first choice; None where the advice stays."""
    if (now is None) != (place is None):
        return "it would be ruled out" if now is None else f"it would be number {now} of {len(changed.cases)}"
    if now != place and 1 in {now, place}:
        return f"it would be number {now}"
    if changed.cases and before.cases:
        first = changed.cases[0]
        if (first.candidate.model.id, first.variant.id) != (
            before.cases[0].candidate.model.id,
            before.cases[0].variant.id,
        ):
            return f"the first choice would be {first.candidate.model.name} {first.variant.quantization}"
    return None


def _against_first(case: Case, first: Case) -> str:
    name = f"{first.candidate.model.name} {first.variant.quantization}"
    return f"First is {name} with {first.score:.1f} points, {first.score - case.score:+.1f} against this one."


def _what_if(question: Question) -> Iterator[tuple[str, Question]]:
    requirements = question.requirements
    length = requirements.context_length or question.profile.context_length
    yield f"With half the context ({length // 2} tokens)", _ask(question, context_length=length // 2)
    yield f"With twice the context ({length * 2} tokens)", _ask(question, context_length=length * 2)
    if requirements.minimum_speed:
        yield "If any speed would do", _ask(question, minimum_speed=0.0)
    if requirements.commercial:
        yield "For private use", _ask(question, commercial=False)
    if requirements.kv_type == "f16":
        yield "With the KV cache in q8_0", _ask(question, kv_type="q8_0")


def _ask(question: Question, **changes: float | bool | str) -> Question:
    return replace(question, requirements=replace(question.requirements, **changes))  # type: ignore[arg-type]  # names are literal above
