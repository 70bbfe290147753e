"""A small Hub on this machine: lists, redirects and ranges, with the failures that the real one has."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_test"


@dataclass
class Trouble:
    """What the next requests for a file meet."""

    statuses: list[int] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """Bytes after which the connection breaks, once."""
    ignores_ranges: bool = False


class Hub:
    """Serves one repository, `org/model`, and counts what it sends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = sorted(path for path in folder.rglob("*") if path.is_file())
        self.needs_token = False
        self.list_status = 200
        self.list_code: str | None = None
        self.list_body: bytes | None = None
        self.list_headers: dict[str, str] = {}
        self.trouble = Trouble()
        self.store = ""
        self.served = 0
        self.requests: list[str] = []
        self.tokens: list[str | None] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def listing(self) -> bytes:
        if self.list_body is not None:
            return self.list_body
        siblings = [
            {"rfilename": path.relative_to(self.folder).as_posix(), "size": path.stat().st_size} for path in self.files
        ]
        return json.dumps({"id": "org/model", "sha": COMMIT, "siblings": siblings}).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass

    def do_GET(self) -> None:
        self.hub.requests.append(self.path)
        self.hub.tokens.append(self.headers.get("Authorization"))
        path = self.path.partition("?")[0]
        if path.startswith("/api/models/org/model"):
            self.answer(
                self.hub.list_status, self.hub.listing(), {**self.hub.list_headers, **_code(self.hub.list_code)}
            )
        elif path.startswith(f"/org/model/resolve/{COMMIT}/"):
            if self.hub.needs_token and self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self.answer(403, b"<script>no</script>", _code("GatedRepo"))
            else:
                # The real one redirects to a store of its own.
                self.answer(
                    302, b"", {"Location": path.replace(f"/org/model/resolve/{COMMIT}", f"{self.hub.store}/store")}
                )
        elif path.startswith("/store/"):
            self.file(self.hub.folder / path.removeprefix("/store/"))
        else:
            self.answer(404, b"{}", _code("RepoNotFound"))

    def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def file(self, path: Path) -> None:
        trouble = self.hub.trouble
        if trouble.statuses:
            self.answer(trouble.statuses.pop(0), b"", trouble.headers)
            return
        first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
        size = path.stat().st_size
        with path.open("rb") as stream:
            stream.seek(0 if trouble.ignores_ranges else first)
            data = stream.read(last + 1 - first)
        self.send_response(200 if trouble.ignores_ranges else 206)
        self.send_header("Content-Length", str(size if trouble.ignores_ranges else len(data)))
        if not trouble.ignores_ranges:
            self.send_header("Content-Range", f"bytes {first}-{first + len(data) - 1}/{size}")
        self.end_headers()
        if trouble.cut_after is not None:
            data, trouble.cut_after = data[: trouble.cut_after], None
            self.close_connection = True
        try:
            self.wfile.write(data)
            self.close_connection = self.close_connection or trouble.ignores_ranges
        except OSError:
            self.close_connection = True
        self.hub.served += len(data)


def _code(code: str | None) -> dict[str, str]:
    return {} if code is None else {"X-Error-Code": code}
