"""Asks the Hub again where asking again helps, and as late as the Hub asks to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from llmadvise.hub.failures import PassingError

if TYPE_CHECKING:
    from llmadvise.hub.connection import Connection

Result = TypeVar("Result")
_ATTEMPTS: Final = 4
_FIRST_PAUSE: Final = 0.5


def patiently(connection: Connection, call: Callable[[], Result], *, longest: float = 5.0) -> Result:
    """The result of the call. A wait that the Hub asks for beyond `longest` seconds is the user's to take.

    Raises what the call raised last.
    """
    for attempt in range(_ATTEMPTS - 1):
        try:
            return call()
        except PassingError as error:
            if error.wait is not None and error.wait > longest:
                raise
            connection.pause(error.wait or _FIRST_PAUSE * (1 << attempt))
    return call()
