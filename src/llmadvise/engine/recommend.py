"""The main job: judge every case, rank them, keep one entry a model, and say what was left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from llmadvise.domain.assessment import Advice, RuledOut
from llmadvise.domain.estimate import Basis
from llmadvise.engine.assess import Assessor, Question
from llmadvise.engine.candidates import candidates
from llmadvise.engine.case import Case
from llmadvise.engine.present import best_at, present


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Every case that may be advised, grouped by model, the best first."""

    models: tuple[tuple[Case, ...], ...]
    """One group a model, its best case first."""
    ruled_out: RuledOut


def rank(question: Question) -> Ranking:
    """Judge all cases and order them; ties break by quality, then size, then id."""
    ruled_out: Counter[str] = Counter()
    assessor = Assessor(question)
    found = candidates(
        question.catalog, question.profile, question.requirements, question.machine.capacity_bytes, ruled_out
    )
    groups: dict[str, list[Case]] = {}
    for case in assessor.cases(found, ruled_out):
        groups.setdefault(case.candidate.model.id, []).append(case)
    ordered = [tuple(sorted(group, key=order)) for group in groups.values()]
    ordered.sort(key=lambda group: order(group[0]))
    return Ranking(
        models=tuple(ordered),
        ruled_out=RuledOut(count=sum(ruled_out.values()), by_rule=dict(sorted(ruled_out.items()))),
    )


def order(case: Case) -> tuple[float, float, bool, int, str, str]:
    """Sort key, the best first: score, quality, exact bytes before computed ones, smaller file, then ids."""
    computed = case.variant.bytes_basis is not Basis.DECLARED
    return (
        -case.score,
        -case.quality.value,
        computed,
        case.variant.bytes or 0,
        case.candidate.model.id,
        case.variant.id,
    )


def recommend(question: Question) -> Advice:
    """The advice for one question. `recommendations` is empty where nothing fits."""
    ranking = rank(question)
    chosen = ranking.models[: question.requirements.top]
    better = best_at([group[0] for group in chosen], question.catalog.licenses)
    return Advice(
        requirements=question.requirements,
        recommendations=tuple(
            present(group, question, best_at=better[group[0].candidate.model.id]) for group in chosen
        ),
        ruled_out=ranking.ruled_out,
    )
