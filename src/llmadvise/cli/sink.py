"""One place for results: the format that was asked for, and where it goes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from llmadvise.cli.output import page_of, write
from llmadvise.domain.catalog import CatalogIdentity
from llmadvise.errors import UsageError
from llmadvise.record import dataclass
from llmadvise.render.formats import Format, render

if TYPE_CHECKING:
    from pathlib import Path

    from llmadvise.domain.pull import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """Where a result goes and in which format."""

    format: Format
    output: Path | None = None
    quiet: bool = False
    """Ids only, one a line."""
    as_of: str | None = None
    charts: tuple[str, ...] = ()
    """Pictures that text ends with."""

    @property
    def wants_curve(self) -> bool:
        """Whether memory has to be computed for other lengths of context too: a report shows it unasked."""
        return self.format is Format.HTML or "context" in self.charts

    def emit(self, document: object, ids: Iterable[str] = ()) -> None:
        """Write the document, or with --quiet its ids. Raises UsageError where it does not come in that format."""
        if self.quiet and self.format is Format.TEXT:
            write("".join(f"{id_}\n" for id_ in ids), self.output)
            return
        page = page_of(sys.stdout, file=self.output is not None)
        text = render(
            document,
            self.format,
            width=page.width,
            colour=page.colour,
            unicode=page.unicode,
            charts=self.charts,
        )
        write(text, self.output)

    def watcher(self) -> Progress:
        """Who tells on standard error how far a download is; nobody where a program may read an error as JSON there."""
        from llmadvise.render.download import watcher  # noqa: PLC0415 - few commands fetch anything

        return watcher(quiet=self.quiet or not self.tells)

    @property
    def tells(self) -> bool:
        """Whether standard error may hold words beside the result: with JSON asked for, only on a terminal."""
        return self.format is not Format.JSON or (sys.stderr is not None and sys.stderr.isatty())

    def age_days(self, identity: CatalogIdentity) -> int | None:
        """Days between the catalog's newest fact and --as-of; None without it, so that output is the same on any day."""
        if self.as_of is None:
            return None
        from datetime import date  # noqa: PLC0415 - only for --as-of

        try:
            return (date.fromisoformat(self.as_of) - date.fromisoformat(identity.as_of)).days
        except ValueError as error:
            raise UsageError(f"--as-of {self.as_of[:40]!r} is not a date", "Give a day such as 2026-11-20.") from error


def format_named(name: str) -> Format:
    """The format of that name. Raises UsageError for an unknown one."""
    try:
        return Format(name.lower())
    except ValueError:
        raise UsageError(f"unknown format {name[:40]!r}", f"Known ones: {', '.join(Format)}.") from None
