"""`llmadvise recommend`, with the options that plain command lines do without."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Annotated

import typer

from llmadvise.api.request import Request
from llmadvise.cli.answers import recommend
from llmadvise.cli.charts import ChartOption, charts_named
from llmadvise.cli.options import shared_options
from llmadvise.cli.recipes import EmitOption, emit_recipe
from llmadvise.cli.sink import Sink
from llmadvise.domain.cost import CostTerms
from llmadvise.errors import UsageError

_FLEET = "Many machines"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("recommend")(shared_options(_recommend, "recommendation", "fleet", "recipe"))


def _recommend(
    *,
    fleet: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|FILE|-", help="Many machines: `hardware --json` documents, one a line.", rich_help_panel=_FLEET
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="With --fleet: a document that cannot be read fails.", rich_help_panel=_FLEET),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=32, help="Processes; one a processor by default.", rich_help_panel=_FLEET)
    ] = None,
    emit: EmitOption = None,
    chart: ChartOption = None,
    request: Request,
    cost: CostTerms | None,
    sink: Sink,
) -> None:
    """What should I run on this machine, and exactly how?"""
    if fleet is None and (strict or workers is not None):
        raise UsageError("--strict and --workers are for many machines", "Add --fleet, or leave them out.")
    if emit is not None:
        _emit(emit, request, sink, fleet=fleet)
    elif fleet is None:
        charts = charts_named(chart, sink.format)
        recommend(request=replace(request, cost=cost), sink=replace(sink, charts=charts))
    else:
        _recommend_fleet(fleet, request, sink, strict=strict, workers=workers)


def _emit(form: str, request: Request, sink: Sink, *, fleet: str | None) -> None:
    from llmadvise.api.recipe import form_named, recommended_recipe  # noqa: PLC0415 - few lines ask for a file

    if fleet is not None:
        raise UsageError("--emit and --fleet contradict each other", "A recipe is for one machine.")
    emit_recipe(recommended_recipe(request, form_named(form)), sink)


def _recommend_fleet(source: str, request: Request, sink: Sink, *, strict: bool, workers: int | None) -> None:
    from llmadvise.api.fleet import advise_fleet, fleet_advised, fleet_error  # noqa: PLC0415 - most lines ask for one

    # What is made for a group dies with it: a long run needs the collector that short ones do without.
    gc.enable()
    answer = advise_fleet(request, source, workers=workers)
    models = dict.fromkeys(f"{item.model}:{item.quantization}" for item in answer.fleet.models)
    sink.emit(fleet_advised(answer, age_days=sink.age_days(answer.catalog.identity)), ids=models)
    error = fleet_error(answer, strict=strict)
    if error is not None:
        raise error
