"""`llmadvise recommend`."""

from __future__ import annotations

from dataclasses import replace

import typer

from llmadvise.api.request import Request
from llmadvise.cli.charts import ChartOption, charts_named, wants_curve
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.render.formats import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("recommend")(shared_options(_recommend))


def _recommend(*, chart: ChartOption = None, request: Request, sink: Sink) -> None:
    """What should I run on this machine, and exactly how?"""
    from llmadvise.api.advise import recommend  # noqa: PLC0415 - the engine is not needed to print help
    from llmadvise.api.documents import recommended  # noqa: PLC0415

    charts = charts_named(chart, sink.format)
    answer = recommend(request, curve=wants_curve(charts, sink.format))
    chosen = answer.advice.recommendations
    if chosen or sink.format is Format.JSON:
        document = recommended(answer, age_days=sink.age_days(answer.setting.catalog.identity))
        replace(sink, charts=charts).emit(
            document, ids=(f"{item.model.id}:{item.variant.quantization}" for item in chosen)
        )
    if not chosen:
        from llmadvise.api.relax import nothing_fits  # noqa: PLC0415 - only when nothing fits

        raise nothing_fits(answer)
