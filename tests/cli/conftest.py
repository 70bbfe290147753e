"""The program, a machine to ask about that is the same everywhere, and the repository's own files."""

from __future__ import annotations

import compileall
import json
import shutil
from pathlib import Path

import pytest
from cli_program import MACHINE, Answer, Ask, Program

import llmadvise
from llmadvise.catalog import load
from llmadvise.cli.app import run


@pytest.fixture(scope="session")
def compiled() -> bytes:
    """The built-in catalog, read from its YAML files once."""
    return load.built_in()


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory, compiled: bytes) -> Program:
    """The program in processes of its own, which start as fast as an installed one."""
    packages = tmp_path_factory.mktemp("packages")
    sources = Path(llmadvise.__file__).parent
    shutil.copytree(sources, packages / "llmadvise", ignore=shutil.ignore_patterns("__pycache__"))
    (packages / "llmadvise" / "catalog" / load.COMPILED_NAME).write_bytes(compiled)
    compileall.compile_dir(packages, quiet=2)
    return Program(packages, tmp_path_factory.mktemp("home"))


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, compiled: bytes) -> Ask:
    """The program in this process, under plain settings."""
    monkeypatch.setattr(load, "built_in", lambda: compiled)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def asked(*arguments: str | Path) -> Answer:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return Answer(code, *capsys.readouterr())

    return asked


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hardware file, so that no answer depends on where the tests run."""
    file = tmp_path_factory.mktemp("machine") / "machine.json"
    file.write_text(json.dumps(MACHINE), encoding="utf-8")
    return file
