"""`llmadvise bench`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from llmadvise.api.request import Request
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.errors import UsageError

if TYPE_CHECKING:
    from llmadvise.api.bench import Running
    from llmadvise.render.documents.bench import BenchDocument

_BENCH = "Measuring"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(shared_options(_bench, "bench"))


def _bench(
    *,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL | FILE.gguf | list | forget ID…]",
            help="A model that is on this machine; `list`: what was measured; `forget`: ids, `all` or `unreadable`.",
        ),
    ] = None,
    take: Annotated[
        str | None,
        typer.Option(
            help="Take in what llama-bench printed (json, jsonl, csv, md); - is standard input.", rich_help_panel=_BENCH
        ),
    ] = None,
    as_model: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="Which MODEL:QUANTIZATION or .gguf it was, where the output does not tell.",
            rich_help_panel=_BENCH,
        ),
    ] = None,
    memory: Annotated[
        bool,
        typer.Option("--memory", help="How fast the processor reads its RAM; under a second.", rich_help_panel=_BENCH),
    ] = False,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="How often each test runs.", rich_help_panel=_BENCH)] = 3,
    gpu_layers: Annotated[
        int | None, typer.Option(min=0, max=999, help="Layers on the GPU.", rich_help_panel=_BENCH)
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, max=1024, help="Of the CPU.", rich_help_panel=_BENCH)] = None,
    timeout: Annotated[
        float, typer.Option(min=1, max=86400, help="Seconds after which llama-bench is ended.", rich_help_panel=_BENCH)
    ] = 900.0,
    keep: Annotated[
        bool | None,
        typer.Option(
            help="Keep it, so that later estimates rest on it; by default what was not disturbed.",
            rich_help_panel=_BENCH,
        ),
    ] = None,
    request: Request,
    sink: Sink,
) -> None:
    """Measure this machine, or take in what llama-bench printed, so that later speeds are measured ones."""
    from llmadvise.api import bench  # noqa: PLC0415 - the engine is not needed to print help

    taking = bench.Taking(model=as_model, keep=keep, today=sink.as_of)
    document: BenchDocument
    match words or []:
        case ["list"] if take is None and not memory:
            document = bench.listed(request)
        case ["forget", *named] if take is None and not memory:
            if not named:
                raise UsageError(
                    "`bench forget` needs ids, `all` or `unreadable`", "`llmadvise bench list` shows the ids."
                )
            document = bench.forget(request, named)
        case [] if take is not None and not memory:
            document = bench.take(request, take, taking)
        case [] if memory and take is None:
            document = bench.memory(request, taking)
        case [*named] if take is None and not memory and len(named) <= 1:
            running = _running(request, rounds=rounds, gpu_layers=gpu_layers, threads=threads, seconds=timeout)
            say = _say(quiet=sink.quiet or not sink.tells)
            document = bench.run(request, named[0] if named else None, running, taking, say)
        case _:
            raise UsageError(
                "a model to run, --take, --memory, `list` and `forget` exclude each other",
                "`llmadvise bench MODEL`, `llmadvise bench --take FILE`, `llmadvise bench --memory`",
            )
    ids = [item.id for item in document.speeds] + [item.id for item in document.bandwidths]
    sink.emit(document, ids=ids)


def _running(request: Request, *, rounds: int, gpu_layers: int | None, threads: int | None, seconds: float) -> Running:
    """How llama-bench is run: with the prompt and the depth that all commands take."""
    from llmadvise.api.bench import Running  # noqa: PLC0415 - see above

    wanted = request.requirements
    return Running(
        prompt_tokens=wanted.prompt_tokens or Running().prompt_tokens,
        depth=wanted.depth,
        rounds=rounds,
        gpu_layers=gpu_layers,
        threads=threads,
        seconds=seconds,
    )


def _say(*, quiet: bool) -> Callable[[str], None]:
    """Passes a line of llama-bench on to standard error."""
    from llmadvise.render.sanitize import clean  # noqa: PLC0415 - only where a program runs

    def say(line: str) -> None:
        if not quiet and sys.stderr is not None:
            sys.stderr.write(f"{clean(line, unicode=False)}\n")
            sys.stderr.flush()

    return say
