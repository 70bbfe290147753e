"""`llmadvise run`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmadvise.api.request import Request
from llmadvise.cli.engine import Start
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.cli.spoken import StartedArgument
from llmadvise.cli.starting import Waiting, asked_of, show_plan, tell_failure
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.render.formats import Format

if TYPE_CHECKING:
    from llmadvise.api.run import RunRequest, Served

_LONGEST_QUESTION = 1 << 22


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(shared_options(_run, "run"))


def _run(
    *,
    model: StartedArgument = None,
    question: Annotated[
        str | None,
        typer.Argument(help="What to ask; none: standard input, or a chat on a terminal."),
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, max=1 << 20, help="Longest answer.", rich_help_panel="Start")
    ] = None,
    start: Start,
    request: Request,
    sink: Sink,
) -> int:
    """Start a model, print its answer, and stop it; or chat with it."""
    if question is None and model is not None and " " in model and not Path(model).exists():
        model, question = None, model  # words with spaces are no model's name
    asked = asked_of("run", model, start, request, sink)
    if asked.dry_run:
        show_plan(asked, sink)
        return 0
    return _start(asked, question, max_tokens, sink)


def _start(asked: RunRequest, question: str | None, max_tokens: int | None, sink: Sink) -> int:
    """Start it, answer or chat, and stop it; the exit code."""
    from llmadvise.api.run import EngineFailedError, serving  # noqa: PLC0415 - see above

    chats = question is None and sys.stdin is not None and sys.stdin.isatty()
    if question is None and not chats:
        question = _from_input()
    waiting = Waiting(sink)
    try:
        with serving(asked, began=waiting.began, waiting=waiting.passed) as served:
            waiting.clear()
            if question is None:
                _chat(served, max_tokens)
            else:
                _answer(served, question, max_tokens, sink)
    except EngineFailedError as error:
        waiting.clear()
        return tell_failure(sink, error.document)
    except KeyboardInterrupt:
        waiting.clear()
        raise
    return 0


def _from_input() -> str:
    """The question that is piped in."""
    text = sys.stdin.read(_LONGEST_QUESTION) if sys.stdin is not None else ""
    if not text.strip():
        raise UsageError("there is no question", 'Give one after the model: llmadvise run MODEL "question".')
    return text


def _answer(served: Served, question: str, max_tokens: int | None, sink: Sink) -> None:
    """Print the answer as it comes; beside it, on standard error, what it really took."""
    live = sink.format is Format.TEXT and sink.output is None
    answer = served.ask(question, said=_say if live else lambda _: None, most_tokens=max_tokens)
    document = served.document("answered")
    if not live:
        if sink.format is Format.JSON:
            sink.emit(document)
        else:
            from llmadvise.cli.output import write  # noqa: PLC0415 - only for --output
            from llmadvise.render.sanitize import speech  # noqa: PLC0415

            write(speech(answer.text).rstrip("\n") + "\n", sink.output)
    elif not answer.text.endswith("\n"):
        _say("\n")
    if not answer.text:
        reason = "it thought, and ran out of tokens" if answer.reasoning else "it said nothing"
        raise LLMAdviseError(f"there is no answer: {reason}", "--max-tokens allows a longer one.")
    if sink.format is Format.TEXT and not sink.quiet:
        from llmadvise.render.text.run import benchmark  # noqa: PLC0415 - rich is behind it

        sys.stderr.write(f"[{benchmark(document)}]\n")


def _say(piece: str) -> None:
    from llmadvise.render.sanitize import speech  # noqa: PLC0415 - not needed to print help

    sys.stdout.write(speech(piece))
    sys.stdout.flush()


def _chat(served: Served, max_tokens: int | None) -> None:
    """Question and answer until the end of input; Ctrl-C breaks off an answer."""
    from llmadvise.api.run import AskedToEndError  # noqa: PLC0415 - not needed to print help
    from llmadvise.render.text.run import benchmark  # noqa: PLC0415

    sys.stderr.write("Ctrl-D ends the chat, Ctrl-C breaks off an answer.\n")
    messages: list[dict[str, str]] = []
    while True:
        try:
            question = input("> ")
        except EOFError:
            break
        if not question.strip():
            continue
        messages.append({"role": "user", "content": question})
        try:
            answer = served.ask(messages, said=_say, most_tokens=max_tokens)
        except AskedToEndError:
            raise
        except KeyboardInterrupt:
            messages.pop()
            _say("\n")
            continue
        messages.append({"role": "assistant", "content": answer.text})
        _say("\n")
    document = served.document("answered")
    if document.measured is not None:
        sys.stderr.write(f"\n[{benchmark(document)}]\n")
