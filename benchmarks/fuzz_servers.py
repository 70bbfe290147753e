"""The parsers of what servers answer, for fuzz_parsers.py: a server on this machine sends what the fuzzer made."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from llmadvise.domain.catalog import Catalog
from llmadvise.engine.entry_draft.draft import draft_entry
from llmadvise.hub.connection import Connection
from llmadvise.hub.known_configs import known_configs
from llmadvise.hub.reference import HubReference
from llmadvise.hub.repository import read_repository
from llmadvise.launch.ask import chat

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CUT = b"\n=8<=\n"
"""Between the parts of an input: the Hub's description, its list of files, and the small files."""
SMALL = ("config.json", "tokenizer_config.json", "README.md")


class Server:
    """Answers each path with the bytes of the longest beginning that it has."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"owner": self}))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def body(self, path: str) -> bytes:
        """What a path is answered with."""
        return self.bodies[max((begin for begin in self.bodies if path.startswith(begin)), key=len)]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    owner: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""

    def do_GET(self) -> None:
        """A document, or the part of a file that is asked for."""
        body, asked = self.owner.body(self.path), self.headers.get("Range", "")
        first, _, last = asked.removeprefix("bytes=").partition("-")
        if first.isdecimal() and last.isdecimal():
            part = body[int(first) : int(last) + 1].ljust(int(last) + 1 - int(first), b" ")
            self._answer(206, part, f"bytes {first}-{last}/{max(len(body), int(last) + 1)}")
        else:
            self._answer(200, body)

    do_HEAD = do_GET  # noqa: N815 - see above

    def do_POST(self) -> None:
        """An answer of an engine, as a stream."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(200, self.owner.body(self.path))

    def _answer(self, status: int, body: bytes, part: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        if part is not None:
            self.send_header("Content-Range", part)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Served(NamedTuple):
    """One parser: its name, inputs to start from, and what runs it."""

    name: str
    seeds: list[bytes]
    run: Callable[[bytes], object]


def served(catalog: Catalog) -> Iterator[Served]:
    """A repository of the Hub as its own library fetches it (fuzz_hub.py goes without), and an engine's answer."""
    server = Server()
    os.environ["HF_ENDPOINT"] = server.address
    defaults = known_configs()
    reference = HubReference(repo="org/model", revision=None)

    def repository(data: bytes) -> None:
        description, files, *small = [*data.split(CUT), *[b"{}"] * (2 + len(SMALL))]
        server.bodies = {
            "/": b"{}",
            "/api/models/org/model": description,
            f"/api/models/org/model/tree/{COMMIT}": files,
        }
        server.bodies |= {f"/org/model/resolve/{COMMIT}/{name}": body for name, body in zip(SMALL, small, strict=False)}
        found = read_repository(Connection(pause=lambda _: None), reference)
        draft_entry(found, catalog, defaults, as_of="2026-01-01")

    def answer(data: bytes) -> None:
        server.bodies = {"/": data}
        chat(server.address, "m", [{"role": "user", "content": "?"}])

    yield Served("repository of the Hub, through its library", [CUT.join(_repository())], repository)
    yield Served("engine: a streamed answer", [_STREAM], answer)


def _repository() -> Iterator[bytes]:
    card = {"license": "apache-2.0", "base_model": ["org/base"], "tags": ["gguf"], "language": ["en"]}
    yield json.dumps({
        "_id": "1", "id": "org/model", "author": "org", "sha": COMMIT, "gated": False, "private": False, "tags": ["gguf"],
        "cardData": card, "createdAt": "2025-04-27T03:40:34.000Z", "lastModified": "2025-05-01T00:00:00.000Z",
        "library_name": "transformers", "pipeline_tag": "text-generation", "config": {"model_type": "qwen3"},
        "safetensors": {"parameters": {"BF16": 596049920}, "total": 596049920}, "baseModels": {"relation": "finetune",
        "models": [{"id": "org/base"}]}, "gguf": {"total": 596049920, "architecture": "qwen3", "context_length": 40960},
    }).encode()  # fmt: skip
    yield json.dumps([
        {"type": "file", "path": name, "size": size, "oid": COMMIT, **({"lfs": {"oid": "a" * 64, "size": size, "pointerSize": 1}} if lfs else {})}
        for name, size, lfs in (("config.json", 600, False), ("tokenizer_config.json", 300, False), ("README.md", 200, False),
                                ("model-Q4_K_M.gguf", 396705472, True))
    ]).encode()  # fmt: skip
    yield json.dumps({
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_size": 1024, "num_hidden_layers": 28,
        "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 3072,
        "vocab_size": 151936, "max_position_embeddings": 40960, "tie_word_embeddings": True, "torch_dtype": "bfloat16",
        "rope_theta": 1000000, "sliding_window": None, "quantization_config": {"quant_method": "gptq", "bits": 4},
    }).encode()  # fmt: skip
    yield json.dumps(
        {"chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}", "model_max_length": 131072}
    ).encode()
    yield b"---\nlicense: apache-2.0\nbase_model: org/base\n---\n# A model\n"


_STREAM = b"".join(
    b"data: " + json.dumps(event).encode() + b"\n\n"
    for event in (
        {"choices": [{"delta": {"role": "assistant", "content": "A "}, "finish_reason": None}]},
        {"choices": [{"delta": {"reasoning_content": "so"}, "finish_reason": None}]},
        {"choices": [{"delta": {"content": "word"}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"completion_tokens": 3, "prompt_tokens": 9},
         "timings": {"prompt_n": 9, "prompt_per_second": 80.5, "predicted_n": 3, "predicted_per_second": 20.25}},
    )
) + b"data: [DONE]\n\n"  # fmt: skip
