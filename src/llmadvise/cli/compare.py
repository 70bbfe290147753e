"""`llmadvise compare`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from llmadvise.api.request import Request
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.domain.cost import CostTerms
from llmadvise.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare")(shared_options(_compare, "comparison"))


def _compare(
    *,
    models: Annotated[list[str], typer.Argument(help="Two or more models.")],
    request: Request,
    cost: CostTerms | None,
    sink: Sink,
) -> None:
    """Models side by side on one machine."""
    if len(models) < 2:  # noqa: PLR2004 - a comparison has two sides
        raise UsageError("`compare` needs two models or more", "`llmadvise explain MODEL` is about a single one.")
    from llmadvise.api.explain import compare, compared  # noqa: PLC0415 - the engine is not needed to print help

    answer = compare(replace(request, cost=cost), models)
    document = compared(answer, age_days=sink.age_days(answer.setting.catalog.identity))
    sink.emit(document, ids=[f"{item.model.id}:{item.variant.quantization}" for item in answer.assessments])
