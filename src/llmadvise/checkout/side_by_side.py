"""Reads the files of a large checkout in several processes; what is found does not depend on how many there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

WORTH: Final = 1500
"""Files from which on a second process, which has to load the readers too, saves time."""
_PIECE: Final = 100
"""Files that a process takes at a time: few enough that none has much more to do than the others."""
_MOST: Final = 8

Found = TypeVar("Found")


def processors() -> int:
    """How many processes may work at once: the processors this one may use, at most eight."""
    allowed = getattr(os, "sched_getaffinity", None)
    return min(_MOST, len(allowed(0)) if allowed is not None else os.cpu_count() or 1)


def read_in_processes(
    read: Callable[[Sequence[tuple[str, Path]]], Found], files: Sequence[tuple[str, Path]], count: int
) -> Iterator[Found]:
    """Call `read`, which must be importable, with each piece of the files; the results stand in the files' order.

    Processes are started anew on every system, so a program that calls this must guard its main module.
    """
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only for large checkouts
    from multiprocessing import get_context  # noqa: PLC0415 - see above

    pieces = [files[at : at + _PIECE] for at in range(0, len(files), _PIECE)]
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin) as pool:
        waiting: list[Future[Found]] = [pool.submit(read, piece) for piece in pieces]
        try:
            for future in waiting:
                yield future.result()
        finally:
            for future in waiting:
                future.cancel()


def _begin() -> None:
    """Leave interrupts to the process that started this one, which ends it."""
    from signal import SIG_IGN, SIGINT, signal  # noqa: PLC0415 - in processes of their own

    signal(SIGINT, SIG_IGN)
