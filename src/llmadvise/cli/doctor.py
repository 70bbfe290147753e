"""`llmadvise doctor`."""

from __future__ import annotations

import typer

from llmadvise.api.request import Request
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(shared_options(_doctor))


def _doctor(*, request: Request, sink: Sink) -> None:
    """A report to paste into a bug: the program, what it runs on, what it found. Nothing in it names you or the host."""
    from llmadvise.api.doctor import examine  # noqa: PLC0415 - the engine is not needed to print help

    sink.emit(examine(request))
