"""Reads the files of a large checkout in several processes; what is found does not depend on how many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from llmadvise import processes

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
    return min(_MOST, processes.processors())


def read_in_processes(
    read: Callable[[Sequence[tuple[str, Path]]], Found], files: Sequence[tuple[str, Path]], count: int
) -> Iterator[Found]:
    """Call `read`, which must be importable, with each piece of the files; the results stand in the files' order.

    Processes are started anew on every system, so a program that calls this must guard its main module.
    """
    pieces = [files[at : at + _PIECE] for at in range(0, len(files), _PIECE)]
    with processes.pool_of(count) as pool:
        waiting: list[Future[Found]] = [pool.submit(read, piece) for piece in pieces]
        try:
            for future in waiting:
                yield future.result()
        finally:
            for future in waiting:
                future.cancel()
