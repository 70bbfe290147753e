"""Ctrl-C, a request to end and a closed terminal, all as one: an interrupt in the main thread."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
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
