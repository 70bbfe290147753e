"""Which document is written by which function, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from llmadvise.render.documents.check import CheckDocument
from llmadvise.render.documents.explanation import ComparisonDocument, ExplanationDocument
from llmadvise.render.documents.fleet import FleetDocument
from llmadvise.render.documents.models import LineageDocument, ModelDocument, ModelsDocument
from llmadvise.render.documents.plan import PlanDocument
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.markdown import advice, check, comparison, explanation, fleet, models, plan

_LINES: Final[Mapping[type, Callable[[Any], list[str]]]] = {
    RecommendationDocument: advice.lines,
    ExplanationDocument: explanation.lines,
    ComparisonDocument: comparison.lines,
    FleetDocument: fleet.lines,
    ModelsDocument: models.list_lines,
    ModelDocument: models.entry_lines,
    LineageDocument: models.lineage_lines,
    CheckDocument: check.lines,
    PlanDocument: plan.lines,
}


def write(document: object) -> str:
    """Write one of the documents that `Format.MARKDOWN` names."""
    return "\n".join(_LINES[type(document)](document)) + "\n"
