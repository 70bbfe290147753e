"""`llmadvise pull`: a model's files on this machine, proved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from llmadvise.api.request import Request
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.errors import UsageError

_DOWNLOAD = "Download"
_STORES: dict[str, Literal["hub", "ollama", "lm-studio"]] = {
    "hub": "hub",
    "ollama": "ollama",
    "lmstudio": "lm-studio",
    "lm-studio": "lm-studio",
    "lms": "lm-studio",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("pull")(shared_options(_pull, "pull"))


def _pull(
    *,
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL[:QUANTIZATION]]",
            help="A catalog id, a Hub id, an Ollama tag, or hf:org/repo[@REVISION][:FILE-OR-QUANTIZATION]; "
            "without one, the first recommendation for this machine.",
        ),
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option(help="Put the files into this folder, not into the Hub's cache.", rich_help_panel=_DOWNLOAD),
    ] = None,
    to: Annotated[
        str, typer.Option(help="Whose store: hub (the Hub's cache), ollama, lmstudio.", rich_help_panel=_DOWNLOAD)
    ] = "hub",
    projector: Annotated[
        bool,
        typer.Option("--mmproj/--no-mmproj", help="The vision projector too, if any.", rich_help_panel=_DOWNLOAD),
    ] = True,
    locked: Annotated[
        bool,
        typer.Option("--locked", help="Only what llmadvise.lock in this folder pins.", rich_help_panel=_DOWNLOAD),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would be fetched, and fetch nothing.", rich_help_panel=_DOWNLOAD),
    ] = False,
    request: Request,
    sink: Sink,
) -> None:
    """Download a model, prove each file by its hash, and say where it lies.

    A stopped download goes on where it was when the same command runs again. Nothing that is there is written over.
    """
    from llmadvise.api.pull import PullRequest, pull  # noqa: PLC0415 - not needed to print help

    store = _STORES.get(to.lower())
    if store is None:
        raise UsageError(f"--to {to[:40]!r} is unknown", "Give hub, ollama or lmstudio.")
    if directory is not None and store != "hub":
        raise UsageError("--directory and --to are both given", "Leave one of them out.")
    wish = PullRequest(
        request=request,
        target=target,
        store=store if directory is None else "directory",
        directory=directory,
        projector=projector,
        locked=locked,
        dry_run=dry_run,
    )
    progress = sink.watcher()
    try:
        document = pull(wish, progress)
    except KeyboardInterrupt:
        progress.say("Stopped. What has come is kept: the same command goes on from there.")
        raise
    sink.emit(document, ids=[file.path for file in document.files])
