"""Runs a vendor's tool for a bounded time and takes a bounded part of what it prints."""

from __future__ import annotations

import _thread
import os
import subprocess

from llmadvise.probe.sources import READ_LIMIT, Answer
from llmadvise.processes import OWN_SESSION, kill

_GONE_SECONDS = 0.1


def run_command(command: tuple[str, ...], *, seconds: float) -> Answer:
    """Both streams of a fixed command line. One that is missing, hangs or prints without end is said to be so.

    The tool gets a process group of its own, so that what it started ends with it.
    """
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=OWN_SESSION,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        status = "absent" if isinstance(error, FileNotFoundError) else "failed"
        return Answer(text=None, status=status, detail=getattr(error, "strerror", None))
    reading = _Reading(process)
    finished = reading.wait(seconds)
    text = b"".join(reading.pieces).decode("utf-8", "replace")
    if not finished:
        _end(process)
        return Answer(text=None, status="timed out", detail=f"no answer in {seconds:.1f} s")
    if reading.cut:
        _end(process)
        return Answer(text=text, status="failed", detail=f"printed more than {READ_LIMIT >> 20} MiB")
    code = process.wait()
    if process.stdout is not None:
        process.stdout.close()
    if code:
        first = text.strip().partition("\n")[0]
        return Answer(text=text, status="failed", exit=code, detail=f"exit {code}: {first}")
    return Answer(text=text, status="read", exit=0)


class _Reading:
    """Reads a process's output beside the main thread, which cannot wait for a pipe with a time limit everywhere."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pieces: list[bytes] = []
        self.cut = False
        self._process = process
        self._done = _thread.allocate_lock()
        self._done.acquire()
        _thread.start_new_thread(self._read, ())

    def wait(self, seconds: float) -> bool:
        """Whether the output ended, or grew too long, in time."""
        return self._done.acquire(timeout=seconds)

    def _read(self) -> None:
        try:
            self._take()
        finally:
            self._done.release()

    def _take(self) -> None:
        stream, size = self._process.stdout, 0
        if stream is None:
            return
        try:
            while size < READ_LIMIT:
                piece = os.read(stream.fileno(), 1 << 16)
                if not piece:
                    # The pipe is closed; a process that stays on after that is waited for here, within the limit.
                    self._process.wait()
                    return
                self.pieces.append(piece)
                size += len(piece)
        except (OSError, ValueError):
            return
        self.cut = True


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it with what it started; one that waits for its device stays, and is not waited for."""
    kill(process)
    try:
        process.wait(timeout=_GONE_SECONDS)
    except subprocess.TimeoutExpired:
        return
    if process.stdout is not None:
        process.stdout.close()
