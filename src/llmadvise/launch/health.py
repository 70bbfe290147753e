"""Waits until an engine answers that it is ready, and notices at once when it ends instead."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from llmadvise.launch.process import Running

_EVERY_SECONDS: Final = 0.2
_ANSWER_SECONDS: Final = 5.0
_SLOW_DISK: Final = 100_000_000
"""Bytes a second of a hard disk or a gigabit network: the slowest that weights are usually read from."""


class Health(StrEnum):
    """How the waiting ended."""

    HEALTHY = "healthy"
    ENDED = "ended"
    LATE = "late"


def patience(file_bytes: int | None, starts_within: float) -> float:
    """Seconds until an engine may be called late: its own start, and its file read twice from a slow disk."""
    return starts_within + 2 * (file_bytes or 0) / _SLOW_DISK


def wait_until_healthy(
    running: Running,
    url: str,
    paths: Sequence[str],
    *,
    seconds: float,
    waiting: Callable[[float], None] = lambda _: None,
) -> Health:
    """Ask each path in turn until one answers 200. `waiting` is told how many seconds have passed."""
    began = time.monotonic()
    while True:
        if running.exit_code() is not None:
            return Health.ENDED
        if any(status_of(url + path) == http.client.OK for path in paths):
            # Another program may have taken the port first, and answer in the place of ours.
            return Health.ENDED if running.wait(_EVERY_SECONDS) is not None else Health.HEALTHY
        passed = time.monotonic() - began
        if passed > seconds:
            return Health.LATE
        waiting(passed)
        running.wait(_EVERY_SECONDS)


def status_of(url: str) -> int | None:
    """The status that an address answers to GET; None where nothing answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", parts.path or "/", headers={"Connection": "close"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
