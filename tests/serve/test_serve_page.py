"""The page on running names every kind of failure and nothing else, and every server that is started."""

from __future__ import annotations

import re
from pathlib import Path

from llmadvise.engine.failure.kinds import FailureKind
from llmadvise.launch.servers import SERVERS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "serve.md"


def test_every_kind_has_its_row() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [kind.value for kind in FailureKind]


def test_every_server_is_named() -> None:
    text = PAGE.read_text(encoding="utf-8").lower()
    assert all(name in text for name in SERVERS)
