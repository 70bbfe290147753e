"""Ctrl-C, a request to end and a closed terminal, all as one: an interrupt in the main thread, held back where it must be."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_NAMES: Final = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that this system has; SIGINT raises KeyboardInterrupt by itself."""


class AskedToEndError(KeyboardInterrupt):
    """A request to end other than Ctrl-C: nobody is there to go on with."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn each of them into KeyboardInterrupt while the block runs.

    What is ignored stays ignored (`nohup`); outside the main thread nothing is changed, as Python cannot.
    """
    before: dict[signal.Signals, object] = {}
    if threading.current_thread() is threading.main_thread():
        for name in _NAMES:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in before:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise AskedToEndError


class Held:
    """The interrupt that came while interrupts were held back."""

    def __init__(self) -> None:
        self.number: int | None = None
        """Of the signal; None: none came."""
        self.answered = False
        """Whether the block itself has done what was asked, so that nothing is left to raise."""

    def note(self, number: int, frame: FrameType | None) -> None:
        """Keep it for later, as a handler of signals."""
        del frame
        self.number = number


@contextmanager
def held_back() -> Iterator[Held]:
    """Let the block come to its end: what would interrupt it is raised after it, unless the block answers it.

    For what must not be done by halves, such as starting a process and knowing that it runs. Outside the main thread,
    where nothing is interrupted, this does nothing.
    """
    held = Held()
    before: dict[int, Callable[[int, FrameType | None], object]] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", *_NAMES):
                number = getattr(signal, name, None)
                handler = signal.getsignal(number) if number is not None else None
                if number is not None and callable(handler):
                    before[number] = handler
                    signal.signal(number, held.note)
        yield held
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if held.number is not None and not held.answered:
            before[held.number](held.number, None)
