"""A Hub on this machine, a cache, and `llmadvise pull` in a process of its own: what benchmarks/pull_faults.py works with."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "pull"))

from fetching import check_whole  # noqa: E402 - the tests' own server and check
from pull_hub import Fault, PullHub, Repo  # noqa: E402

__all__ = ["MODEL", "PART", "PATIENCE", "RATE", "ROOT", "TOTAL", "Bench", "Fault"]

MODEL = "org/model-GGUF"
PART = 1_000_000
TOTAL = 3 * PART
RATE = 4_000_000.0
"""Bytes a second: slow enough to be killed in the middle, and that sockets hold little."""
PATIENCE = 120
"""Seconds."""


class Bench:
    """A Hub, a cache and the program."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.hub, self.folder = PullHub(), folder
        self.chance = random.Random(seed)  # noqa: S311 - repeatable, no secret
        self.hub.repos[MODEL] = Repo(
            files={f"m-Q8_0-0000{n}-of-00003.gguf": b"GGUF" + self.chance.randbytes(PART - 4) for n in (1, 2, 3)}
        )
        self.hub.piece = 1 << 13
        self.hub.rate = RATE
        self.cache = folder / "hf" / "hub"

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
        environment = {
            **kept, "HF_HOME": str(self.folder / "hf"), "HF_ENDPOINT": self.hub.endpoint, "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT / "src"), "NO_PROXY": "127.0.0.1",
        }  # fmt: skip
        command = [sys.executable, "-m", "llmadvise", "pull", f"hf:{MODEL}:Q8_0", "--quiet", *more]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def end(self, program: subprocess.Popen[bytes]) -> tuple[int, str]:
        _, said = program.communicate(timeout=PATIENCE)
        return program.returncode, said.decode("utf-8", "replace")

    def whole(self, folder: Path) -> bool:
        """Everything is there, right, and nothing is left over."""
        try:
            names = check_whole(folder, self.hub, MODEL)
        except AssertionError:
            return False
        return names == set(self.hub.repos[MODEL].files) and not list(folder.rglob("*.incomplete"))

    def right(self, folder: Path) -> bool:
        """Nothing that has a name is another file."""
        try:
            check_whole(folder, self.hub, MODEL)
        except AssertionError:
            return False
        return True

    def named(self) -> set[str]:
        """Files of the model that have their names."""
        return check_whole(self.cache, self.hub, MODEL)

    def clear(self) -> None:
        shutil.rmtree(self.folder / "hf", ignore_errors=True)
        self.hub.faults, self.hub.served, self.hub.on_served = [], 0, None
        self.hub.requests.clear()
