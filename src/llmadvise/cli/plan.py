"""`llmadvise plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmadvise.api.request import Request
from llmadvise.cli.options import shared_options
from llmadvise.cli.recipes import EmitOption, emit_recipe
from llmadvise.cli.sink import Sink
from llmadvise.cli.spoken import ModelArgument
from llmadvise.render.formats import Format

if TYPE_CHECKING:
    from llmadvise.api.plan import PlanRequest

_PLAN = "Plan"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan")(shared_options(_plan, "plan", "recipe"))


def _plan(
    *,
    model: ModelArgument,
    quantization: Annotated[
        list[str] | None,
        typer.Option(help="Compare these: Q4_K_M (repeatable, or comma-separated).", rich_help_panel=_PLAN),
    ] = None,
    nodes: Annotated[
        int,
        typer.Option(min=1, max=64, help="So many machines as --gpu or --hardware describe.", rich_help_panel=_PLAN),
    ] = 1,
    emit: EmitOption = None,
    request: Request,
    sink: Sink,
) -> None:
    """Which hardware runs this model, from the smallest upward; with --gpu and --nodes, how it is spread over them."""
    from llmadvise.api.facts import load_facts  # noqa: PLC0415 - the engine is not needed to print help
    from llmadvise.api.plan import PlanRequest, empty, nothing_runs, plan  # noqa: PLC0415

    age = sink.age_days(load_facts(request.catalog).identity) if sink.as_of is not None else None
    wanted = tuple(word.strip() for text in quantization or () for word in text.split(",") if word.strip())
    asked = PlanRequest(request=request, model=model, quantizations=wanted, nodes=nodes, age_days=age)
    if emit is not None:
        _emit(emit, asked, sink)
        return
    document = plan(asked)
    nothing = empty(document)
    if not nothing or sink.format is not Format.TEXT:
        chosen = document.layout.chosen if document.layout is not None else None
        ids = [item.id for item in document.hardware] if chosen is None else [chosen.variant.id]
        sink.emit(document, ids=dict.fromkeys(ids))
    if nothing:
        raise nothing_runs(document)


def _emit(form: str, asked: PlanRequest, sink: Sink) -> None:
    from llmadvise.api.recipe import form_named  # noqa: PLC0415 - few lines ask for a file
    from llmadvise.api.recipe_plan import planned_recipe  # noqa: PLC0415

    emit_recipe(planned_recipe(asked, form_named(form)), sink)
