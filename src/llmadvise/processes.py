"""Processes that work side by side and end with the one that started them, and programs that are ended with all they started."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Final

from llmadvise.interrupts import held_back

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ProcessPoolExecutor
    from subprocess import Popen

OWN_SESSION: Final = sys.platform != "win32"
"""For Popen's `start_new_session`: the program leads a group of its own, so that Ctrl-C in the terminal reaches us alone."""
OWN_GROUP: Final = 0x200 if sys.platform == "win32" else 0
"""The same for its `creationflags`: CREATE_NEW_PROCESS_GROUP (Windows SDK, winbase.h)."""
_POLL_SECONDS: Final = 0.05
_LAST_SECONDS: Final = 2.0
"""How long a process may take to be gone that was killed."""


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


def wait_for(process: Popen[bytes], seconds: float, *, unless: Callable[[], bool] = lambda: False) -> int | None:
    """Its exit code, or None where it still runs after so many seconds, or when `unless` becomes true.

    Short sleeps, not one blocking wait: on Windows only these let Ctrl-C through.
    """
    ends = time.monotonic() + seconds
    while (code := process.poll()) is None and time.monotonic() < ends and not unless():
        time.sleep(_POLL_SECONDS)
    return code


def end(process: Popen[bytes], grace: float) -> int | None:
    """Ask a process that leads a group of its own to end, with all of the group, and make them after the grace time.

    Whoever interrupts meanwhile asks for the same, only sooner: the grace ends then, and nothing is raised. Returns the
    exit code; None where it does not even heed being killed, as when it waits for a device.
    """
    with held_back() as held:
        if process.poll() is None:
            _ask(process)
            wait_for(process, grace, unless=lambda: held.number is not None)
        kill(process)
        held.answered = True
        return wait_for(process, _LAST_SECONDS)


def _ask(process: Popen[bytes]) -> None:
    try:
        if sys.platform == "win32":
            process.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            os.killpg(process.pid, signal.SIGTERM)
    except OSError:
        process.terminate()


def kill(process: Popen[bytes]) -> None:
    """Kill a process that leads a group of its own, and on POSIX whoever is left of the group when it has ended itself."""
    try:
        if sys.platform == "win32":
            process.kill()
        else:
            # No other process gets a number that is still the number of a group.
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        if process.poll() is None:
            process.kill()
