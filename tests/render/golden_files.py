"""Texts held against files that were looked at once. To accept a change: LLMADVISE_UPDATE=1 pytest tests/render."""

from __future__ import annotations

import os
from pathlib import Path

from llmadvise.render.formats import Format

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {Format.TEXT: "txt", Format.MARKDOWN: "md", Format.JUNIT: "xml", Format.CYCLONEDX: "cdx"}
"""Where the name of a file does not end as the format is called."""


def ending(form: Format) -> str:
    """How the golden files of a format end."""
    return ENDINGS.get(form, form.value)


def matches(name: str, text: str) -> None:
    """Hold a text against its golden file, or write that file where the environment says so."""
    path = GOLDEN / name
    if os.environ.get("LLMADVISE_UPDATE"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
