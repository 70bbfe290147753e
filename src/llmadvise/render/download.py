"""How far a download is: a bar on a terminal, a line every tenth elsewhere, nothing with --quiet."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Final, TextIO

from llmadvise.domain.pull import Progress, Unwatched
from llmadvise.render.figures import file_size
from llmadvise.render.sanitize import clean

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_STEPS: Final = 10
_LINES_FROM: Final = 10_000_000
"""Bytes below which steps are not worth a line."""
_REDRAW: Final = 0.1
"""Seconds."""


def watcher(*, quiet: bool) -> Progress:
    """Who looks on where this program runs."""
    stream: TextIO | None = sys.stderr
    if quiet or stream is None:
        return Unwatched()
    barred = os.environ.get("HF_HUB_DISABLE_PROGRESS_BARS", "").upper() in {"1", "ON", "YES", "TRUE"}
    return _OnTerminal() if stream.isatty() and not barred else _InLines(stream)


class _InLines:
    """A line at the beginning, at every tenth, and for what there is to say."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._total, self._done, self._step, self._name = stream, 0, 0, 0, ""

    def begin(self, total: int, present: int) -> None:
        """Say how much there is to come."""
        self._total, self._done = total, present
        self._step = _STEPS * present // total if total else _STEPS
        if present < total:
            self.say(
                f"Fetching {file_size(total - present)}" + (f"; {file_size(present)} are here." if present else ".")
            )

    def file(self, name: str) -> None:
        """Remember the name for the next line."""
        self._name = name

    def advance(self, count: int) -> None:
        """A line where another tenth is full."""
        self._done += count
        step = _STEPS * self._done // self._total if self._total else 0
        if step > self._step and self._total >= _LINES_FROM:
            self.say(f"{100 * step // _STEPS} %  {file_size(self._done)} of {file_size(self._total)}  {self._name}")
        self._step = step

    def say(self, text: str) -> None:
        """A line."""
        self._stream.write(clean(text) + "\n")
        self._stream.flush()

    def end(self) -> None:
        """Nothing is left to undo."""


class _OnTerminal:
    """One bar for all files, with bytes, rate and time to go; it goes away at the end."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._pending, self._drawn = 0, 0.0

    def begin(self, total: int, present: int) -> None:
        """Draw the bar."""
        from rich.console import Console  # noqa: PLC0415 - for a terminal alone
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=total, completed=present)
        self._bar.start()

    def file(self, name: str) -> None:
        """Write the name before the bar."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=clean(name.rpartition("/")[2])[-40:])

    def advance(self, count: int) -> None:
        """Move the bar, at most some times a second."""
        self._pending += count
        now = time.monotonic()
        if now - self._drawn >= _REDRAW:
            self._draw(now)

    def _draw(self, now: float) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, self._pending)
        self._pending, self._drawn = 0, now

    def say(self, text: str) -> None:
        """A line above the bar."""
        if self._bar is None:
            sys.stderr.write(clean(text) + "\n")
        else:
            self._bar.console.print(clean(text), markup=False, highlight=False)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._draw(time.monotonic())
            self._bar.stop()
            self._bar = None
