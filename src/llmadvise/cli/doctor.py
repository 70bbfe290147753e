"""`llmadvise doctor`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from llmadvise.api.request import Request
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(shared_options(_doctor, "doctor"))


def _doctor(
    *,
    report: Annotated[
        Path | None,
        typer.Option(help="Write the report with a capture of what the probe read: a folder, or FILE.zip, or FILE.md."),
    ] = None,
    machine: Request,
    sink: Sink,
) -> None:
    """A report to paste into a bug: the program, what it runs on, what it found. Nothing in it names you or the host."""
    from llmadvise.api.doctor import examine  # noqa: PLC0415 - the engine is not needed to print help

    if report is None:
        sink.emit(examine(machine))
        return
    from llmadvise.api.report import write_report  # noqa: PLC0415 - see above

    if machine.hardware is not None or machine.gpus or machine.ram_bytes is not None:
        raise UsageError("a report is of this machine", "Leave out --hardware, --gpu and --ram.")
    done = write_report(report, machine)
    sink.emit(done.document)
    if not sink.quiet:
        sys.stderr.write(f"Written to {report}. Look through it before you pass it on.\n")
