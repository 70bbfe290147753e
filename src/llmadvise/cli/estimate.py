"""`llmadvise estimate`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from llmadvise.api.request import Request
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.domain.cost import CostTerms
from llmadvise.domain.engine_options import EngineOptions


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("estimate")(shared_options(_estimate, "estimate"))


def _estimate(
    *,
    target: Annotated[
        str,
        typer.Argument(
            help="A catalog id, perhaps with :QUANTIZATION; the path of a .gguf; or hf:org/repo:QUANTIZATION."
        ),
    ],
    from_log: Annotated[
        Path | None, typer.Option(help="A log of llama.cpp to hold the estimate against.", rich_help_panel="Engine")
    ] = None,
    engine: EngineOptions,
    request: Request,
    cost: CostTerms | None,
    sink: Sink,
) -> None:
    """Memory and speed of a model, device by device, in the engine's own terms too."""
    from llmadvise.api.estimate import estimate  # noqa: PLC0415 - the engine is not needed to print help

    document = estimate(replace(request, cost=cost), target, engine, from_log=from_log)
    sink.emit(document, ids=[f"{document.target.model or document.target.asked}:{document.target.quantization}"])
