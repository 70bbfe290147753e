"""A repository of sparse files behind a Hub of our own, and `estimate` asking it."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_program import HEADERS, MACHINE, Answer, Ask
from hub_server import Hub

from llmadvise.catalog import load
from llmadvise.cli.app import run
from llmadvise.hub import remote


@pytest.fixture(scope="session")
def compiled() -> bytes:
    """The built-in catalog, read from its YAML files once."""
    return load.built_in()


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "HF_TOKEN",
        "HF_HUB_OFFLINE",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN",
        "HF_HUB_DOWNLOAD_TIMEOUT",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Two files of many gigabytes that take no room, and what else repositories have."""
    folder = tmp_path / "repository"
    folder.mkdir()
    for name, header, size in (
        ("Model-Q4_K_M.gguf", "qwen3-8b.Q4_K_M", 5_021_851_296),
        ("Model-Q8_0.gguf", "qwen3-8b.Q8_0", 8_703_585_952),
    ):
        path = folder / name
        path.write_bytes(gzip.decompress((HEADERS / f"{header}.gguf.gz").read_bytes()))
        os.truncate(path, size)
    (folder / "README.md").write_text("words")
    (folder / "mmproj-F16.gguf").write_bytes(b"GGUF")
    served = Hub(folder)
    monkeypatch.setenv("HF_ENDPOINT", served.endpoint)
    yield served
    served.close()


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, compiled: bytes, tmp_path: Path) -> Ask:
    """`estimate` on a machine that is the same everywhere, without waiting between attempts."""
    monkeypatch.setattr(load, "built_in", lambda: compiled)
    monkeypatch.setattr(remote, "_FIRST_PAUSE", 0.0)
    machine = tmp_path / "machine.json"
    machine.write_text(json.dumps(MACHINE), encoding="utf-8")

    def asked(*arguments: str) -> Answer:
        capsys.readouterr()
        code = run(["estimate", *arguments, "--hardware", str(machine)])
        return Answer(code, *capsys.readouterr())

    return asked
