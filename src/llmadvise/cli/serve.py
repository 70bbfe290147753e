"""`llmadvise serve`."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from llmadvise.api.request import Request
from llmadvise.cli.engine import Start
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.cli.spoken import StartedArgument
from llmadvise.cli.starting import Waiting, asked_of, show_plan, tell_failure
from llmadvise.render.formats import Format

if TYPE_CHECKING:
    from llmadvise.api.run import RunRequest, Served


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(shared_options(_serve, "run"))


def _serve(
    *,
    model: StartedArgument = None,
    host: Annotated[str, typer.Option(help="Address to listen on.", rich_help_panel="Start")] = "127.0.0.1",
    measure: Annotated[bool, typer.Option(help="Time one request when it is ready.", rich_help_panel="Start")] = True,
    start: Start,
    request: Request,
    sink: Sink,
) -> int:
    """Start a model in an installed runtime with the planned flags, and keep it until Ctrl-C."""
    asked = replace(asked_of("serve", model, start, request, sink), host=host, measure=measure)
    if asked.dry_run:
        show_plan(asked, sink)
        return 0
    return _keep(asked, sink)


def _keep(asked: RunRequest, sink: Sink) -> int:
    """Serve until the engine or somebody ends it; the exit code."""
    from llmadvise.api.run import EngineFailedError, serving  # noqa: PLC0415 - see above

    waiting, ready = Waiting(sink), False
    try:
        with serving(asked, began=waiting.began, waiting=waiting.passed) as served:
            if asked.measure and served.chats:
                _measure(served)
            waiting.clear()
            document = served.document("ready")
            # From here on it serves, and may be asked to end by who has read the first byte of what follows.
            ready = True
            sink.emit(document, ids=[document.endpoint])
            sys.stdout.flush()
            if sink.format is Format.TEXT and not sink.quiet:
                sys.stderr.write("Ctrl-C stops it.\n")
                sys.stderr.flush()
            served.watch()
    except EngineFailedError as error:
        waiting.clear()
        if ready and sink.format is Format.JSON:
            raise  # the result is out already; the end is told on standard error
        return tell_failure(sink, error.document)
    except KeyboardInterrupt:
        waiting.clear()
        if not ready:
            raise
        # The terminal may be gone: who closed it does not read this.
        with suppress(OSError):
            sys.stderr.write("Stopped.\n")
    return 0


def _measure(served: Served) -> None:
    """Time it; a server that refuses our request may well take the user's."""
    from llmadvise.api.run import EngineRefusedError  # noqa: PLC0415 - see above
    from llmadvise.render.sanitize import clean  # noqa: PLC0415

    try:
        served.measure()
    except EngineRefusedError as error:
        sys.stderr.write(f"Not measured: {clean(error.message)}\n")
