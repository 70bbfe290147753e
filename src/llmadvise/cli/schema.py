"""`llmadvise schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from llmadvise.cli.options import shared_options
from llmadvise.cli.output import write
from llmadvise.cli.sink import Sink


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema")(shared_options(_schema, "schemas"))


def _schema(
    *, name: Annotated[str | None, typer.Argument(help="One of the names listed without it.")] = None, sink: Sink
) -> None:
    """JSON Schema of each JSON output and each file format."""
    from llmadvise.api.schemas import schema_text, schemas  # noqa: PLC0415 - pydantic

    if name is None:
        document = schemas()
        sink.emit(document, ids=[item.name for item in document.schemas])
    else:
        write(schema_text(name), sink.output)
