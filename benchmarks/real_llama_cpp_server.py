"""One start of a real llama-server: what its log says it allocated, what the system says it holds, what it answers."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_MIB = 1 << 20
_BUFFER = re.compile(r"(\S+)\s+(model|KV|RS|output|compute) buffer size =\s+([\d.]+) MiB")
_CONTEXT = re.compile(r"llama_context: n_ctx\s+= (\d+)")
_STARTS_WITHIN_SECONDS = 120.0
_ANSWERS_WITHIN_SECONDS = 300.0


@dataclass(slots=True)
class Run:
    """One start. Bytes; the log has two decimals of a mebibyte."""

    command: str
    buffers: dict[str, dict[str, int]] = field(default_factory=dict)
    """By kind (model, KV, RS, output, compute), then by the place's name in the log."""
    context_length: int | None = None
    healthy: bool = False
    answer: str | None = None
    """What the OpenAI-compatible endpoint answered, if it did."""
    private_bytes: int = 0
    """Anonymous memory after the answer."""
    mapped_bytes: int = 0
    """Pages of files after the answer."""
    log: str = ""

    def total(self, kind: str) -> int:
        """All places together."""
        return sum(self.buffers.get(kind, {}).values())


def run_server(program: Path, file: Path, options: Sequence[str], *, prompt: str) -> Run:
    """Start, ask for health and one completion, read the system's figures, and stop."""
    port = _free_port()
    command = [str(program), "-m", str(file), *options, "--host", "127.0.0.1", "--port", str(port)]
    shown = f"llama-server -m {file.name} {' '.join(options)} --host 127.0.0.1 --port {port}"
    result = Run(command=shown)
    log = file.with_suffix(".log")
    # -lv 4: the sizes of the buffers are in the log at this level only.
    with _process([*command, "-lv", "4"], log) as process:
        result.healthy = _healthy(process, port)
        if result.healthy:
            result.answer = _complete(port, prompt)
            result.private_bytes, result.mapped_bytes = _resident(process.pid)
    result.log = log.read_text(errors="replace")
    _read_log(result)
    return result


@contextmanager
def _process(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Threads that spin while another program has a core would take minutes for a token.
            env=os.environ | {"OMP_WAIT_POLICY": "passive"},
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    assert isinstance(number, int)
    return number


def _healthy(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if _ask(port, "GET", "/health", None)[0] == http.client.OK:
                return True
        except OSError:
            pass
        time.sleep(0.2)
    return False


def _complete(port: int, prompt: str) -> str | None:
    """The text of one chat completion of four tokens."""
    body = {"messages": [{"role": "user", "content": prompt}], "max_tokens": 4, "temperature": 0}
    try:
        status, answer = _ask(port, "POST", "/v1/chat/completions", json.dumps(body))
    except OSError:
        return None
    return str(json.loads(answer)["choices"][0]["message"]["content"]) if status == http.client.OK else None


def _ask(port: int, method: str, path: str, body: str | None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWERS_WITHIN_SECONDS)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _resident(pid: int) -> tuple[int, int]:
    """Resident anonymous and file-backed bytes (Linux)."""
    text = Path(f"/proc/{pid}/status").read_text()
    found = dict(re.findall(r"(RssAnon|RssFile):\s+(\d+) kB", text))
    return int(found.get("RssAnon", 0)) * 1024, int(found.get("RssFile", 0)) * 1024


def _read_log(result: Run) -> None:
    """Sums by kind and place (a model with windows has two caches)."""
    buffers: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for place, kind, size in _BUFFER.findall(result.log):
        buffers[kind][place] += round(float(size) * _MIB)
    result.buffers = {kind: dict(places) for kind, places in buffers.items()}
    lengths = _CONTEXT.findall(result.log)
    result.context_length = int(lengths[-1]) if lengths else None
