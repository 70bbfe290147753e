"""The program in this process with a fake engine on PATH, and model files that are headers with holes behind them."""

from __future__ import annotations

import gzip
import os
import shlex
import struct
import sys
from pathlib import Path
from typing import NamedTuple, Protocol

TESTS = Path(__file__).resolve().parents[1]
HEADERS = TESTS / "data" / "gguf_headers"
FAKE = TESTS / "launch" / "fake_engine.py"
MODEL = "qwen2-0.5b.Q8_0"
MODEL_BYTES = 531_000_000
"""More than its tensors end at."""


class Answer(NamedTuple):
    """What one run left behind."""

    code: int
    out: str
    err: str


class Ask(Protocol):
    """Runs one command line in this process, with the engine in a mode."""

    def __call__(self, *arguments: str | Path, mode: str = "ok") -> Answer: ...


def put_engine(folder: Path, name: str = "llama-server") -> Path:
    """A program of that name that is the fake engine."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(FAKE))} "$@"\n', encoding="utf-8"
    )
    program.chmod(0o755)
    return program


def put_model(path: Path, header: str = MODEL, size: int = MODEL_BYTES) -> Path:
    """A published model's header, and a hole where the weights are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.decompress((HEADERS / f"{header}.gguf.gz").read_bytes()))
    os.truncate(path, size)
    return path


def of_architecture(path: Path, name: bytes) -> Path:
    """The same file with its architecture renamed, in every key too; the new name has as many letters."""
    raw = path.read_bytes()[: 1 << 24]
    old = _architecture(raw)
    assert len(old) == len(name)
    with path.open("r+b") as file:
        file.write(raw.replace(struct.pack("<Q", len(old)) + old, struct.pack("<Q", len(name)) + name).replace(
            old + b".", name + b"."
        ))  # fmt: skip
    return path


def _architecture(raw: bytes) -> bytes:
    key = b"general.architecture"
    start = raw.index(key) + len(key) + 4
    length = int(struct.unpack_from("<Q", raw, start)[0])
    return raw[start + 8 : start + 8 + length]
