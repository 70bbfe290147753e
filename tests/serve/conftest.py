"""A machine with one engine, the fake one, and a folder of models."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from serve_program import Answer, Ask, put_engine, put_model

from llmadvise.catalog import load
from llmadvise.cli.app import run

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]  # the fake engine is a POSIX script


@pytest.fixture(scope="session")
def compiled() -> bytes:
    """The built-in catalog, read from its YAML files once."""
    return load.built_in()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bytes) -> Path:
    """A home of its own: nothing of this machine's models, runtimes or logs is seen."""
    monkeypatch.setattr(load, "built_in", lambda: compiled)
    for name in ("NO_COLOR", "FORCE_COLOR", "HF_HUB_CACHE", "HF_HOME", "HUGGINGFACE_HUB_CACHE", "OLLAMA_MODELS",
                 "LLAMA_CACHE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "LLMADVISE_HOME"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    put_engine(tmp_path / "bin")
    return tmp_path


@pytest.fixture
def model(home: Path) -> Path:
    """A file of half a billion parameters."""
    return put_model(home / "models" / "small.gguf")


@pytest.fixture
def ask(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The program in this process."""

    def asked(*arguments: str | Path, mode: str = "ok") -> Answer:
        monkeypatch.setenv("FAKE_ENGINE", mode)
        capsys.readouterr()
        code = run([*map(str, arguments)])
        return Answer(code, *capsys.readouterr())

    return asked
