"""A Hub of many repositories on this machine: descriptions, trees in pages, files with redirects and ranges, and trouble."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_test"


Content: TypeAlias = bytes | int | tuple[bytes, int]
"""A whole file, the size of one, or how one begins and its size."""


@dataclass
class Repo:
    """One repository: what the service says of it, and its files."""

    info: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Content] = field(default_factory=dict)
    gated: bool = False
    """Files want a token; the description does not."""
    moved: str | None = None
    """The name it has now; the old one leads to it."""
    hidden: bool = False
    """The description wants a token too."""


@dataclass
class Trouble:
    """What the next requests of one kind meet, one after another."""

    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    """How many answers break off in the middle."""
    delay: float = 0.0
    body: bytes | None = None


class HubApi:
    """Serves repositories by name, and remembers what was asked."""

    def __init__(self, page: int = 1000) -> None:
        self.repos: dict[str, Repo] = {}
        self.page = page
        self.trouble = {"info": Trouble(), "tree": Trouble(), "resolve": Trouble()}
        self.requests: list[str] = []
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


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    hub: HubApi
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.hub.requests.append(self.path)
        parts = urlsplit(self.path)
        pieces = parts.path.strip("/").split("/")
        if pieces[:2] == ["api", "models"] and len(pieces) >= 4:
            kind = "tree" if len(pieces) > 4 and pieces[4] == "tree" else "info"
            repo, rest = "/".join(pieces[2:4]), pieces[4:]
        elif pieces[0] == "store":
            self.stored(pieces[1:])
            return
        else:
            kind, repo, rest = "resolve", "/".join(pieces[:2]), pieces[2:]
        if self.in_trouble(kind):
            return
        found = self.hub.repos.get(repo)
        allowed = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if found is None:
            self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        elif not allowed and (found.hidden or (found.gated and kind == "resolve")):
            self.answer(401, b"{}", {"X-Error-Code": "GatedRepo" if found.gated else "RepoNotFound"})
        elif kind == "info":
            self.info(repo, found, parse_qs(parts.query), rest)
        elif kind == "tree":
            self.tree(repo, found, parse_qs(parts.query))
        else:
            self.resolve(repo, found, rest)

    def in_trouble(self, kind: str) -> bool:
        trouble = self.hub.trouble[kind]
        if trouble.delay:
            time.sleep(trouble.delay)
        if trouble.statuses:
            self.answer(trouble.statuses.pop(0), b"{}", trouble.headers)
            return True
        if trouble.body is not None:
            self.answer(200, trouble.body, {"Content-Type": "application/json"})
            return True
        return False

    def info(self, repo: str, found: Repo, query: dict[str, list[str]], rest: list[str]) -> None:
        if rest[:1] == ["revision"] and rest[1:] not in (["main"], [COMMIT]):
            self.answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            return
        asked = query.get("expand", []) + query.get("expand[]", [])
        whole = {
            "sha": COMMIT,
            "gated": "manual" if found.gated else False,
            "tags": [],
            "createdAt": "2025-03-01T10:00:00.000Z",
        }
        whole |= found.info
        answer = {
            "id": found.moved or repo,
            "_id": "0",
            **{key: value for key, value in whole.items() if not asked or key in asked},
        }
        self.answer(200, json.dumps(answer).encode(), {"Content-Type": "application/json"}, "info")

    def tree(self, repo: str, found: Repo, query: dict[str, list[str]]) -> None:
        entries = [entry(path, content) for path, content in sorted(found.files.items())]
        begin = int(query.get("cursor", ["0"])[0])
        headers = {"Content-Type": "application/json"}
        if begin + self.hub.page < len(entries):
            address = (
                f"{self.hub.endpoint}/api/models/{repo}/tree/{COMMIT}?recursive=true&cursor={begin + self.hub.page}"
            )
            headers["Link"] = f'<{address}>; rel="next"'
        self.answer(200, json.dumps(entries[begin : begin + self.hub.page]).encode(), headers, "tree")

    def resolve(self, repo: str, found: Repo, rest: list[str]) -> None:
        path = "/".join(rest[2:])
        if path not in found.files:
            self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        else:
            self.answer(302, b"", {"Location": f"{self.hub.endpoint}/store/{repo}/{path}"})

    def stored(self, pieces: list[str]) -> None:
        content = self.hub.repos["/".join(pieces[:2])].files["/".join(pieces[2:])]
        first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        size = size_of(content)
        end = min(int(last) if last else size - 1, size - 1)
        begins = content if isinstance(content, bytes) else content[0] if isinstance(content, tuple) else b""
        data = begins[int(first) : end + 1].ljust(end + 1 - int(first), b"\0")
        self.answer(206, data, {"Content-Range": f"bytes {first}-{end}/{size}"}, "resolve")

    def answer(self, status: int, body: bytes, headers: dict[str, str], kind: str | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if kind and self.hub.trouble[kind].cut:
            self.hub.trouble[kind].cut -= 1
            body, self.close_connection = body[: len(body) // 2], True
        if self.command != "HEAD":
            self.wfile.write(body)


def size_of(content: Content) -> int:
    """Bytes of a file."""
    return content if isinstance(content, int) else content[1] if isinstance(content, tuple) else len(content)


def entry(path: str, content: Content) -> dict[str, Any]:
    """A file as the tree lists it; weights are stored by their hash."""
    size = size_of(content)
    item: dict[str, Any] = {"type": "file", "oid": "0" * 40, "size": size, "path": path}
    if path.endswith((".safetensors", ".gguf", ".bin")):
        item["lfs"] = {"oid": sha256_of(path, content), "size": size, "pointerSize": 134}
    return item


def sha256_of(path: str, content: Content) -> str:
    """The hash of a file; of its name where only its size is known."""
    return hashlib.sha256(content if isinstance(content, bytes) else path.encode()).hexdigest()


def safetensors(tensors: dict[str, tuple[str, list[int]]]) -> bytes:
    """A safetensors file that ends after its header: what is read of one."""
    header = json.dumps(
        {name: {"dtype": kind, "shape": shape, "data_offsets": [0, 0]} for name, (kind, shape) in tensors.items()}
    )
    return len(header).to_bytes(8, "little") + header.encode()
