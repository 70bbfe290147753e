"""`llmadvise explain`."""

from __future__ import annotations

from dataclasses import replace

import typer

from llmadvise.api.request import Request
from llmadvise.cli.charts import ChartOption, charts_named
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.cli.spoken import ModelArgument
from llmadvise.domain.cost import CostTerms


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(shared_options(_explain, "explanation"))


def _explain(
    *,
    model: ModelArgument,
    chart: ChartOption = None,
    request: Request,
    cost: CostTerms | None,
    sink: Sink,
) -> None:
    """Why this score, why this variant, why not another, and what would change the answer."""
    from llmadvise.api.explain import explain, explained  # noqa: PLC0415 - the engine is not needed to print help

    sink = replace(sink, charts=charts_named(chart, sink.format))
    answer = explain(replace(request, cost=cost), model, curve=sink.wants_curve)
    document = explained(answer, age_days=sink.age_days(answer.setting.catalog.identity))
    sink.emit(document, ids=[f"{answer.assessment.model.id}:{answer.assessment.variant.quantization}"])
