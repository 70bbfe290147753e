"""From results to documents: what `--json` prints and what the text renderer sets."""

from __future__ import annotations

from llmadvise import __version__
from llmadvise.api.labels import prompts, use_cases
from llmadvise.api.request import Compared, Explained, Recommended
from llmadvise.render.documents.explanation import (
    ComparisonDocument,
    ExplanationDocument,
    comparison_document,
    explanation_document,
)
from llmadvise.render.documents.recommendation import RecommendationDocument, recommendation_document


def recommended(answer: Recommended, *, age_days: int | None = None) -> RecommendationDocument:
    """`llmadvise.recommendation/1`."""
    setting = answer.setting
    models = [item.model for item in (*answer.advice.recommendations, *answer.advice.specialists)]
    return recommendation_document(
        answer.advice,
        setting.hardware,
        version=__version__,
        catalog=setting.catalog.identity,
        age_days=age_days,
        use_cases=use_cases(models, setting.catalog),
        prompts=prompts(models, setting),
        relaxations=_relaxations(answer),
    )


def _relaxations(answer: Recommended) -> tuple[str, ...]:
    """What would help where nothing fits, a sentence each."""
    if answer.advice.recommendations:
        return ()
    from llmadvise.engine.relax import relaxations  # noqa: PLC0415 - only when nothing fits

    return tuple(f"{item.words}: then {item.first} would do." for item in relaxations(answer.setting.question))


def explained(answer: Explained, *, age_days: int | None = None) -> ExplanationDocument:
    """`llmadvise.explanation/1`."""
    setting, model = answer.setting, answer.assessment.model
    return explanation_document(
        answer.assessment,
        setting.hardware,
        setting.question.requirements,
        version=__version__,
        catalog=setting.catalog.identity,
        age_days=age_days,
        rank=answer.rank,
        use_cases=use_cases([model], setting.catalog),
        prompts=prompts([model], setting),
        changes=answer.changes,
    )


def compared(answer: Compared, *, age_days: int | None = None) -> ComparisonDocument:
    """`llmadvise.comparison/1`."""
    setting = answer.setting
    models = [item.model for item in answer.assessments]
    return comparison_document(
        answer.assessments,
        setting.hardware,
        setting.question.requirements,
        version=__version__,
        catalog=setting.catalog.identity,
        age_days=age_days,
        use_cases=use_cases(models, setting.catalog),
        prompts=prompts(models, setting),
    )
