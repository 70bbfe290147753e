"""Processes that work side by side and end with the one that started them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor


def processors() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def pool_of(count: int) -> ProcessPoolExecutor:
    """So many processes, started when they are needed; the caller shuts the pool down.

    They are started anew on every system, which is safe beside threads; so a program that calls this must guard its
    main module.
    """
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only for large work
    from multiprocessing import get_context  # noqa: PLC0415 - see above

    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """What a process does first: it leaves interrupts to the one that started it, and ends when that one does.

    Ctrl-C reaches every process of a terminal; the first one ends the others, and says so once. One that is killed
    cannot, so the others watch it.
    """
    from signal import SIG_IGN, SIGINT, signal  # noqa: PLC0415 - in processes of their own
    from threading import Thread  # noqa: PLC0415 - see above

    signal(SIGINT, SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process  # noqa: PLC0415 - in processes of their own
    from multiprocessing.connection import wait  # noqa: PLC0415 - see above

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
