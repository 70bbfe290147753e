"""Questions about one model: its assessment here, its place among the others, what would change the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from llmadvise.domain.assessment import Assessment
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import Model
from llmadvise.engine.assess import Assessor, Question
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Case
from llmadvise.engine.present import present
from llmadvise.engine.recommend import Ranking, order, rank
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
        of=len(ranking.models),
        changes=tuple(_changes(question, model, group[0], ranking, place)),
    )


def _cases(question: Question, model: Model, quantization: str | None) -> list[Case]:
    candidate, _ = judge_model(model, question.catalog, question.profile, question.requirements)
    assessor = Assessor(question)
    found: list[tuple[bool, Case]] = []
    reasons: list[Finding] = []
    for variant in model.variants:
        if quantization is not None and variant.quantization != quantization:
            continue
        case, blocked = assessor.judge(candidate, variant, anyway=True)
        if case is not None:
            found.append((blocked is not None, case))
        elif blocked is not None:
            reasons.append(blocked)
    if not found:
        words = "; ".join(dict.fromkeys(item.message for item in (*candidate.findings, *reasons))) or "no variant is known"
        raise NothingFitsError(f"{model.id} cannot be laid out on this machine: {words}", "Try another model or runtime.")
    return [case for _, case in sorted(found, key=lambda pair: (pair[0], order(pair[1])))]


def _place(ranking: Ranking, model: Model) -> int | None:
    ids = [group[0].candidate.model.id for group in ranking.models]
    return ids.index(model.id) + 1 if model.id in ids else None


def _changes(
    question: Question, model: Model, case: Case, ranking: Ranking, place: int | None
) -> Iterator[str]:
    """What the engine answers when one thing is different; only differences are told."""
    if place != 1 and ranking.models:
        yield _against_first(case, ranking.models[0][0])
    for words, other in _what_if(question):
        changed = rank(other)
        now = _place(changed, model)
        first = changed.models[0][0] if changed.models else None
        if now != place:
            yield f"{words}, it would be {f'number {now} of {len(changed.models)}' if now else 'ruled out'}."
        elif first is not None and ranking.models and first.variant.id != ranking.models[0][0].variant.id:
            yield f"{words}, the first choice would be {first.candidate.model.name} {first.variant.quantization}."


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
    yield from more_memory(question)


def _ask(question: Question, **changes: int | float | bool | str) -> Question:
    return replace(question, requirements=replace(question.requirements, **changes))  # type: ignore[arg-type]  # names are literal above
