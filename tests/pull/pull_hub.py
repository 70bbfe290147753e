"""A Hub that serves files for downloading, with a store beside it to which it redirects, and every failure on order."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OLDER = "89abcdef0123456789abcdef0123456789abcdef"
TOKEN = "hf_test"


@dataclass
class Fault:
    """What one request for a file's bytes meets."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    """Bytes after which the connection breaks."""
    alter: Callable[[bytes], bytes] | None = None
    """What is done to the bytes on their way."""
    size: int | None = None
    """How long the file is said to be."""
    ignores_ranges: bool = False


@dataclass
class Repo:
    """One repository of one commit."""

    files: dict[str, bytes]
    gated: bool = False
    commit: str = COMMIT
    plain: bool = False
    """Its list tells no hashes."""
    said: dict[str, str] = field(default_factory=dict)
    """Hashes that its list tells, whatever the files are."""


class PullHub:
    """Serves repositories; the store has an address of its own, as another host has."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.faults: list[Fault] = []
        """Of the store."""
        self.refusals: list[Fault] = []
        """Of the Hub itself, before it redirects."""
        self.rate: float | None = None
        """Bytes a second of one answer; None: at once."""
        self.piece = 1 << 14
        self.served = 0
        self.requests: list[tuple[str, str]] = []
        """Kind and path."""
        self.tokens: dict[str, set[str | None]] = {"hub": set(), "store": set()}
        self.list_statuses: list[int] = []
        self.on_served: Callable[[int], None] | None = None
        self._front, self._threads = self._serve("hub"), list[threading.Thread]()
        self._store = self._serve("store")
        for server in (self._front, self._store):
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _serve(self, kind: str) -> ThreadingHTTPServer:
        server = _Quiet(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": self, "kind": kind}))
        server.daemon_threads = True
        return server

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._front.server_address[1]}"

    @property
    def store(self) -> str:
        return f"http://127.0.0.1:{self._store.server_address[1]}"

    def downloads(self) -> list[str]:
        return [path for kind, path in self.requests if kind == "store"]

    def close(self) -> None:
        for server in (self._front, self._store):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()


class _Quiet(ThreadingHTTPServer):
    """Clients that break off, or are killed, are what is tested."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


def is_large(name: str) -> bool:
    return name.endswith((".gguf", ".safetensors", ".bin", "tokenizer.json"))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def git_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def described(name: str, data: bytes, repo: Repo) -> dict[str, Any]:
    """A file as the description lists it with `?blobs=true`."""
    item: dict[str, Any] = {"rfilename": name, "size": len(data)}
    if repo.plain:
        return item
    if is_large(name):
        return {
            **item,
            "blobId": "0" * 40,
            "lfs": {"sha256": repo.said.get(name) or sha256(data), "size": len(data), "pointerSize": 134},
        }
    return {**item, "blobId": git_sha1(data)}


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    hub: PullHub
    kind: str
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.hub.requests.append((self.kind, path))
        self.hub.tokens[self.kind].add(self.headers.get("Authorization"))
        try:
            if self.kind == "store":
                self.stored(path)
            elif path.startswith("/api/models/"):
                self.described(path.removeprefix("/api/models/").split("/"))
            else:
                self.resolved(path.strip("/").split("/"))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def described(self, pieces: list[str]) -> None:
        name = next((name for name in self.hub.repos if name.lower() == "/".join(pieces[:2]).lower()), "")
        repo = self.hub.repos.get(name)
        revision = pieces[3] if len(pieces) > 3 else "main"
        if self.hub.list_statuses:
            self.answer(self.hub.list_statuses.pop(0), b"{}", {"Retry-After": "7"})
        elif repo is None:
            self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        elif revision not in {"main", repo.commit, OLDER}:
            self.answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        else:
            siblings = [described(name, data, repo) for name, data in repo.files.items()]
            commit = OLDER if revision == OLDER else repo.commit
            body = {"id": name, "sha": commit, "siblings": siblings}
            self.answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def resolved(self, pieces: list[str]) -> None:
        name, path = "/".join(pieces[:2]), "/".join(pieces[4:])
        repo = self.hub.repos.get(name)
        if self.hub.refusals and self.command == "GET":
            refusal = self.hub.refusals.pop(0)
            self.answer(refusal.status or 500, b"<script>no</script>", refusal.headers)
        elif repo is None or pieces[2:3] != ["resolve"]:
            self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})
        elif repo.gated and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.answer(401, b"<script>no</script>", {"X-Error-Code": "GatedRepo"})
        elif path not in repo.files:
            self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        else:
            data = repo.files[path]
            tag = sha256(data) if is_large(path) else git_sha1(data)
            headers = {
                "Location": f"{self.hub.store}/{name}/{path}",
                "X-Repo-Commit": repo.commit,
                "X-Linked-Etag": f'"{tag}"',
                "X-Linked-Size": str(len(data)),
            }
            self.answer(302, b"", headers)

    def stored(self, path: str) -> None:
        pieces = path.strip("/").split("/")
        data = self.hub.repos["/".join(pieces[:2])].files["/".join(pieces[2:])]
        fault = self.hub.faults.pop(0) if self.hub.faults else Fault()
        if fault.status is not None:
            self.answer(fault.status, b"", fault.headers)
            return
        data = fault.alter(data) if fault.alter else data
        first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        begin = 0 if fault.ignores_ranges else int(first)
        end = len(data) if fault.ignores_ranges or not last else min(int(last) + 1, len(data))
        size = len(data) if fault.size is None else fault.size
        self.send_response(200 if fault.ignores_ranges else 206)
        self.send_header("Content-Length", str(end - begin))
        if not fault.ignores_ranges:
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{size}")
        self.end_headers()
        self.pour(data[begin:end], fault.cut)

    def pour(self, data: bytes, cut: int | None) -> None:
        """The bytes in pieces, as slowly as was ordered, up to the cut."""
        whole = cut is None or cut >= len(data)
        data = data if whole else data[:cut]
        for begin in range(0, len(data), self.hub.piece):
            piece = data[begin : begin + self.hub.piece]
            self.wfile.write(piece)
            self.wfile.flush()
            self.hub.served += len(piece)
            if self.hub.on_served is not None:
                self.hub.on_served(self.hub.served)
            if self.hub.rate is not None:
                time.sleep(len(piece) / self.hub.rate)
        if not whole:
            self.close_connection = True

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
