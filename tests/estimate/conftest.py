"""The program in this process, and model files that are headers with nothing behind them."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from estimate_program import HEADERS, MACHINE, Answer, Ask, Whole, whole_bytes

from llmadvise.catalog import load
from llmadvise.cli.app import run


@pytest.fixture(scope="session")
def compiled() -> bytes:
    """The built-in catalog, read from its YAML files once."""
    return load.built_in()


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hardware file, so that no answer depends on where the tests run."""
    file = tmp_path_factory.mktemp("machine") / "machine.json"
    file.write_text(json.dumps(MACHINE), encoding="utf-8")
    return file


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, compiled: bytes, machine: Path) -> Ask:
    """`estimate` on that machine."""
    monkeypatch.setattr(load, "built_in", lambda: compiled)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "HF_HUB_OFFLINE", "HF_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)

    def asked(*arguments: str | Path) -> Answer:
        capsys.readouterr()
        code = run(["estimate", *map(str, arguments), "--hardware", str(machine)])
        return Answer(code, *capsys.readouterr())

    return asked


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    """A published model's file: its real header, and a hole where the weights are."""

    def made(name: str) -> Path:
        path = tmp_path / f"{name}.gguf"
        path.write_bytes(gzip.decompress((HEADERS / f"{name}.gguf.gz").read_bytes()))
        os.truncate(path, whole_bytes(name))
        return path

    return made
