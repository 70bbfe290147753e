"""`llmadvise hardware`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from llmadvise.api.request import Request
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("hardware")(shared_options(_hardware, "hardware", "hardware-profiles"))


def _hardware(
    *,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[list [WORDS] | capture DIR]",
            help="`list`: devices that can be named. `capture`: write all that the probe reads, for a bug report.",
        ),
    ] = None,
    machine: Request,
    sink: Sink,
) -> None:
    """What the probe found, how it knows, and what it could not see."""
    from llmadvise.api import facts  # noqa: PLC0415 - the probe is not needed to print help
    from llmadvise.api.listings import devices, probed  # noqa: PLC0415

    match words or []:
        case []:
            found = facts.hardware(machine)
            sink.emit(probed(found), ids=[gpu.id or gpu.name for gpu in found.gpus])
        case ["list", *wanted]:
            document = devices(facts.load_facts(machine.catalog), tuple(wanted))
            sink.emit(document, ids=[item.id for item in document.hardware])
        case ["capture", folder]:
            _capture(folder, machine, sink)
        case _:
            raise UsageError(
                "`hardware` takes nothing, `list` and words to look for, or `capture` and a folder",
                "`llmadvise hardware list 4090`, `llmadvise hardware capture my-machine`",
            )


def _capture(folder: str, request: Request, sink: Sink) -> None:
    """Write the capture, tell where it is, and print the machine that it replays to."""
    from llmadvise.api import capture, facts  # noqa: PLC0415 - see above
    from llmadvise.api.listings import probed  # noqa: PLC0415

    if request.hardware is not None or request.gpus or request.ram_bytes is not None:
        raise UsageError("a capture is of this machine", "Leave out --hardware, --gpu and --ram.")
    done = capture.capture_machine(folder, facts.load_facts(request.catalog))
    sink.emit(probed(done.hardware), ids=[gpu.id or gpu.name for gpu in done.hardware.gpus])
    if not sink.quiet:
        sys.stderr.write(
            f"{done.written.files} files, {done.written.bytes} bytes in {folder}; names, serials and addresses are "
            "replaced. Look through it before you pass it on.\n"
        )
    if done.differs:
        sys.stderr.write(f"The replay differs from the probe in: {', '.join(done.differs)}. Please report that.\n")
