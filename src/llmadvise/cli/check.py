"""`llmadvise check`: may we use the models that this checkout refers to?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.cli.spoken import CatalogOption, MarkdownCodeOption, OnlineOption, PathsArgument
from llmadvise.errors import InvalidFileError, PolicyViolatedError, UndecidedError, UsageError

if TYPE_CHECKING:
    from llmadvise.render.documents.check import CheckDocument

_NEW = "What counts"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(shared_options(_check, "check"))


def _check(
    *,
    paths: PathsArgument = None,
    policy: Annotated[
        Path | None, typer.Option(help="The policy; default: llmadvise-policy.yaml in the root of the checkout.")
    ] = None,
    init: Annotated[bool, typer.Option("--init", help="Write a commented policy to fill in, and end.")] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(
            help="Findings in this file do not count; default: .llmadvise-baseline.json.", rich_help_panel=_NEW
        ),
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Write today's findings there.", rich_help_panel=_NEW)
    ] = False,
    diff: Annotated[
        str | None,
        typer.Option(metavar="REV", help="Only what changed since this revision counts.", rich_help_panel=_NEW),
    ] = None,
    locked: Annotated[
        bool, typer.Option("--locked", help="Fail where the models differ from llmadvise.lock.", rich_help_panel=_NEW)
    ] = False,
    markdown_code: MarkdownCodeOption = False,
    online: OnlineOption = False,
    catalog: CatalogOption = None,
    sink: Sink,
) -> None:
    """May we use the models that this checkout refers to? Facts with clauses and sources, not legal advice.

    Exit codes in every format: 0 passed, 10 violated, 11 undecided where that fails, 12 an invalid file or an old lock.
    """
    from llmadvise.api.comply import CheckRequest, comply, processors, write_policy  # noqa: PLC0415 - not needed to print help

    given = tuple(paths or (Path(),))
    if init:
        sys.stderr.write(f"Wrote {write_policy(given, policy)}. State the facts in it, then run `llmadvise check`.\n")
        return
    if write_baseline and diff:
        raise UsageError("--write-baseline and --diff contradict each other", "A baseline holds all findings.")
    request = CheckRequest(
        paths=given,
        policy=policy,
        baseline=baseline,
        write_baseline=write_baseline,
        diff=diff,
        locked=locked,
        markdown_code=markdown_code,
        online=online,
        catalog=catalog,
        as_of=sink.as_of,
        processes=processors(),
    )
    document = comply(request)
    sink.emit(document, ids=[item.model for item in document.results if item.verdict in {"denied", "unknown"}])
    _end(document)


def _end(document: CheckDocument) -> None:
    """Leave with the code of the verdict; the same in every format. Raises what carries it."""
    summary = document.summary
    match summary.verdict:
        case "passed":
            return
        case "violated":
            models = sorted(
                {issue.model or "" for issue in document.issues if issue.decides == "denied" and issue.status == "new"}
            )
            shown = ", ".join(models[:5]) + (" …" if len(models) > 5 else "")  # noqa: PLR2004 - the result lists all
            raise PolicyViolatedError(
                f"the license policy is violated by {shown}",
                "Replace them, or grant a waiver with reason, owner and expiry in the policy.",
            )
        case "undecided":
            raise UndecidedError(
                f"{summary.errors} findings leave the check undecided, and the policy says that this fails",
                "State the facts it asks for, clarify the license, or write `unknown: warn`.",
            )
        case "drifted":
            raise InvalidFileError(
                "llmadvise.lock does not describe this checkout", "Review the differences, then run `llmadvise lock`."
            )
