"""The option that asks for a file which runs the pick, and how that file is handed out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from llmadvise.render.formats import Format
from llmadvise.render.sanitize import clean

if TYPE_CHECKING:
    from llmadvise.cli.sink import Sink
    from llmadvise.render.documents.recipe import RecipeDocument

EmitOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--emit",
        metavar="FORM",
        help="A file that runs it instead: compose, k8s, systemd, modelfile, litellm, env, script.",
        rich_help_panel="Recipe",
    ),
]


def emit_recipe(document: RecipeDocument, sink: Sink) -> None:
    """Write the file, or its document; what is worth knowing goes to standard error as well."""
    sink.emit(document, ids=[f"{document.model}:{document.quantization}"])
    if sink.format is Format.TEXT and not sink.quiet and sys.stderr is not None:
        for finding in document.findings:
            sys.stderr.write(f"{finding.verdict.value}: {clean(finding.message)}\n")
