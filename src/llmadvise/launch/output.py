"""What a process prints, kept in bounds: the beginning, the end, and a log file that stops growing."""

from __future__ import annotations

import os
import threading
from collections import deque
from pathlib import Path
from typing import IO, Final

MOST_LOG_BYTES: Final = 64 << 20
"""As much as `estimate --from-log` reads; what comes after is in memory only."""
_BEGINNING: Final = 4000
"""Lines: what an engine says of its buffers while it loads stands here."""
_END: Final = 1000
_LONGEST_LINE: Final = 2000
_PIECE: Final = 1 << 16
_CUT: Final = b"\n[llmadvise: the log is full, what follows is not kept]\n"


class Output:
    """The lines of one stream, read in a thread of its own, so that the process never waits for a reader."""

    def __init__(self, stream: IO[bytes], log: Path | None) -> None:
        self._stream = stream
        self._file = _open(log) if log is not None else None
        self._beginning: list[str] = []
        self._end: deque[str] = deque(maxlen=_END)
        self._lost = 0
        self._rest = b""
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, name="llmadvise-output", daemon=True)
        self._thread.start()

    def lines(self) -> list[str]:
        """All lines that are kept; where some were dropped between beginning and end, a line says how many."""
        with self._lock:
            gap = [f"[{self._lost} lines left out]"] if self._lost else []
            rest = [_decoded(self._rest)] if self._rest else []
            return [*self._beginning, *gap, *self._end, *rest]

    def join(self, seconds: float) -> None:
        """Wait until the stream has ended, at most so long: a grandchild may hold it open."""
        self._thread.join(seconds)

    def _read(self) -> None:
        written = 0
        try:
            while piece := os.read(self._stream.fileno(), _PIECE):
                self._keep(piece)
                written = self._write(piece, written)
        except (OSError, ValueError):
            return  # the stream was closed on this side
        finally:
            self._stream.close()
            if self._file is not None:
                self._file.close()

    def _write(self, piece: bytes, written: int) -> int:
        if self._file is None or written > MOST_LOG_BYTES:
            return written
        try:
            self._file.write(piece)
            written += len(piece)
            if written > MOST_LOG_BYTES:
                self._file.write(_CUT)
            self._file.flush()
        except OSError:
            return MOST_LOG_BYTES + 1  # a full disk must not stop the engine
        return written

    def _keep(self, piece: bytes) -> None:
        with self._lock:
            *whole, self._rest = (self._rest + piece).split(b"\n")
            if len(self._rest) > _PIECE:
                self._rest = self._rest[:_LONGEST_LINE]
            for raw in whole:
                if len(self._beginning) < _BEGINNING:
                    self._beginning.append(_decoded(raw))
                    continue
                self._lost += len(self._end) == _END
                self._end.append(_decoded(raw))


def _decoded(raw: bytes) -> str:
    return raw[:_LONGEST_LINE].decode("utf-8", "replace").rstrip("\r")


def _open(log: Path) -> IO[bytes]:
    """The log is its owner's alone: an engine may print what it was asked."""
    log.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(log, flags, 0o600), "wb", buffering=0)
