"""Which model to run: recommend, explain, compare."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.api.request import Compared, Explained, Recommended, Request
from llmadvise.api.setting import prepare
from llmadvise.engine import explain as explaining
from llmadvise.engine.naming import find_model
from llmadvise.engine.recommend import recommend as rank_and_choose


def recommend(request: Request) -> Recommended:
    """Advise on what to run. `advice.recommendations` is empty where nothing fits; `api.relax.hint` then says why."""
    setting = prepare(request)
    return Recommended(setting=setting, advice=rank_and_choose(setting.question))


def explain(request: Request, model: str) -> Explained:
    """Why this model scores as it does here. Raises UsageError for an unknown or ambiguous name."""
    setting = prepare(request)
    found, quantization = find_model(model, setting.catalog)
    answer = explaining.explain(setting.question, found, quantization)
    return Explained(
        setting=setting, assessment=answer.assessment, rank=answer.rank, of=answer.of, changes=answer.changes
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
