"""The program as tests run it: in this process where that is enough, else in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

ESCAPE = "\x1b"
PATIENCE = 60
"""Seconds after which a program that hangs is ended; no test waits that long."""


MACHINE = {
    "platform": "linux",
    "cpu": {"name": "AMD Ryzen 9 7950X", "architecture": "x86_64", "cores": 16, "features": ["avx2", "avx512f"]},
    "memory": {"total_bytes": 64 << 30},
    "gpus": [{"name": "NVIDIA GeForce RTX 4090", "vendor": "nvidia", "memory_bytes": 24 << 30}],
}
"""A hardware file, so that no answer depends on where the tests run."""
_SCRIPT = "import sys; sys.argv[0] = 'llmadvise'; from llmadvise.cli.app import main; main()"


class Answer(NamedTuple):
    """What one run left behind."""

    code: int
    out: str
    err: str


class Ask(Protocol):
    """Runs one command line in this process."""

    def __call__(self, *arguments: str | Path) -> Answer: ...


class Program:
    """The program in a process of its own, from a directory laid out as an installed wheel."""

    def __init__(self, packages: Path, home: Path) -> None:
        self._packages = packages
        self._home = home

    def environment(
        self, changes: Mapping[str, str | None] | None = None, *, front: Path | None = None
    ) -> dict[str, str]:
        """Return a small environment; None removes a variable, `front` comes before the packages on the path."""
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
        path = os.pathsep.join(str(item) for item in (front, self._packages) if item is not None)
        variables = {**kept, "HOME": str(self._home), "PYTHONPATH": path, "PYTHONUTF8": "1", **(changes or {})}
        return {name: value for name, value in variables.items() if value is not None}

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "llmadvise", *map(str, arguments)]

    def installed(self, *arguments: str | Path) -> list[str]:
        """Return the command line of the script that an installer writes: it knows itself by its own name."""
        return [sys.executable, "-c", _SCRIPT, *map(str, arguments)]

    def run(
        self,
        *arguments: str | Path,
        environment: Mapping[str, str | None] | None = None,
        front: Path | None = None,
        directory: Path | None = None,
    ) -> Answer:
        """Run it to its end with no standard input, as a script would."""
        return self.finish(self.command(*arguments), environment=environment, front=front, directory=directory)

    def finish(
        self,
        command: list[str],
        *,
        environment: Mapping[str, str | None] | None = None,
        front: Path | None = None,
        directory: Path | None = None,
    ) -> Answer:
        """Run a command line to its end."""
        done = subprocess.run(
            command,
            env=self.environment(environment, front=front),
            cwd=directory or self._home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        return Answer(done.returncode, _text(done.stdout), _text(done.stderr))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8").replace(os.linesep, "\n")
