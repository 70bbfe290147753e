"""Models that may serve a request, the most promising first, judged only when they are reached."""

from __future__ import annotations

from collections import Counter

from llmadvise.domain.catalog import ModelSummary, quality_bounds, summaries
from llmadvise.domain.finding import Finding
from llmadvise.engine.bounds import Bounds
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Candidate
from llmadvise.engine.criteria import quality_grade
from llmadvise.engine.quality import model_quality
from llmadvise.engine.question import Question
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """A model that the index does not rule out, with the most it could score."""

    summary: ModelSummary
    bound: float
    question: Question

    def judge(self) -> tuple[Candidate, Finding | None]:
        """The candidate, and the finding that blocks it, if one does."""
        question = self.question
        model = question.catalog.models[self.summary.id]
        return judge_model(model, question)


def prospects(question: Question, bounds: Bounds, ruled_out: Counter[str]) -> list[Prospect]:
    """The models worth a look, by descending bound, then id; the others are counted, a case for each variant.

    What the index alone rules out is not decoded: most of a large catalog can never be the answer here.
    """
    found = []
    for summary in summaries(question.catalog.models):
        rule = _ruled_out(summary, question, bounds)
        if rule is None:
            bound = bounds.of_model(summary, _quality_grade(summary, question))
            found.append(Prospect(summary=summary, bound=bound, question=question))
        else:
            ruled_out[rule] += summary.variants
    return sorted(found, key=lambda prospect: (-prospect.bound, prospect.summary.id))


def _ruled_out(summary: ModelSummary, question: Question, bounds: Bounds) -> str | None:
    """The rule that forbids the model whatever its entry says, if one does."""
    families = question.requirements.families
    if summary.role not in question.profile.roles:
        return "role-cannot-serve"
    if families and summary.family.lower() not in families:
        return "family-not-asked"
    if summary.smallest_bytes is None:
        return "size-unknown"
    if summary.smallest_bytes > question.machine.capacity_bytes:
        return "does-not-fit"
    fastest = bounds.fastest_of_model(summary)
    if fastest is not None and fastest < (question.requirements.minimum_speed or 0.0):
        return "too-slow"
    return None


def _quality_grade(summary: ModelSummary, question: Question) -> float:
    """The grade of the unquantized model's quality, from the index where it stands there for this very profile."""
    catalog, profile = question.catalog, question.profile
    known = quality_bounds(catalog.models, profile.id).get(summary.id)
    if known is not None and catalog.profiles.get(profile.id) == profile:
        return known.grade
    model = catalog.models[summary.id]
    return quality_grade(model_quality(model, profile, catalog.benchmarks, catalog.calibration.quality)[0])
