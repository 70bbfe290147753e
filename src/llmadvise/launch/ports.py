"""Ports of this host: one that is free, and why a given one is not."""

from __future__ import annotations

import errno
import socket
import sys
from typing import Final

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_TRIED: Final = 0.5
_TAKEN: Final = "is taken by another program"


def free_port(host: str) -> int:
    """A port that nobody listens on now; another program may still take it first, and then the engine says so.

    Raises OSError where the host is no address of this machine.
    """
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def refusal(host: str, port: int) -> str | None:
    """Why this process could not listen there, as words after the port; None where it could, and nobody answers.

    Some systems let two processes listen on one port, and the first gets the requests, so both are tried. Raises OSError
    where the host is no address of this machine.
    """
    with socket.socket(_family(host)) as probe:
        probe.settimeout(_TRIED)
        if probe.connect_ex((reachable(host), port)) == 0:
            return _TAKEN
    with socket.socket(_family(host)) as probe:
        if sys.platform != "win32":
            # A port whose last owner ended a moment ago is free, as it is for servers.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            return "may not be listened on by this user"
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return _TAKEN
            raise
    return None


def reachable(host: str) -> str:
    """The address under which this host reaches what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound


def is_loopback(host: str) -> bool:
    """Whether only this host can reach it."""
    return host in LOOPBACK or host.startswith("127.")


def address(host: str, port: int) -> str:
    """The URL of a server there, for this host."""
    name = reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
