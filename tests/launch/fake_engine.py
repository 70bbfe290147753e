"""A small program that behaves as llama-server does: binds its port, loads, says that it is ready, answers, or fails.

`FAKE_ENGINE` says how: `ok`, `slow`, `deaf` (ignores requests to end), `children` (starts another process), `lines:FILE`
(prints a file and ends with code 1), `signal:NAME` (ends by a signal while loading), `dies` (ends after one answer),
`stops` (breaks off an answer and goes on), `dies-midway` (ends within an answer), `orphan` (starts another process and ends),
`refuses` (answers requests with an error), `silent` (never becomes ready), `runner-killed` (says what Ollama says when the
process that holds the model was killed). Without `--port` it listens where `OLLAMA_HOST` says.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODE = os.environ.get("FAKE_ENGINE", "ok")
WORDS = ("The ", "answer ", "is ", "42", ".")
LOADED = """llama_model_loader: loaded meta data with 26 key-value pairs and 290 tensors from model.gguf (version GGUF V3 (latest))
load_tensors:   CPU_Mapped model buffer size =   500.00 MiB
llama_context: constructing llama_context
llama_context: n_seq_max     = 1
llama_context: n_ctx         = 4096
llama_context:        CPU  output buffer size =     0.58 MiB
llama_kv_cache:        CPU KV buffer size =    48.00 MiB
sched_reserve:        CPU compute buffer size =   300.00 MiB
"""
ready = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """The endpoints that are used."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/health":
            self._send(200 if ready.is_set() else 503, b'{"status":"ok"}')
        elif self.path == "/" and "OLLAMA_HOST" in os.environ:
            self._send(200, b"Ollama is running")
        else:
            self._send(404, b"{}")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sys.stderr.write(f"request: {json.dumps(body)}\n")
        if MODE == "refuses":
            error = {
                "error": {"code": 400, "message": "request (9 tokens) exceeds the available context size (4 tokens)"}
            }
            self._send(400, json.dumps(error).encode())
        elif MODE == "runner-killed":
            said = "llama runner process has terminated: signal: killed"
            self._send(500, json.dumps({"error": {"message": said}}).encode())
        elif body.get("stream"):
            self._stream()
        else:
            answer = {"choices": [{"message": {"content": "".join(WORDS)}, "finish_reason": "stop"}], **_numbers()}
            self._send(200, json.dumps(answer).encode())
        if MODE == "dies":
            sys.stderr.write("CUDA error: out of memory\n")
            sys.stderr.flush()
            os._exit(1)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for place, word in enumerate(WORDS):
            self._event({"choices": [{"delta": {"content": word}}]})
            time.sleep(0.005)
            if place and MODE == "dies-midway":
                os._exit(1)
            if place and MODE == "stops":
                self.close_connection = True
                return
        self._event({"choices": [{"delta": {}, "finish_reason": "stop"}], **_numbers()})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _event(self, content: dict[str, object]) -> None:
        self.wfile.write(b"data: " + json.dumps(content).encode() + b"\n\n")
        self.wfile.flush()

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        del format, args


def _numbers() -> dict[str, object]:
    timings = {"prompt_n": 20, "prompt_per_second": 400.0, "predicted_n": 5, "predicted_per_second": 25.0}
    return {"usage": {"prompt_tokens": 20, "completion_tokens": 5}, "timings": timings}


def option(name: str, default: str) -> str:
    """What follows a flag on the command line."""
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


def main() -> None:
    """Do as the mode says."""
    if "--version" in sys.argv:
        print("version: 0.6.0-dev (build 11434, commit unknown)")  # noqa: T201
        return
    if MODE.startswith("lines:"):
        sys.stderr.write(Path(MODE.partition(":")[2]).read_text(encoding="utf-8"))
        sys.exit(1)
    if MODE == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    host, _, port = os.environ.get("OLLAMA_HOST", "127.0.0.1:8080").rpartition(":")
    server = ThreadingHTTPServer((option("--host", host), int(option("--port", port))), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if MODE in {"children", "orphan"}:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        sys.stderr.write(f"child {child.pid}\n")
    if MODE == "orphan":
        sys.exit(1)
    if MODE.startswith("signal:"):
        sys.stderr.write(LOADED)
        sys.stderr.flush()
        os.kill(os.getpid(), getattr(signal, MODE.partition(":")[2]))
    if MODE == "slow":
        time.sleep(0.5)
    sys.stderr.write(LOADED)
    sys.stderr.flush()
    if MODE != "silent":
        ready.set()
    while True:
        time.sleep(0.05)


if __name__ == "__main__":
    main()
