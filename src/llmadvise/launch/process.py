"""The one door that starts a process to serve a model: words, never a shell; a group of its own; stopped with all it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmadvise.errors import LLMAdviseError
from llmadvise.launch.output import Output

if TYPE_CHECKING:
    import psutil

GRACE_SECONDS: Final = 10.0
"""How long an engine may take to free its memory before it is killed. A choice; a second signal does not wait."""
_LAST_WORDS_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.05


class Running:
    """A process that was started, with what it prints."""

    def __init__(self, process: subprocess.Popen[bytes], argv: tuple[str, ...], log: Path | None) -> None:
        if process.stdout is None:
            raise ValueError("the process has no pipe")
        self.argv = argv
        self.log = log
        self._process = process
        self._output = Output(process.stdout, log)
        self._asked_to_stop = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def was_stopped(self) -> bool:
        """Whether we asked it to end."""
        return self._asked_to_stop

    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it (POSIX)."""
        return self._process.poll()

    def lines(self) -> list[str]:
        """What it printed, in bounds; all of it where it has ended."""
        if self.exit_code() is not None:
            self._output.join(_LAST_WORDS_SECONDS)
        return self._output.lines()

    def wait(self, seconds: float) -> int | None:
        """Its exit code, or None where it still runs after so many seconds."""
        ends = time.monotonic() + seconds
        while (code := self._process.poll()) is None and time.monotonic() < ends:
            # A short sleep, not a blocking wait: on Windows only this lets Ctrl-C through.
            time.sleep(_POLL_SECONDS)
        return code

    def stop(self, grace: float = GRACE_SECONDS) -> int | None:
        """Ask it to end, kill it after the grace time, and with it whatever it started. Safe to call twice."""
        self._asked_to_stop = True
        family = self._family()
        try:
            if self._process.poll() is None:
                self._ask()
                self.wait(grace)
        except KeyboardInterrupt:
            grace = 0.0  # asked again: no more waiting
        finally:
            _kill(family)
            if self._process.poll() is None:
                self._process.kill()
            code = self.wait(_LAST_WORDS_SECONDS)
            self._output.join(_LAST_WORDS_SECONDS)
        return code

    def family(self) -> list[psutil.Process]:
        """The process and all that it started and that still runs."""
        return self._family()

    def _family(self) -> list[psutil.Process]:
        import psutil  # noqa: PLC0415 - only where something runs

        try:
            parent = psutil.Process(self.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.Error:
            return []

    def _ask(self) -> None:
        try:
            if sys.platform == "win32":
                self._process.send_signal(signal.CTRL_BREAK_EVENT)
            else:
                os.killpg(self.pid, signal.SIGTERM)
        except OSError:
            self._process.terminate()


def _new_group() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NEW_PROCESS_GROUP
    return 0


def _kill(family: Sequence[psutil.Process]) -> None:
    """End whoever is left. A process is known by its id and its start, so that no other is hit."""
    import psutil  # noqa: PLC0415 - see above

    for member in family:
        try:
            if member.is_running() and member.status() != psutil.STATUS_ZOMBIE:
                member.kill()
        except psutil.Error:
            continue


def start(argv: Sequence[str], *, environment: Mapping[str, str] | None = None, log: Path | None = None) -> Running:
    """Start a program. `environment` is added to ours. Raises LLMAdviseError where it cannot be started."""
    words = tuple(argv)
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            # Ctrl-C in the terminal reaches us alone: we stop the engine in order, and say so.
            start_new_session=sys.platform != "win32",
            creationflags=_new_group(),
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LLMAdviseError(
            f"{words[0]} cannot be started: {reason}", "Is it installed, and may it be run?"
        ) from error
    try:
        return Running(process, words, log)
    except OSError as error:
        process.kill()
        process.wait()
        where = getattr(error, "filename", None) or log
        raise LLMAdviseError(f"{where}: {error.strerror or error}", "Give --log a file that may be written.") from error
