"""A closer look at runtimes: versions, build backends, servers at ports; hangs and strangers at a port cost nothing."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from llmadvise.domain.hardware import Backend, InstalledRuntime, Platform
from llmadvise.domain.runtime import Detection, Runtime
from llmadvise.domain.version_question import version_question
from llmadvise.probe.installed import read_runtimes
from llmadvise.probe.ports import greet
from llmadvise.probe.record import Record
from llmadvise.probe.replay import CapturedSources
from llmadvise.probe.running import parse_version
from llmadvise.probe.sources import Answer, Sources

RUNTIMES = {
    name: Runtime(id=name, name=name, formats=(), backends=(), engine="llama.cpp", detection=detection)
    for name, detection in {
        "llama.cpp": Detection(
            binaries=("llama-server",), version_arguments=("--version",), version_pattern=r"version: (\d{3,})", port=8080,
            greeting="server: llama.cpp",
        ),
        "llamafile": Detection(binaries=("llamafile",), port=8080),
        "mlx-lm": Detection(binaries=("mlx_lm.server",), port=8080),
        "ollama": Detection(
            binaries=("ollama",), version_arguments=("--version",), version_pattern=r"version is (\S+)", port=11434,
            greeting="Ollama is running",
        ),
        "docker-model-runner": Detection(port=12434, greeting="Docker Model Runner"),
        "vllm": Detection(binaries=("vllm",), python_package="vllm", version_arguments=("--version",), port=8000),
    }.items()
}  # fmt: skip


def read(answers: Mapping[str, str], platform: Platform = Platform.LINUX) -> dict[str, InstalledRuntime]:
    kept = {name: Answer(text=text, status="read", exit=0) for name, text in answers.items()}
    found = read_runtimes(RUNTIMES, Record(door=CapturedSources(platform, kept)), thorough=True)
    return {item.id: item for item in found}


def port(number: int) -> str:
    return f"curl -s -i -m 0.1 http://127.0.0.1:{number}/"


def test_versions_backends_and_servers() -> None:
    found = read({
        "which llama-server": "/usr/local/bin/llama-server",
        "readlink /usr/local/bin/llama-server": "../opt/llama/bin/llama-server",
        "/usr/local/bin/llama-server --version": "ggml_cuda_init: found 1 CUDA devices\nversion: 10488 (0c1e5709)\n",
        "test -e /usr/local/bin/../opt/llama/bin/libggml-cuda.so": "", "test -e /usr/local/bin/../opt/llama/bin/../lib/libggml-vulkan.so": "",
        "which ollama": "/usr/bin/ollama",
        "/usr/bin/ollama --version": "Warning: could not connect\nollama version is 0.12.6\n",
        "test -e /usr/bin/../lib/ollama/rocm/libggml-hip.so": "",
        "pip show vllm": "Name: vllm\nVersion: 0.11.0\nLocation: /venv/lib\n",
        port(8080): "HTTP/1.1 200 OK\r\nServer: llama.cpp\r\n\r\n<html>", port(11434): "HTTP/1.0 200 OK\r\n\r\nOllama is running",
        port(12434): "HTTP/1.0 200 OK\r\n\r\nDocker Model Runner\n\nThe service is running.", port(8000): "HTTP/1.0 200 OK\r\n\r\n",
    })  # fmt: skip
    assert found["llama.cpp"] == InstalledRuntime(
        id="llama.cpp", version="10488", path="/usr/local/bin/llama-server", address="http://127.0.0.1:8080",
        backends=(Backend.CUDA, Backend.VULKAN, Backend.CPU),
    )  # fmt: skip
    assert (found["ollama"].version, found["ollama"].backends) == ("0.12.6", (Backend.ROCM, Backend.CPU))
    assert found["docker-model-runner"] == InstalledRuntime(id="docker-model-runner", address="http://127.0.0.1:12434")
    assert (found["vllm"].version, found["vllm"].address) == ("0.11.0", "http://127.0.0.1:8000")


@pytest.mark.parametrize("ending", ["so", "dylib"])
def test_backends_on_a_mac_are_modules_or_libraries(ending: str) -> None:
    library = f"/opt/homebrew/bin/../lib/libggml-metal.{ending}"
    found = read({"which llama-server": "/opt/homebrew/bin/llama-server", f"test -e {library}": ""}, Platform.MACOS)
    assert found["llama.cpp"].backends == (Backend.METAL, Backend.CPU)


@pytest.mark.parametrize(
    ("greeting", "installed", "expected"),
    [
        ("HTTP/1.0 200 OK\r\nServer: SimpleHTTP\r\n\r\n", (), {}),  # a stranger
        ("HTTP/1.0 404\r\n\r\n", ("llamafile",), {"llamafile": True}),
        ("HTTP/1.0 404\r\n\r\n", ("llamafile", "mlx_lm.server"), {"llamafile": False, "mlx-lm": False}),  # either
        ("HTTP/1.0 200\r\nserver: llama.cpp\r\n\r\n", ("llamafile",), {"llama.cpp": True, "llamafile": False}),
    ],
)
def test_a_port_alone_proves_nothing(greeting: str, installed: tuple[str, ...], expected: Mapping[str, bool]) -> None:
    found = read({port(8080): greeting, **{f"which {name}": f"/opt/{name}" for name in installed}})
    assert {name: item.address is not None for name, item in found.items()} == expected


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("v1.2.3\n", None, "1.2.3"), ("no number", None, None), (None, None, None), ("version: 1", r"version: (\d{3,})", None),
        ("9" * 10_000_000, r"(\d+)x", None), ("\x1b[0m 1.2", None, "1.2"),
    ],
)  # fmt: skip
def test_versions(text: str | None, pattern: str | None, expected: str | None) -> None:
    assert parse_version(text, pattern) == expected


def test_a_program_is_asked_and_never_ordered() -> None:
    """A catalog may come from anyone: what it says of a runtime must not become a command line of its own."""
    kept = {
        "which bash": "/bin/bash", "/bin/bash -c date": "1.2.3", "/bin/bash --version": "5.2.1",
        "which lms": "/bin/lms", "/bin/lms version": "0.3.4", "which reboot": "/sbin/reboot", "/sbin/reboot version": "9.9.9",
    }  # fmt: skip
    asked = {
        "bash": ("-c", "date"), "lms": ("version",), "reboot": ("version",),
    }  # fmt: skip
    runtimes = {
        name: Runtime(
            id=name, name=name, formats=(), backends=(), engine="llama.cpp",
            detection=Detection(binaries=(name,), version_arguments=arguments),
        )
        for name, arguments in asked.items()
    }  # fmt: skip
    door = CapturedSources(
        Platform.LINUX, {name: Answer(text=text, status="read", exit=0) for name, text in kept.items()}
    )
    found = {item.id: item.version for item in read_runtimes(runtimes, Record(door=door), thorough=True)}
    assert found == {"bash": None, "lms": "0.3.4", "reboot": None}
    flagged = Detection(binaries=("bash",), version_arguments=("--version",))
    assert version_question(flagged, "bash") == ("--version",)
    assert version_question(flagged, "sh") is None


@pytest.mark.parametrize(
    "pattern", [r"(a+)+$", r"(?:a|a)*b", r"(a|aa){9,}b", ".*.*.*.*.*b", r"(a*)\1b", "(", "a" * 200]
)
def test_a_pattern_that_might_search_for_ever_is_not_used(pattern: str) -> None:
    assert parse_version(f"{'a' * 3000}\nversion 1.2.3", pattern) == "1.2.3"


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_a_server_that_says_nothing_is_there(server: socket.socket) -> None:
    assert greet(server.getsockname()[1]) == Answer(text="", status="read", exit=0)


def test_a_server_that_greets(server: socket.socket) -> None:
    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(100)
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nOllama is running" + b"x" * 100_000)

    thread = threading.Thread(target=serve)
    thread.start()
    answer = greet(server.getsockname()[1])
    thread.join()
    assert "Ollama is running" in (answer.text or "")
    assert len(answer.text or "") <= 4096


def test_nobody_at_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.getsockname()[1]
    assert greet(number).status == "absent"


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands in for a program")
def test_a_program_that_hangs_has_no_version(tmp_path: Path) -> None:
    program = tmp_path / "ollama"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)

    class Here(Sources):
        def environment(self) -> Mapping[str, str]:
            return {"PATH": str(tmp_path)}

        def listen(self, port: int) -> Answer:
            return Answer(text=None, status="absent", detail=str(port))

    started = time.monotonic()
    (item,) = read_runtimes(RUNTIMES, Record(door=Here(seconds=0.4)), thorough=True)
    assert time.monotonic() - started < 30
    assert (item.id, item.version, item.path) == ("ollama", None, str(program))
