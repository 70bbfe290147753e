"""Questions about one model: its assessment here, its place among the others, what would change the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from llmadvise.domain.assessment import Assessment, ContextPoint, Saving
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import Model
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Case
from llmadvise.engine.context_curve import context_curve
from llmadvise.engine.most_trusted import most_trusted
from llmadvise.engine.present import present
from llmadvise.engine.quality.loss import GOOD
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import order, rank, smallest_of_the_best
from llmadvise.engine.savings import savings_of
from llmadvise.engine.what_if import changes
from llmadvise.errors import NothingFitsError
from llmadvise.record import dataclass

_SMALLER_HELPS: Final = frozenset({"does-not-fit", "too-slow"})
"""Rules that a smaller file may pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One model's assessment, its rank (None: blocked), and what would change the answer."""

    assessment: Assessment
    rank: int | None
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
    first, place = standing(question, model)
    return Explanation(
        assessment=present(group, question, savings=_savings(question, group[0])),
        rank=place,
        changes=tuple(changes(question, model, group[0], first, place)),
        context_curve=context_curve(question, group[0], Assessor(question).usable(group[0])) if curve else (),
    )


def _savings(question: Question, case: Case) -> tuple[Saving, ...]:
    return savings_of(question, case, Assessor(question).usable(case))


def _cases(question: Question, model: Model, quantization: str | None) -> list[Case]:
    candidate, _ = judge_model(model, question)
    assessor = Assessor(question)
    found: list[tuple[Finding | None, Case]] = []
    reasons: list[Finding] = []
    wanted = [item for item in model.variants if quantization is None or item.quantization == quantization]
    for variant in most_trusted(wanted, question.downloaded):
        case, blocked = assessor.judge(candidate, variant, anyway=True)
        if case is not None:
            found.append((blocked, case))
        elif blocked is not None:
            reasons.append(blocked)
    if not found:
        words = (
            "; ".join(dict.fromkeys(item.message for item in (*candidate.findings, *reasons))) or "no variant is known"
        )
        raise NothingFitsError(
            f"{model.id} cannot be laid out on this machine: {words}", "Try another model or runtime."
        )
    allowed = [case for blocked, case in found if blocked is None]
    large = [case for blocked, case in found if blocked is not None and blocked.rule in _SMALLER_HELPS]
    # A file that may be advised before any that may not; of those the ones that a smaller file would not mend.
    first = smallest_of_the_best(allowed)
    if first is None:
        first = _smallest_good(large) if large else smallest_of_the_best([case for _, case in found])
    return sorted((case for _, case in found), key=lambda case: (case is not first, case not in allowed, order(case)))


def _smallest_good(cases: Sequence[Case]) -> Case:
    """Of cases that are all too large or too slow the smallest that keeps nearly all of the score; else the best kept."""
    good = [case for case in cases if case.kept.value >= GOOD]
    if good:
        return min(good, key=lambda case: (case.variant.bytes or 0, order(case)))
    return max(cases, key=lambda case: (case.kept.value, -(case.variant.bytes or 0), case.variant.id))


def standing(question: Question, model: Model) -> tuple[Case | None, int | None]:
    """The first choice, and this model's place among all that may be advised; None where none is, or it is blocked.

    Models that cannot score as much as this one stand behind it, whatever their entries say, and are not looked at.
    """
    assessor = Assessor(question)
    candidate, blocked = judge_model(model, question)
    own = None if blocked is not None else smallest_of_the_best(list(assessor.cases(candidate, Counter())))
    if own is None:
        return next(iter(rank(question, 1, assessor).cases), None), None
    ahead = rank(question, None, assessor, least=own.score).cases
    return ahead[0], [case.candidate.model.id for case in ahead].index(model.id) + 1
