"""A file on the Hub that is read at an offset by range requests: only what is asked for is transferred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmadvise.errors import LLMAdviseError
from llmadvise.hub.failures import failed_status, is_passing, seconds_to_wait, unreachable
from llmadvise.hub.reference import HubReference

if TYPE_CHECKING:
    from llmadvise.hub.connection import Connection

_OK: Final = 200
_PARTIAL: Final = 206
_ATTEMPTS: Final = 4
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 5.0
"""A server that asks for more gets no second request: the user is told instead."""
_SLOWEST: Final = 90.0
"""Seconds that one read may take however often the data trickle."""


@dataclass(slots=True)
class _Part:
    """What one read has brought so far."""

    data: bytearray
    deadline: float


class RemoteSource:
    """Bytes of one file; as long as the repository's list says."""

    __slots__ = ("_connection", "_name", "_reference", "_size", "_url")

    def __init__(self, connection: Connection, reference: HubReference, name: str, url: str, size: int) -> None:
        self._connection, self._reference = connection, reference
        self._name, self._url, self._size = name, url, size

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"hf:{self._reference.repo}:{self._name}"

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self._size

    def read_at(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on. A cut connection goes on where it was cut; passing failures are tried again."""
        wanted = min(size, self._size - offset)
        part = _Part(bytearray(), self._connection.clock() + _SLOWEST)
        failure: LLMAdviseError | None = None
        for attempt in range(_ATTEMPTS):
            if len(part.data) >= wanted:
                break
            failure = self._attempt(part, offset, wanted)
            if failure is not None and attempt + 1 < _ATTEMPTS:
                self._connection.pause(_FIRST_PAUSE * (1 << attempt))
        if len(part.data) < wanted:
            raise failure or unreachable(self._reference.repo, self._connection.host, EOFError())
        return bytes(part.data)

    def _attempt(self, part: _Part, offset: int, wanted: int) -> LLMAdviseError | None:
        """One request for what is still missing; a failure that may pass is returned, any other is raised."""
        connection, begin = self._connection, offset + len(part.data)
        headers = {
            **connection.headers(),
            "Range": f"bytes={begin}-{offset + wanted - 1}",
            "Accept-Encoding": "identity",
        }
        try:
            with connection.stream(self._url, headers) as response:
                if is_passing(response.status_code):
                    return self._passing(response.status_code, response.headers)
                self._check(response.status_code, response.headers, begin)
                for chunk in response.iter_raw():
                    part.data += chunk[: wanted - len(part.data)]
                    if len(part.data) >= wanted:
                        break
                    if connection.clock() > part.deadline:
                        raise unreachable(self._reference.repo, connection.host, TimeoutError())
        except connection.transport_errors as error:
            return unreachable(self._reference.repo, connection.host, error)
        return None

    def _passing(self, status: int, headers: Mapping[str, str]) -> LLMAdviseError:
        """The failure, after the pause that the server asks for; raised where that is too long."""
        wait = seconds_to_wait(headers.get("Retry-After"))
        failure = failed_status(status, None, self._reference, self._connection.page(self._reference), wait)
        if wait is not None and wait > _LONGEST_PAUSE:
            raise failure
        self._connection.pause(wait or 0)
        return failure

    def _check(self, status: int, headers: Mapping[str, str], begin: int) -> None:
        """Refuse an answer that is not the range that was asked for."""
        if status == _PARTIAL:
            if headers.get("Content-Range", f"bytes {begin}-").startswith(f"bytes {begin}-"):
                return
        elif status == _OK and begin == 0:
            return
        elif status != _OK:
            page = self._connection.page(self._reference)
            raise failed_status(status, headers.get("X-Error-Code"), self._reference, page)
        raise LLMAdviseError(
            f"{self._connection.host} does not serve parts of files",
            "Set HF_ENDPOINT to a server that does, or download the file and give its path.",
        )
