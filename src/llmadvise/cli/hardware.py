"""`llmadvise hardware`."""

from __future__ import annotations

from typing import Annotated

import typer

from llmadvise.api.request import Request
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("hardware")(shared_options(_hardware))


def _hardware(
    *,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[list [WORDS]]", help="`list`: devices that can be named.")
    ] = None,
    request: Request,
    sink: Sink,
) -> None:
    """What the probe found, how it knows, and what it could not see."""
    from llmadvise.api import facts  # noqa: PLC0415 - the probe is not needed to print help
    from llmadvise.api.listings import devices, probed  # noqa: PLC0415

    match words or []:
        case []:
            machine = facts.hardware(request)
            sink.emit(probed(machine), ids=[gpu.id or gpu.name for gpu in machine.gpus])
        case ["list", *wanted]:
            document = devices(facts.load_facts(request.catalog), tuple(wanted))
            sink.emit(document, ids=[item.id for item in document.hardware])
        case _:
            raise UsageError(
                "`hardware` takes nothing, or `list` and words to look for", "`llmadvise hardware list 4090`"
            )
