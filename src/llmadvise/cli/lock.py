"""`llmadvise lock`: pin the models that a checkout uses."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import typer

from llmadvise.cli.options import shared_options
from llmadvise.cli.output import write
from llmadvise.cli.sink import Sink
from llmadvise.cli.spoken import CatalogOption, MarkdownCodeOption, OnlineOption, PathsArgument


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lock")(shared_options(_lock, "lock"))


def _lock(
    *,
    paths: PathsArgument = None,
    markdown_code: MarkdownCodeOption = False,
    online: OnlineOption = False,
    catalog: CatalogOption = None,
    sink: Sink,
) -> None:
    """Write llmadvise.lock: each model with repository, commit, files, hashes and licenses.

    `llmadvise check --locked` fails where the checkout no longer agrees with it.
    """
    from llmadvise.api.lock import LockRequest, lock  # noqa: PLC0415 - not needed to print help
    from llmadvise.render.formats import Format, render  # noqa: PLC0415

    request = LockRequest(paths=tuple(paths or (Path(),)), markdown_code=markdown_code, online=online, catalog=catalog)
    place, document = lock(request)
    target = sink.output or place
    write(render(document, Format.JSON), target)
    sys.stderr.write(f"Wrote {target}\n")
    replace(sink, output=None).emit(document, ids=[item.model for item in document.models])
