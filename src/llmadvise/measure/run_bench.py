"""Runs an installed llama-bench: found where the user says or on PATH, bounded in time and output, stopped cleanly."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import IO, Final

from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.interrupts import held_back, interruptible
from llmadvise.measure.bench_output import LARGEST
from llmadvise.processes import OWN_GROUP, OWN_SESSION, end, kill, wait_for

VARIABLE: Final = "LLMADVISE_LLAMA_BENCH"
_NAME: Final = "llama-bench"
_LONGEST_LINE: Final = 4096
_GRACE_SECONDS: Final = 5.0


def find_bench(beside: Sequence[str] = ()) -> str:
    """The program: the one that LLMADVISE_LLAMA_BENCH names, else on PATH, else beside other programs of llama.cpp.

    Raises UsageError where the variable names none, LLMAdviseError where there is none.
    """
    told = os.environ.get(VARIABLE)
    if told:
        found = shutil.which(told)
        if found is None:
            raise UsageError(f"{VARIABLE} names no program: {told[:200]}", "Give the path of llama-bench.")
        return found
    folders = [os.path.dirname(path) for path in beside]  # noqa: PTH120 - strings all the way
    for place in (None, *folders):
        found = shutil.which(_NAME, path=place)
        if found is not None:
            return found
    raise LLMAdviseError(
        "llama-bench is not installed, or not on PATH",
        f"It comes with llama.cpp. {VARIABLE} may name it; `llmadvise bench --take FILE` reads what it printed elsewhere.",
    )


def run_bench(command: Sequence[str], *, seconds: float, say: Callable[[str], None]) -> str:
    """What the program printed; each line of its standard error goes to `say` as it comes.

    Raises LLMAdviseError where it cannot be started, fails, prints without end or takes too long. Ctrl-C, a request to
    end and a closed terminal end it too, with all that it started.
    """
    running: _Running | None = None
    with interruptible():
        try:
            with held_back():
                # Interrupted in between, it would run and nobody would know.
                running = _Running(_start(command), say)
            code = wait_for(running.process, seconds)
        finally:
            if running is not None:
                running.end()
    if running.output.cut:
        raise LLMAdviseError("llama-bench printed without end", "Is it really llama-bench that was started?")
    if code is None:
        raise LLMAdviseError(
            f"llama-bench was stopped after {seconds:g} s", "Give --timeout a larger number, or a smaller model."
        )
    if code:
        raise LLMAdviseError(f"llama-bench ended with exit code {code}", "What it said stands above.")
    return running.output.text()


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            start_new_session=OWN_SESSION, creationflags=OWN_GROUP,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        raise LLMAdviseError(f"{command[0]} cannot be started: {error}", "Is it a program of this system?") from error


class _Running:
    """The program with the two threads that take what it prints."""

    def __init__(self, process: subprocess.Popen[bytes], say: Callable[[str], None]) -> None:
        self.process = process
        self.output = _Taken(process)
        self._messages = threading.Thread(target=_pass_on, args=(process.stderr, say), daemon=True)
        self.output.start()
        self._messages.start()

    def end(self) -> None:
        """Leave nothing of it behind, and take its last words."""
        end(self.process, _GRACE_SECONDS)
        self.output.join(_GRACE_SECONDS)
        self._messages.join(_GRACE_SECONDS)


class _Taken(threading.Thread):
    """Takes what a program prints, up to a bound."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self.cut = False
        self._process = process
        self._pieces: list[bytes] = []

    def run(self) -> None:
        stream, size = self._process.stdout, 0
        if stream is None:
            return
        with contextlib.suppress(OSError, ValueError), stream:
            while piece := os.read(stream.fileno(), 1 << 16):
                size += len(piece)
                if size > LARGEST:
                    self.cut = True
                    kill(self._process)
                    return
                self._pieces.append(piece)

    def text(self) -> str:
        return b"".join(self._pieces).decode("utf-8", "replace")


def _pass_on(stream: IO[bytes] | None, say: Callable[[str], None]) -> None:
    if stream is None:
        return
    with contextlib.suppress(OSError, ValueError), stream:
        while line := stream.readline(_LONGEST_LINE):
            say(line.decode("utf-8", "replace").rstrip("\r\n"))
