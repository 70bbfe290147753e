"""Texts held against files that were looked at once. To accept a change: LLMADVISE_UPDATE=1 pytest tests/render."""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def matches(name: str, text: str) -> None:
    """Hold a text against its golden file, or write that file where the environment says so."""
    path = GOLDEN / name
    if os.environ.get("LLMADVISE_UPDATE"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
