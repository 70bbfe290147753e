"""Pictures on request below the advice or an explanation, each by its name."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.documents.explanation import ExplanationDocument
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.page import Page
from llmadvise.render.pareto import budget, quality_points
from llmadvise.render.text.bars import memory_rows
from llmadvise.render.text.context import write_context
from llmadvise.render.text.plot import write_plot


def write_charts(page: Page, document: object, charts: Sequence[str]) -> None:
    """Draw the charts of these names (see `formats.CHARTS`); a document without figures to draw has none."""
    match document:
        case RecommendationDocument() if document.recommendations:
            shown = [*document.recommendations, *document.specialists]
        case ExplanationDocument():
            shown = [document.assessment]
        case _:
            return
    best = shown[0]
    for chart in charts:
        match chart:
            case "pareto":
                _pareto(page, shown, best)
            case "speed":
                _speed(page, shown, best)
            case "memory":
                page.heading("Memory by device")
                for item in shown:
                    page.line(f"{item.name} {item.variant.quantization}")
                    page.pairs(memory_rows(page, item.memory, document.hardware), indent=2)
            case "context":
                write_context(page, document.context_curve, best.context_length.used)
            case _:
                raise ValueError(f"no chart is called {chart}")


def _pareto(page: Page, shown: Sequence[Recommendation], best: Recommendation) -> None:
    points, _ = quality_points(shown, best)
    write_plot(page, "Quality against memory", points, axis="GiB", rising=False, limit=budget(shown))


def _speed(page: Page, shown: Sequence[Recommendation], best: Recommendation) -> None:
    _, points = quality_points(shown, best)
    if points:
        write_plot(page, "Quality against speed", points, axis="tokens/s", rising=True, limit=None)
