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
from llmadvise.measure.bench_output import LARGEST

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

    Raises LLMAdviseError where it fails, prints without end or takes too long. On Ctrl-C it is ended first.
    """
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
        )  # fmt: skip
    except (OSError, ValueError) as error:
        raise LLMAdviseError(f"{command[0]} cannot be started: {error}", "Is it a program of this system?") from error
    assert process.stdout is not None  # noqa: S101 - both are pipes
    assert process.stderr is not None  # noqa: S101
    output = _Taken(process.stdout, process)
    messages = threading.Thread(target=_pass_on, args=(process.stderr, say), daemon=True)
    output.start()
    messages.start()
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise LLMAdviseError(
            f"llama-bench was stopped after {seconds:g} s", "Give --timeout a larger number, or a smaller model."
        ) from None
    finally:
        # Also where somebody pressed Ctrl-C: nothing of ours is left running.
        end(process)
        output.join(_GRACE_SECONDS)
        messages.join(_GRACE_SECONDS)
    if output.cut:
        raise LLMAdviseError("llama-bench printed without end", "Is it really llama-bench that was started?")
    if code:
        raise LLMAdviseError(f"llama-bench ended with exit code {code}", "What it said stands above.")
    return output.text()


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a program to end, and make it after a while."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class _Taken(threading.Thread):
    """Takes what a program prints, up to a bound."""

    def __init__(self, stream: IO[bytes], process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self.cut = False
        self._stream, self._process = stream, process
        self._pieces: list[bytes] = []

    def run(self) -> None:
        size = 0
        with contextlib.suppress(OSError, ValueError), self._stream:
            while piece := self._stream.read1(1 << 16):  # type: ignore[attr-defined]  # a pipe is buffered
                size += len(piece)
                if size > LARGEST:
                    self.cut = True
                    self._process.kill()
                    return
                self._pieces.append(piece)

    def text(self) -> str:
        return b"".join(self._pieces).decode("utf-8", "replace")


def _pass_on(stream: IO[bytes], say: Callable[[str], None]) -> None:
    with contextlib.suppress(OSError, ValueError), stream:
        while line := stream.readline(_LONGEST_LINE):
            say(line.decode("utf-8", "replace").rstrip("\r\n"))
