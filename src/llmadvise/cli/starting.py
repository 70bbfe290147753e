"""What `run` and `serve` share: what is asked of a start, how a dry run and a failure are told, how waiting is shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

from llmadvise.api.request import Request
from llmadvise.cli.engine import Start
from llmadvise.cli.output import page_of
from llmadvise.cli.sink import Sink
from llmadvise.domain.finding import Verdict
from llmadvise.errors import NothingFitsError
from llmadvise.render.formats import Format, render

if TYPE_CHECKING:
    from llmadvise.api.run import RunRequest
    from llmadvise.render.documents.run import RunDocument


def asked_of(
    action: Literal["run", "serve"], target: str | None, start: Start, request: Request, sink: Sink
) -> RunRequest:
    """The request that a command line comes to."""
    from llmadvise.api.run import RunRequest  # noqa: PLC0415 - the engine is not needed to print help

    return RunRequest(
        request=request,
        action=action,
        target=target,
        options=start.options,
        port=start.port,
        wait_seconds=start.wait_seconds,
        log=start.log,
        fetch=start.fetch,
        progress=sink.watcher() if start.fetch else None,
        dry_run=start.dry_run,
        anyway=start.anyway,
        keep_measurement=start.keep_measurement,
    )


def show_plan(asked: RunRequest, sink: Sink) -> None:
    """Write what would be started. Raises NothingFitsError, as the start would, where it should not fit."""
    from llmadvise.api.run import plan_run  # noqa: PLC0415 - see above

    document = plan_run(asked)
    sink.emit(document, ids=[document.endpoint])
    blocked = next((item for item in document.findings if item.verdict is Verdict.BLOCK), None)
    if blocked is not None:
        raise NothingFitsError(f"this would not be started: {blocked.message}", "--anyway starts it all the same.")


def tell_failure(sink: Sink, document: RunDocument) -> int:
    """The failure as the result under --json, else on standard error; returns the exit code."""
    if sink.format is Format.JSON:
        sink.emit(document)
    else:
        page = page_of(sys.stderr)
        sys.stderr.write(render(document, Format.TEXT, width=page.width, colour=page.colour, unicode=page.unicode))
    return 1


class Waiting:
    """A line on standard error while a model loads: rewritten on a terminal, nothing in a pipe or with --quiet."""

    def __init__(self, sink: Sink) -> None:
        self._shown = sys.stderr.isatty() and not sink.quiet and sink.format is Format.TEXT
        self._what = "Loading"
        self._width = 0

    def began(self, document: RunDocument) -> None:
        """Name what is loaded."""
        from llmadvise.render.sanitize import clean  # noqa: PLC0415 - not needed to print help

        self._what = clean(
            f"Loading {document.target.name[:60]} {document.target.quantization} with {document.runtime.id}"
        )

    def passed(self, seconds: float) -> None:
        """Show the time."""
        if self._shown:
            text = f"{self._what}: {seconds:.0f} s"
            self._width = max(self._width, len(text))
            sys.stderr.write(f"\r{text}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0
