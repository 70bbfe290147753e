"""What `run` and `serve` share: their options, how a failure is told, how the waiting is shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmadvise.cli.options import finite
from llmadvise.cli.output import page_of
from llmadvise.cli.sink import Sink
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.pull import Progress
from llmadvise.errors import UsageError
from llmadvise.render.formats import Format, render

if TYPE_CHECKING:
    from llmadvise.render.documents.run import RunDocument

_ENGINE, _START = "Engine", "Start"
_ALL_LAYERS = 1 << 20
_SWITCH = {"on": True, "off": False, "auto": None}

GpuLayers = Annotated[str | None, typer.Option(help="Blocks plus one on the GPU, or all.", rich_help_panel=_ENGINE)]
CpuMoe = Annotated[int | None, typer.Option(min=0, help="Experts of so many blocks in RAM.", rich_help_panel=_ENGINE)]
Ubatch = Annotated[int | None, typer.Option(min=1, max=1 << 24, help="Micro-batch.", rich_help_panel=_ENGINE)]
FlashAttention = Annotated[str, typer.Option(help="on, off, auto.", rich_help_panel=_ENGINE)]
Port = Annotated[int | None, typer.Option(help="Default: a free one.", rich_help_panel=_START)]
Wait = Annotated[
    float | None,
    typer.Option(min=0, callback=finite, help="Seconds to become ready.", rich_help_panel=_START),
]
Log = Annotated[Path | None, typer.Option(help="Keep the engine's output in this file.", rich_help_panel=_START)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the command, start nothing.", rich_help_panel=_START)]
Anyway = Annotated[bool, typer.Option("--anyway", help="Start it although it should not fit.", rich_help_panel=_START)]
Fetch = Annotated[bool, typer.Option("--pull", help="Fetch the file first if it is not here.", rich_help_panel=_START)]
Keep = Annotated[bool, typer.Option(help="Let later estimates rest on what was measured.", rich_help_panel=_START)]


def engine_options(
    gpu_layers: str | None, n_cpu_moe: int | None, ubatch: int | None, flash_attention: str
) -> EngineOptions:
    """The engine's settings. Raises UsageError for what is none."""
    layers: int | None = None
    if gpu_layers is not None:
        if gpu_layers.lower() != "all" and not (gpu_layers.isascii() and gpu_layers.isdigit()):
            raise UsageError(f"--gpu-layers {gpu_layers[:20]!r} is not a number", "Give a number of layers, or all.")
        layers = _ALL_LAYERS if gpu_layers.lower() == "all" else min(int(gpu_layers[:9]), _ALL_LAYERS)
    if flash_attention.lower() not in _SWITCH:
        raise UsageError(f"--flash-attention {flash_attention[:20]!r} is unknown", "Give on, off or auto.")
    return EngineOptions(
        gpu_layers=layers, cpu_moe_layers=n_cpu_moe, ubatch=ubatch, flash_attention=_SWITCH[flash_attention.lower()]
    )


def fetching(sink: Sink) -> Progress:
    """Who looks on while a file is fetched."""
    from llmadvise.render.download import watcher  # noqa: PLC0415 - not needed to print help

    return watcher(quiet=sink.quiet)


def check_format(sink: Sink) -> None:
    """Raise UsageError now for a format that the document does not come in, and not when the model has been loaded."""
    if sink.format not in {Format.TEXT, Format.JSON}:
        raise UsageError(f"a start cannot be written as {sink.format.value}", "It is written as text or json.")


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
