"""Puts a GGUF file into Ollama's own store, by `ollama create` from a Modelfile of `FROM` lines."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from llmadvise.errors import LLMAdviseError

_INSTALL: Final = "Install Ollama (https://ollama.com/download) and start it, or leave --to ollama out."
_SHOWN: Final = 300
_LONGEST: Final = 80
"""Of each part of a name (ollama types/model/name.go)."""


def find_ollama() -> str:
    """The program. Raises LLMAdviseError where it is not installed."""
    program = shutil.which("ollama")
    if program is None:
        raise LLMAdviseError("Ollama is not installed here, or not on the PATH", _INSTALL)
    return program


def ollama_name(model: str, label: str) -> str:
    """`model:label` in the letters that Ollama's names are made of."""
    return f"{_part(model.rpartition('/')[2])}:{_part(label or 'latest')}"


def modelfile(paths: Sequence[Path]) -> str:
    """One `FROM` line a file: the model, then its projector. Raises LLMAdviseError for a path that a line cannot hold."""
    for path in paths:
        if not str(path).isprintable() or str(path).startswith('"'):
            raise LLMAdviseError(f"{str(path)!r} cannot be written into a Modelfile", "Set HF_HOME to a plainer path.")
    return "".join(f"FROM {path}\n" for path in paths)


def create(program: str, name: str, paths: Sequence[Path]) -> None:
    """Have Ollama take the files. It copies them, and starts nothing. Raises LLMAdviseError with what it says."""
    with TemporaryDirectory(prefix="llmadvise-") as folder:
        file = Path(folder) / "Modelfile"
        file.write_text(modelfile(paths), encoding="utf-8")
        try:
            done = subprocess.run(
                [program, "create", name, "-f", str(file)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                check=False,
            )
        except OSError as error:
            raise LLMAdviseError(f"{program}: {error.strerror or error}", _INSTALL) from error
    if done.returncode:
        raise LLMAdviseError(
            f"`ollama create {name}` failed: {_last_line(done.stderr)}",
            "Is its server running (`ollama serve`)? The files are in the Hub's cache, whole.",
        )


def _part(text: str) -> str:
    """Letters, digits, `.`, `_` and `-`, beginning with a letter or digit."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("._-")
    return plain[:_LONGEST] or "model"


def _last_line(raw: bytes) -> str:
    """What it said last, fit for a message: without the escapes that its spinner is made of."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", raw.decode("utf-8", "replace"))
    lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
    last = lines[-1][-_SHOWN:] if lines else "it said nothing"
    return "".join(letter if letter.isprintable() else "?" for letter in last)
