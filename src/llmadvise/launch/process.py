"""The one door that starts a process to serve a model: words, never a shell; a group of its own; stopped with all it started."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmadvise.errors import LLMAdviseError
from llmadvise.interrupts import held_back
from llmadvise.launch.output import Output
from llmadvise.processes import OWN_GROUP, OWN_SESSION, end, kill, wait_for

if TYPE_CHECKING:
    import psutil

GRACE_SECONDS: Final = 10.0
"""How long an engine may take to free its memory before it is killed. A choice; a second signal does not wait."""
_LAST_WORDS_SECONDS: Final = 2.0


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
        self._orphans_ended = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def was_stopped(self) -> bool:
        """Whether we asked it to end."""
        return self._asked_to_stop

    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it (POSIX)."""
        code = self._process.poll()
        if code is not None and not self._orphans_ended:
            # Now, while nobody else can have its number: a server that crashed may leave processes that hold the GPU.
            self._orphans_ended = True
            kill(self._process)
        return code

    def lines(self) -> list[str]:
        """What it printed, in bounds; all of it where it has ended."""
        if self.exit_code() is not None:
            self._output.join(_LAST_WORDS_SECONDS)
        return self._output.lines()

    def wait(self, seconds: float) -> int | None:
        """Its exit code, or None where it still runs after so many seconds."""
        wait_for(self._process, seconds)
        return self.exit_code()

    def stop(self, grace: float = GRACE_SECONDS) -> int | None:
        """Ask it to end, kill it after the grace time, and with it whatever it started. Safe to call twice.

        Who interrupts meanwhile gets what they ask for at once: it is not waited for any longer, and nothing is raised.
        """
        with held_back() as held:
            self._asked_to_stop = True
            code = self.exit_code()
            if code is None:
                family = self.family()
                code = end(self._process, 0.0 if held.number is not None else grace)
                self._orphans_ended = True
                _kill(family)
            self._output.join(_LAST_WORDS_SECONDS)
            held.answered = True
        return code

    def family(self) -> list[psutil.Process]:
        """The process and all that it started and that still runs; empty where it has ended."""
        import psutil  # noqa: PLC0415 - only where something runs

        try:
            parent = psutil.Process(self.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.Error:
            return []


def _kill(family: Sequence[psutil.Process]) -> None:
    """End whoever left the group and is still there. A process is known by its id and its start, so that no other is hit."""
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
            start_new_session=OWN_SESSION,
            creationflags=OWN_GROUP,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LLMAdviseError(
            f"{words[0]} cannot be started: {reason}", "Is it installed, and may it be run?"
        ) from error
    try:
        return Running(process, words, log)
    except BaseException as error:
        kill(process)
        process.wait()
        if not isinstance(error, OSError):
            raise
        where = getattr(error, "filename", None) or log
        raise LLMAdviseError(f"{where}: {error.strerror or error}", "Give --log a file that may be written.") from error
