"""The program: picks the command's module, runs it, and turns every foreseen failure into words and an exit code."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Final, NoReturn, TextIO

from llmadvise.cli.output import show_error
from llmadvise.cli.plain import reading
from llmadvise.errors import LLMAdviseError, UsageError

_INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and exit with the documented code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # What a narrow encoding cannot carry is escaped rather than a crash in the middle of an answer.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    _flush(run(given))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; nothing but a bug raises."""
    try:
        result = _answer(arguments)
    except KeyboardInterrupt:
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


def _answer(arguments: list[str]) -> object:
    """What the command returns: without the toolkit where the line is plain."""
    plain = reading(arguments)
    if plain is not None:
        return plain()
    from llmadvise.cli.toolkit import answer  # noqa: PLC0415 - a third of a quick answer

    return answer(arguments)


def _foreseen(error: Exception) -> LLMAdviseError | None:
    """The failure in our terms; None for a bug."""
    if isinstance(error, LLMAdviseError):
        return error
    if isinstance(error, MemoryError):
        return LLMAdviseError("there is not enough memory", "Close other programs, or ask about less at once.")
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
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process: what is registered for its end is done, and the memory is left to the system to take back.

    Freeing every value one by one, as Python does on leaving, takes a twelfth of a quick answer.
    """
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        sys.exit(code)
    atexit._run_exitfuncs()  # noqa: SLF001 - what the interpreter itself calls first on leaving
    os._exit(code)
