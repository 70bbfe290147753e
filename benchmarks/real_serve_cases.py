"""A real llama-server under `llmadvise serve` and `run`: used, stopped, killed, starved and misled."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from real_serve_model import write_model

_CGROUP = Path("/sys/fs/cgroup/memory")
_SECONDS = 120


@dataclass(frozen=True)
class Case:
    """What was done, what had to come of it, and what came."""

    done: str
    wanted: str
    kind: str
    """Of the failure, or `ok`."""
    code: int
    said: str
    command: str = ""
    """The first plan that was named."""

    @property
    def right(self) -> bool:
        """Whether it is what had to come."""
        return self.kind == self.wanted


class Bench:
    """A folder with a program, models, and a home of its own."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.folder, self._program = folder, program
        folder.mkdir(parents=True, exist_ok=True)
        self.put_program("")
        self.model = write_model(folder / "small.gguf")

    def put_program(self, before: str) -> None:
        """What PATH finds as llama-server: the real one, after some shell commands."""
        path = self.folder / "bin" / "llama-server"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\n{before}\nexec {shlex.quote(str(self._program))} "$@"\n', encoding="utf-8")
        path.chmod(0o755)

    def environment(self) -> dict[str, str]:
        """Threads that spin while another program has a core would take minutes for a token."""
        own = {"HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state"), "OMP_WAIT_POLICY": "passive"}
        path = f"{self.folder / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"
        return {**os.environ, **own, "PATH": path, "COLUMNS": "100", "PYTHONPATH": os.pathsep.join(sys.path)}

    def run(self, *words: str | Path, before: str = "") -> tuple[int, str, str]:
        """One command line to its end."""
        argv = [sys.executable, "-m", "llmadvise", *map(str, words)]
        if before:
            argv = ["/bin/sh", "-c", f"{before}\nexec {shlex.join(argv)}"]
        done = subprocess.run(
            argv, env=self.environment(), cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=_SECONDS, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    @contextmanager
    def serving(self, *words: str | Path, before: str = "") -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
        """A server that is ready, with its document; an empty one where it failed."""
        argv = [sys.executable, "-m", "llmadvise", "serve", *map(str, words), "--json"]
        if before:
            argv = ["/bin/sh", "-c", f"{before}\nexec {shlex.join(argv)}"]
        program = subprocess.Popen(
            argv, env=self.environment(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            lines: list[str] = []
            assert program.stdout is not None
            while line := program.stdout.readline():
                lines.append(line)
                if line == "}\n":
                    break
            yield program, json.loads("".join(lines) or "{}")
        finally:
            if program.poll() is None:
                program.send_signal(signal.SIGTERM)
            program.communicate(timeout=30)


def used(bench: Bench) -> tuple[Case, dict[str, Any], str]:
    """Served, asked over its endpoint by a client of its own, measured, and stopped by SIGTERM."""
    with bench.serving(bench.model, "--context", "512") as (program, document):
        body = {"model": document["served_as"], "messages": [{"role": "user", "content": "w1 w2"}], "max_tokens": 8}
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{document['endpoint']}/chat/completions",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            tokens = json.loads(answer.read())["usage"]["completion_tokens"]
        program.send_signal(signal.SIGTERM)
        _, said = program.communicate(timeout=30)
    gone = not psutil.pid_exists(document["pid"])
    good = document["measured"]["decode"] > 0 and tokens > 0 and gone and program.returncode == 0
    what = f"{tokens} tokens over the endpoint; {document['measured']['decode']} t/s; stopped: {said.strip()}"
    return (
        Case("served, asked, stopped by SIGTERM", "ok", "ok" if good else "wrong", program.returncode, what),
        document,
        said,
    )


def asked(bench: Bench) -> Case:
    """One question, one answer, nothing left running."""
    code, out, err = bench.run("run", bench.model, "w1 w2", "--max-tokens", "8", "--context", "512")
    good = code == 0 and out.strip() and "promised" in err
    return Case("`run` with a question", "ok", "ok" if good else "wrong", code, err.strip())


def killed(bench: Bench) -> Case:
    """The engine is killed while it serves."""
    with bench.serving(bench.model, "--context", "512") as (program, document):
        os.kill(document["pid"], signal.SIGKILL)
        _, said = program.communicate(timeout=30)
    message = json.loads(said)["error"]["message"]
    kind = "killed" if "SIGKILL" in message else "wrong"
    return Case("kill -9 while it serves", "killed", kind, program.returncode, message)


def failing(bench: Bench, done: str, wanted: str, *words: str | Path, before: str = "") -> Case:
    """A start that has to fail."""
    code, out, err = bench.run("serve", *words, "--json", "--no-measure", before=before)
    document = json.loads(out or err)
    failure = document.get("failure")
    if failure is None:
        error = document.get("error", {"code": document.get("status"), "message": ""})
        return Case(done, wanted, str(error["code"]), code, str(error["message"]))
    command = failure["remedies"][0]["command"] if failure["remedies"] else ""
    plan = f" Will work: `{command}`" if command else ""
    evidence = f" ({failure['evidence']})" if failure["evidence"] else ""
    return Case(done, wanted, failure["kind"], code, f"{failure['message']}{evidence}.{plan}", command)


def mended(bench: Bench, failed: Case, before: str = "") -> Case:
    """The first plan that was named, done as it was named, where the other failed."""
    words = shlex.split(failed.command)[2:]
    with bench.serving(*words, "--no-measure", before=before) as (_, document):
        status = str(document.get("status"))
        what = f"{document.get('context_length')} tokens, ready" if status == "ready" else json.dumps(document)[:300]
    return Case(f"the plan that was named then: `{failed.command}`", "ready", status, 0, what)


def failures(bench: Bench) -> Iterator[Case]:
    """Each way to fail."""
    model, folder = bench.model, bench.folder
    unknown = write_model(folder / "unknown.gguf", architecture="nosuchnet")
    yield failing(bench, "an architecture that nobody knows", "error", unknown)
    yield failing(bench, "the same with --anyway", "unknown-architecture", unknown, "--anyway")
    missing = write_model(folder / "missing.gguf", without="blk.1.ffn_up.weight")
    yield failing(bench, "a tensor left out", "file-damaged", missing)
    cut = folder / "cut.gguf"
    cut.write_bytes(model.read_bytes()[:-4096])
    yield failing(bench, "a file cut short", "invalid-file", cut)
    yield failing(bench, "a context of 256M tokens (256 GiB)", "nothing-fits", model, "--context", "256m")
    before = "ulimit -v 4000000"
    starved = failing(
        bench, "4M tokens (4 GiB) under `ulimit -v 4000000`, --anyway", "context-too-large", model, "--context", "4m",
        "--anyway", before=before,
    )  # fmt: skip
    yield from (starved, mended(bench, starved, before))
    quantized = ("--context", "512", "--kv-type", "q8_0", "--flash-attention", "off")
    yield failing(bench, "a quantized V cache without flash attention", "error", model, *quantized)
    refused = failing(bench, "the same with --anyway", "flash-attention-needed", model, *quantized, "--anyway")
    yield from (refused, mended(bench, refused))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        yield failing(bench, "a port that another program has", "error", model, "--port", port)
    bench.put_program("sleep 1; kill -9 $$")
    yield failing(bench, "kill -9 while it loads", "killed", model)
    bench.put_program("exec /bin/sh -c 'kill -ILL $$'")
    yield failing(bench, "an illegal instruction", "illegal-instruction", model)
    bench.put_program("sleep 60")
    yield failing(bench, "nothing happens for 2 s (--wait 2)", "late", model, "--wait", "2")
    bench.put_program('set -- "$@" --no-such-option')
    yield failing(bench, "an option that the build does not know", "engine-too-old", model)
    bench.put_program("")
    group = _CGROUP / f"llmadvise-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        return
    try:
        (group / "memory.limit_in_bytes").write_text(str(700 << 20))
        yield failing(
            bench, "a control group of 700 MiB, 1.2M tokens (1.2 GiB), --anyway", "killed-for-memory", model, "--context", "1200k",
            "--anyway", before=f"echo $$ > {group}/cgroup.procs",
        )  # fmt: skip
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    for _ in range(50):
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.1)
        else:
            return


def build_of(program: Path) -> str:
    """What the program says that it is."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    match = re.search(r"build (\d+)", said) or re.search(r"version: (\d+)", said)
    return f"b{match.group(1)}" if match else "of unknown version"
