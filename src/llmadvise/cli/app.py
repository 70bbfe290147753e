"""The program: picks the command's module, runs it, and turns every foreseen failure into words and an exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Final, NoReturn, TextIO

import typer

from llmadvise import __version__
from llmadvise.cli.output import show_error
from llmadvise.errors import LLMAdviseError, UsageError

COMMANDS: Final[dict[str, str]] = {
    "recommend": "recommend",
    "explain": "explain",
    "compare": "compare",
    "estimate": "estimate",
    "hardware": "hardware",
    "bench": "bench",
    "models": "models",
    "check": "check",
    "lock": "lock",
    "licenses": "licenses",
    "catalog": "catalog",
    "rules": "rules",
    "schema": "schema",
    "doctor": "doctor",
}
"""Every command with its module in `llmadvise.cli`, in the order of the help page (groups stand last there)."""

_INTERRUPTED: Final = 130

_EPILOG = (
    "Exit codes: 0 advised; 1 an error; 2 wrong usage; 3 nothing fits the requirements; "
    "10 the license policy is violated; 11 undecided; 12 a file is invalid; 130 interrupted."
)


def build(names: Sequence[str] = tuple(COMMANDS)) -> typer.Typer:
    """The application with these commands; only their modules are imported."""
    app = typer.Typer(
        name="llmadvise",
        help="Which local LLM to run on this machine, exactly how, and whether you may.",
        epilog=_EPILOG,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name in names:
        import_module(f"llmadvise.cli.{COMMANDS[name]}").register(app)
    _tell_exit_codes(app)
    return app


def _tell_exit_codes(app: typer.Typer) -> None:
    """Put the exit codes below the help page of every command."""
    for command in app.registered_commands:
        command.epilog = _EPILOG
    for group in app.registered_groups:
        if group.typer_instance is not None:
            _tell_exit_codes(group.typer_instance)


def _show_version(value: bool) -> None:
    if value:
        sys.stdout.write(f"llmadvise {__version__}\n")
        raise typer.Exit


def _root(
    *,
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", callback=_show_version, is_eager=True
    ),
) -> None:
    """Which local LLM to run on this machine, exactly how, and whether you may."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and exit with the documented code."""
    # A run is short and its values point one way: looking for cycles takes a twentieth of its time and frees nothing.
    gc.disable()
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # What a narrow encoding cannot carry is escaped rather than a crash in the middle of an answer.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    _flush(run(given))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; nothing but a bug raises."""
    try:
        result = build(_needed(arguments))(arguments, standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except BrokenPipeError:
        return _closed_pipe()
    except SystemExit as leaving:
        # Typer leaves with code 1 where it meets a closed pipe first.
        if isinstance(leaving.__context__, BrokenPipeError):
            return _closed_pipe()
        raise
    except Exception as error:
        foreseen = _foreseen(error)
        if foreseen is None:
            sys.stderr.write("This is a bug in llmadvise. Please report it with the output of `llmadvise doctor`.\n")
            raise
        return show_error(foreseen, arguments)
    return result if isinstance(result, int) else 0


def _needed(arguments: Sequence[str]) -> tuple[str, ...]:
    """The command named first, alone where there is one; --version needs none, help and completion need all."""
    completing = any(name.startswith("_LLMADVISE") for name in os.environ)
    if list(arguments) == ["--version"] and not completing:
        return ()
    first = next((argument for argument in arguments if not argument.startswith("-")), None)
    if first in COMMANDS and not completing:
        return (first,)
    return tuple(COMMANDS)


def _foreseen(error: Exception) -> LLMAdviseError | None:
    """The failure in our terms; None for a bug."""
    if isinstance(error, LLMAdviseError):
        return error
    return _system_error(error) if isinstance(error, OSError) else _usage_error(error)


def _usage_error(error: Exception) -> UsageError | None:
    """Typer's own complaints about the command line, as ours."""
    describe = getattr(error, "format_message", None)
    if describe is None:
        return None
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "llmadvise"
    # Typer has shown the help page, and says no more, where a command is missing.
    return UsageError(describe() or "a command is missing", f"`{path} --help` shows the options.")


def _system_error(error: OSError) -> LLMAdviseError:
    where = f"{error.filename}: " if isinstance(error.filename, str) else ""
    return LLMAdviseError(
        f"{where}{error.strerror or error}", "Check that the place exists, may be read or written, and has room."
    )


def _closed_pipe() -> int:
    """The reader went away (`| head`): nothing more can be said, and nothing is wrong."""
    _discard(sys.stdout)
    return 0


def _discard(stream: TextIO) -> None:
    """Send what is left of the stream nowhere; Python would try to write it again on leaving."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())


def _flush(code: int) -> NoReturn:
    """Leave with this code; a full disk or a closed pipe shows only when the last bytes are written."""
    results: TextIO | None = sys.stdout
    messages: TextIO | None = sys.stderr
    try:
        if results is not None:
            results.flush()
    except BrokenPipeError:
        _closed_pipe()
    except OSError as error:
        code = show_error(_system_error(error), sys.argv[1:])
        _discard(sys.stdout)
    try:
        if messages is not None:
            messages.flush()
    except OSError:
        _discard(sys.stderr)
    sys.exit(code)
