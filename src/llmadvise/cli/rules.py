"""`llmadvise rules`."""

from __future__ import annotations

from typing import Annotated

import typer

from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rules")(shared_options(_rules, "rules"))


def _rules(
    *,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[show ID]", help="Nothing: all of them; `show ID`: one.")
    ] = None,
    sink: Sink,
) -> None:
    """Every rule and criterion, with its id, what it does and why."""
    from llmadvise.api import facts  # noqa: PLC0415 - the engine is not needed to print help
    from llmadvise.api.listings import ruled  # noqa: PLC0415

    match words or []:
        case [] | ["list"]:
            chosen = facts.rules()
        case ["show", id_]:
            chosen = (facts.rule(id_),)
        case _:
            raise UsageError("`rules` takes nothing, `list`, or `show ID`", "`llmadvise rules` lists the ids.")
    sink.emit(ruled(chosen), ids=[item.id for item in chosen])
