"""`llmadvise catalog`: import, refresh, check, diff and build, for those who keep a catalog."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llmadvise.cli.options import shared_options
from llmadvise.cli.output import write
from llmadvise.cli.sink import Sink
from llmadvise.cli.spoken import CatalogOption
from llmadvise.errors import InvalidFileError
from llmadvise.render.formats import Format

_Offline = Annotated[bool, typer.Option("--offline", help="Never use the network.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Keep a catalog: import, refresh, check, diff, build.")
    group.command("import")(shared_options(_import, "model"))
    group.command("refresh")(shared_options(_refresh, "catalog-refresh"))
    group.command("check")(shared_options(_check, "catalog-check"))
    group.command("diff")(shared_options(_diff, "catalog-diff"))
    group.command("build")(_build)
    app.add_typer(group, name="catalog")


def _import(
    *,
    target: Annotated[str, typer.Argument(help="hf:org/repo, with @REVISION if not the main branch is meant.")],
    into: Annotated[
        Path | None, typer.Option(help="Write the entry into this catalog directory (models/<org>/<model>.yaml).")
    ] = None,
    catalog: CatalogOption = None,
    offline: _Offline = False,
    sink: Sink,
) -> None:
    """The entry that a repository on the Hub would have: YAML to review, or JSON; nothing is downloaded but headers."""
    from llmadvise import __version__  # noqa: PLC0415 - the catalog is not needed to print help
    from llmadvise.api import curate, facts  # noqa: PLC0415
    from llmadvise.render.documents.models import entry_document  # noqa: PLC0415

    draft = curate.import_entry(target, facts.load_facts(catalog), may_connect=not offline, as_of=sink.as_of)
    if into is not None:
        written = curate.write_entry(draft, into)
        if sink.format is Format.TEXT:
            typer.echo(f"{written}: written; review it, then run `llmadvise catalog check --catalog {into}`.", err=True)
            return
    if sink.format is Format.TEXT and not sink.quiet:
        write(curate.entry_text(draft), sink.output)
        return
    sink.emit(entry_document(draft, version=__version__), ids=[draft.id])


def _refresh(
    *,
    words: Annotated[list[str] | None, typer.Argument(help="Each must occur in the id of the model.")] = None,
    catalog: Annotated[
        Path | None, typer.Option(help="The catalog directory to refresh; without it that of this checkout.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="What was read already; a run that was stopped goes on from there.")
    ] = None,
    write_: Annotated[
        bool,
        typer.Option("--write", help="Bring files, sizes, hashes and gates up to date; licenses are only reported."),
    ] = False,
    most: Annotated[int | None, typer.Option("--limit", min=1, help="Read at most this many repositories now.")] = None,
    offline: _Offline = False,
    sink: Sink,
) -> None:
    """Read again what the catalog says of the Hub, and report what changed there."""
    from llmadvise.api.refresh import Refresh, refreshed  # noqa: PLC0415 - not needed to print help

    wanted = Refresh(
        directory=catalog, state=state, words=tuple(words or ()), write=write_, most=most, may_connect=not offline
    )
    document = refreshed(wanted, quiet=sink.quiet)
    sink.emit(document, ids=[drift.model for drift in document.drifts])


def _check(
    *,
    directory: Annotated[
        Path | None, typer.Argument(help="A catalog directory; without it that of this checkout.")
    ] = None,
    catalog: Annotated[Path | None, typer.Option(help="The same as the argument.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    sink: Sink,
) -> None:
    """Everything that contradicts itself or is doubtful, with file and line; exit code 12 if anything is wrong."""
    from llmadvise.api import curate  # noqa: PLC0415 - reads YAML

    document = curate.checked(directory or catalog)
    sink.emit(document, ids=[finding.evidence or finding.rule for finding in document.findings])
    if document.summary.errors or (strict and document.summary.warnings):
        raise typer.Exit(InvalidFileError.exit_code)


def _diff(
    *,
    before: Annotated[str, typer.Argument(help="A directory, a compiled file, or `built-in`.")],
    after: Annotated[str, typer.Argument(help="Likewise.")],
    sink: Sink,
) -> None:
    """What two catalogs say differently."""
    from llmadvise.api import curate  # noqa: PLC0415 - reads YAML

    document = curate.differing(before, after)
    sink.emit(document, ids=[f"{item.section}/{item.id}" for item in document.changes])


def _build(
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the compiled catalog.")],
    catalog: Annotated[
        Path | None, typer.Option(help="A catalog directory, complete or laid over the built-in one.")
    ] = None,
) -> None:
    """Check a catalog and compile it into the one file that loads at once."""
    from llmadvise.api import curate  # noqa: PLC0415 - reads YAML

    content = curate.compiled(catalog)
    curate.write_compiled(content, output)
    typer.echo(f"{output}: {len(content):,} bytes", err=True)
