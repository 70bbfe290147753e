"""The main job: judge what could be best, rank it, keep one entry a model, and say what was left out."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Mapping, Sequence

from llmadvise.domain.assessment import Advice, Assessment, ContextPoint, RuledOut, Saving
from llmadvise.domain.catalog import quality_bounds, summaries
from llmadvise.domain.estimate import Basis
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.license import License
from llmadvise.engine.assess import TIE, Assessor
from llmadvise.engine.case import Candidate, Case
from llmadvise.engine.near_miss import near_miss
from llmadvise.engine.plan_parts import is_tight
from llmadvise.engine.present import ALTERNATIVES, present
from llmadvise.engine.prospects import Prospect, prospects
from llmadvise.engine.question import Question
from llmadvise.engine.strengths import MEASURES, best_at, best_of
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The best models, each with its best case, the best first."""

    cases: tuple[Case, ...]
    candidates: tuple[Candidate, ...]
    """The candidate of each case."""
    ruled_out: RuledOut


def rank(
    question: Question, depth: int | None = None, assessor: Assessor | None = None, *, least: float = 0.0
) -> Ranking:
    """The `depth` best models (None: all that may be advised); ties break by quality, then size, then id.

    `least`: points below which a model is of no interest; it may be left out. Models come in descending order of the most they could score, and the search ends where that is less than the last
    of the best found: what follows cannot enter the list.
    """
    ruled_out: Counter[str] = Counter()
    assessor = assessor or Assessor(question)
    bounds = assessor.bounds
    best: list[tuple[tuple[float, float, bool, int, str, str], Case]] = []
    for prospect in prospects(question, bounds, ruled_out):
        floor = best[depth - 1][1].score if depth is not None and len(best) >= depth else least
        if prospect.bound < floor:
            break
        case = _best_case(assessor, prospect, ruled_out, floor)
        if case is not None:
            insort(best, (order(case), case), key=lambda item: item[0])
    chosen = [case for _, case in best[:depth]]
    return Ranking(
        cases=tuple(chosen),
        candidates=tuple(case.candidate for case in chosen),
        ruled_out=RuledOut(count=sum(ruled_out.values()), by_rule=dict(sorted(ruled_out.items()))),
    )


def _best_case(assessor: Assessor, prospect: Prospect, ruled_out: Counter[str], floor: float) -> Case | None:
    candidate, blocked = prospect.judge()
    if blocked is not None:
        ruled_out[blocked.rule] += prospect.summary.variants
        return None
    return smallest_of_the_best(list(assessor.cases(candidate, ruled_out, floor)))


def smallest_of_the_best(cases: Sequence[Case]) -> Case | None:
    """Of one model's cases the smallest file among those that the score cannot tell from the best one."""
    top = max((case.score for case in cases), default=0.0)
    return min(
        (case for case in cases if case.score >= top - TIE),
        key=lambda case: (case.variant.bytes or 0, order(case)),
        default=None,
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


_SPECIALISTS_FROM = 8
"""How far down the ranking the fastest, the smallest and so on are looked for."""
_SPECIALISTS = 3


def recommend(question: Question, *, curve: bool = False) -> Advice:
    """The advice for one question. `recommendations` is empty where nothing fits.

    `curve`: also how the memory of the first grows with its context.
    """
    top = question.requirements.top
    assessor = Assessor(question)
    ranking = rank(question, max(top, _SPECIALISTS_FROM), assessor)
    chosen = ranking.cases[:top]
    special = specialists(chosen, ranking.cases[top:], question.catalog.licenses)
    better = best_at([*chosen, *special], question.catalog.licenses)

    def shown(cases: Sequence[Case]) -> tuple[Assessment, ...]:
        return tuple(
            present(
                [case, *assessor.others(case, ALTERNATIVES)],
                question,
                best_at=better[case.candidate.model.id],
                savings=_savings(question, assessor, case),
            )
            for case in cases
        )

    return Advice(
        requirements=question.requirements,
        recommendations=shown(chosen),
        ruled_out=ranking.ruled_out,
        specialists=shown(special),
        bigger=_bigger(question, assessor, chosen[0] if chosen else None),
        context_curve=_curve(question, assessor, chosen[0]) if curve and chosen else (),
    )


def _curve(question: Question, assessor: Assessor, case: Case) -> tuple[ContextPoint, ...]:
    from llmadvise.engine.context_curve import context_curve  # noqa: PLC0415 - only where a picture is asked for

    return context_curve(question, case, assessor.usable(case))


def _savings(question: Question, assessor: Assessor, case: Case) -> tuple[Saving, ...]:
    """What would free memory, where there is little to spare."""
    if not is_tight(case.plan):
        return ()
    from llmadvise.engine.savings import savings_of  # noqa: PLC0415 - most answers have room

    return savings_of(question, case, assessor.usable(case))


def specialists(chosen: Sequence[Case], others: Sequence[Case], licenses: Mapping[str, License]) -> tuple[Case, ...]:
    """Cases of lower rank that beat all the chosen ones at one thing, the best at each, at most three."""
    found: list[Case] = []
    for name in MEASURES:
        winner = best_of(name, [*chosen, *others], licenses)
        if winner is not None and winner in others and winner not in found:
            found.append(winner)
    return tuple(sorted(found[:_SPECIALISTS], key=order))


_BETTER = 1.0
"""Points of quality from which on a model is worth a word."""
_TRIED = 3
"""How many better models are asked why they are not the advice."""


def _bigger(question: Question, assessor: Assessor, first: Case | None) -> Finding | None:
    """Why not the next better model: the smallest one with results of its own that only memory or speed rules out."""
    known = 0.0 if first is None else first.quality.value
    bounds = quality_bounds(question.catalog.models, question.profile.id)
    better = sorted(
        (
            item
            for item in summaries(question.catalog.models)
            if item.smallest_bytes and item.id in bounds and bounds[item.id].quality > known + _BETTER
        ),
        key=lambda item: (item.smallest_bytes or 0, item.id),
    )
    tried = 0
    for summary in better:
        missed = near_miss(assessor, summary.id)
        if missed is None:
            continue
        case, reason = missed
        if case.quality.value > known:
            return _missed(case, reason)
        tried += 1
        if tried == _TRIED:
            break
    return None


def _missed(case: Case, reason: Finding) -> Finding:
    return Finding(
        rule=reason.rule,
        verdict=Verdict.NOTE,
        message=f"{case.name} would be better ({case.quality.value:.0f} of 100), but {reason.message}",
        evidence=case.candidate.model.id,
    )
