"""Asks a server on this host what it is, without waiting for it."""

from __future__ import annotations

import socket
import time

from llmadvise.probe.sources import Answer

_SECONDS = 0.1
_ENOUGH = 4096


def greet(port: int) -> Answer:
    """The beginning of the answer to `GET /` at a port of this host; nothing is ever sent anywhere else."""
    ends = time.monotonic() + _SECONDS
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
            return Answer(text=_ask(connection, ends), status="read", exit=0)
    except OSError:
        return Answer(text=None, status="absent", exit=7)


def _ask(connection: socket.socket, ends: float) -> str:
    """What came in time; a server that takes the call and says nothing is there all the same."""
    pieces = b""
    try:
        connection.sendall(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n")
        while len(pieces) < _ENOUGH and (left := ends - time.monotonic()) > 0:
            connection.settimeout(left)
            piece = connection.recv(_ENOUGH)
            if not piece:
                break
            pieces += piece
    except OSError:
        pass
    return pieces[:_ENOUGH].decode("utf-8", "replace")
