"""From results to documents: what `--json` prints and what the text renderer sets."""

from __future__ import annotations

from llmadvise import __version__
from llmadvise.api.labels import prompts, use_cases
from llmadvise.api.request import Recommended
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
        relaxations=tuple(f"{item.words}: then {item.first} would do." for item in answer.relaxations),
    )
