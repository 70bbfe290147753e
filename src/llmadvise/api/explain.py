"""Questions about models by name: explain one, compare several."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise import __version__
from llmadvise.api.labels import prompts, use_cases
from llmadvise.api.request import Compared, Explained, Request
from llmadvise.api.setting import prepare
from llmadvise.engine import explain as explaining
from llmadvise.engine.naming import find_model
from llmadvise.render.documents.explanation import (
    ComparisonDocument,
    ExplanationDocument,
    comparison_document,
    explanation_document,
)


def explain(request: Request, model: str, *, curve: bool = False) -> Explained:
    """Why this model scores as it does here. Raises UsageError for an unknown or ambiguous name.

    `curve`: also how its memory grows with its context.
    """
    setting = prepare(request)
    found, quantization = find_model(model, setting.catalog)
    answer = explaining.explain(setting.question, found, quantization, curve=curve)
    return Explained(
        setting=setting,
        assessment=answer.assessment,
        rank=answer.rank,
        changes=answer.changes,
        context_curve=answer.context_curve,
    )


def compare(request: Request, models: Sequence[str]) -> Compared:
    """Assess models side by side. Raises UsageError for an unknown or ambiguous name."""
    setting = prepare(request)
    found = [find_model(name, setting.catalog) for name in models]
    return Compared(
        setting=setting,
        assessments=tuple(
            explaining.assess_one(setting.question, model, quantization) for model, quantization in found
        ),
    )


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
        context_curve=answer.context_curve,
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
