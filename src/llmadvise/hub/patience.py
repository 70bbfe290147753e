"""Asks the Hub's library again where asking again helps, and as late as the Hub asks to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from llmadvise.errors import LLMAdviseError
from llmadvise.hub.failures import failed_status, seconds_to_wait, unreachable
from llmadvise.hub.reference import HubReference

if TYPE_CHECKING:
    from llmadvise.hub.connection import Connection

Result = TypeVar("Result")
_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})
_ATTEMPTS: Final = 4
_FIRST_PAUSE: Final = 0.5


def patiently(
    connection: Connection,
    reference: HubReference,
    call: Callable[[], Result],
    *,
    longest: float = 5.0,
    asks_again: bool = False,
) -> Result:
    """The result of the call. A wait that the Hub asks for beyond `longest` seconds is the user's to take.

    `asks_again`: the library itself has asked again by the time it tells of a status.
    """
    from huggingface_hub import errors  # noqa: PLC0415 - HTTP is needed by those who ask the Hub alone

    failure: LLMAdviseError | None = None
    for attempt in range(_ATTEMPTS):
        try:
            return call()
        except errors.HfHubHTTPError as error:
            failure = _refused(connection, reference, error, longest)
            if asks_again:
                raise failure from error
        except connection.transport_errors as error:
            failure = unreachable(reference.repo, connection.endpoint, error)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"{connection.endpoint[:100]} answered something that does not describe {reference.repo}"
            raise LLMAdviseError(what, "Check HF_ENDPOINT.") from error
        if attempt + 1 < _ATTEMPTS:
            connection.pause(_FIRST_PAUSE * (1 << attempt))
    raise failure or unreachable(reference.repo, connection.endpoint, TimeoutError())


def _refused(connection: Connection, reference: HubReference, error: Exception, longest: float) -> LLMAdviseError:
    """The failure, after the pause that the Hub asks for; raised where asking again does not help."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", 0)
    headers = getattr(response, "headers", {})
    wait = seconds_to_wait(headers.get("Retry-After"))
    failure = failed_status(status, headers.get("X-Error-Code"), reference, connection.page(reference), wait)
    if status not in _PASSING or (wait is not None and wait > longest):
        raise failure from error
    connection.pause(wait or 0)
    return failure
