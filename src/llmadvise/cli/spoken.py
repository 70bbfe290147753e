"""Options and arguments that several commands spell alike, so that they say the same of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_READ = "What is read"

ModelArgument = Annotated[
    str, typer.Argument(help="A catalog id, Hub id, file name or repository; `:QUANTIZATION` picks a variant.")
]
EntryArgument = Annotated[str, typer.Argument(help="A catalog id, Hub id, file name or repository.")]
StartedArgument = Annotated[
    str | None,
    typer.Argument(help="A catalog id, perhaps with :QUANTIZATION, or a .gguf file; none: the first recommendation."),
]
CatalogOption = Annotated[Path | None, typer.Option(help="A directory laid over the built-in catalog.")]
PathsArgument = Annotated[list[Path] | None, typer.Argument(help="Folders or files of one checkout; default: here.")]
MarkdownCodeOption = Annotated[
    bool, typer.Option("--markdown-code", help="Also code blocks in documents.", rich_help_panel=_READ)
]
OnlineOption = Annotated[
    bool, typer.Option("--online", help="Ask the Hub about models the catalog lacks.", rich_help_panel=_READ)
]
