"""`llmadvise recommend`."""

from __future__ import annotations

import typer

from llmadvise.api.request import Request
from llmadvise.cli.answers import recommend
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("recommend")(shared_options(_recommend))


def _recommend(*, request: Request, sink: Sink) -> None:
    """What should I run on this machine, and exactly how?"""
    recommend(request=request, sink=sink)
