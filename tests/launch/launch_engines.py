"""Where the fake engine is, and how tests start it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from llmadvise.launch.process import Running

FAKE = Path(__file__).with_name("fake_engine.py")
HOST = "127.0.0.1"
HEALTH = ("/health",)


class Start(Protocol):
    """Starts the fake engine in a mode; returns it and its address."""

    def __call__(self, mode: str = "ok") -> tuple[Running, str]: ...
