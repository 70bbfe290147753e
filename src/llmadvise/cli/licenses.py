"""`llmadvise licenses list`, `licenses show` and `licenses compare`."""

from __future__ import annotations

from typing import Annotated

import typer

from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.cli.spoken import CatalogOption


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Licenses of models: terms as facts, with clauses and sources.")
    group.command("list")(shared_options(_list, "licenses"))
    group.command("show")(shared_options(_show, "license"))
    group.command("compare")(shared_options(_compare, "license-comparison"))
    app.add_typer(group, name="licenses")


def _list(
    *,
    words: Annotated[list[str] | None, typer.Argument(help="Each must occur in the id, name or tags.")] = None,
    category: Annotated[
        str | None, typer.Option(help="permissive, copyleft, use-restricted, non-commercial, research-only …")
    ] = None,
    commercial: Annotated[str | None, typer.Option(help="yes, no, conditional or unknown.")] = None,
    catalog: CatalogOption = None,
    sink: Sink,
) -> None:
    """The licenses of the catalog, filtered."""
    from llmadvise.api import licenses  # noqa: PLC0415 - the catalog is not needed to print help
    from llmadvise.api.facts import load_facts  # noqa: PLC0415

    found = licenses.listed(load_facts(catalog), words=tuple(words or ()), category=category, commercial=commercial)
    sink.emit(found, ids=[row.id for row in found.licenses])


def _show(
    *,
    license_: Annotated[str, typer.Argument(metavar="LICENSE", help="An id, an SPDX id or a Hub tag.")],
    catalog: CatalogOption = None,
    sink: Sink,
) -> None:
    """One license, whole: conditions and duties with clause and quote, and how far its text was read."""
    from llmadvise.api import licenses  # noqa: PLC0415 - the catalog is not needed to print help
    from llmadvise.api.facts import load_facts  # noqa: PLC0415

    document = licenses.shown(load_facts(catalog), license_)
    sink.emit(document, ids=[document.license.id])


def _compare(
    *,
    names: Annotated[list[str], typer.Argument(metavar="LICENSE…", help="Two or more ids.")],
    catalog: CatalogOption = None,
    sink: Sink,
) -> None:
    """Licenses side by side, what differs first."""
    from llmadvise.api import licenses  # noqa: PLC0415 - the catalog is not needed to print help
    from llmadvise.api.facts import load_facts  # noqa: PLC0415

    document = licenses.compared(load_facts(catalog), names)
    sink.emit(document, ids=document.licenses)
