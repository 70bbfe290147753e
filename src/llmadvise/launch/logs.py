"""Where the logs of engines go: the user's state directory, the latest few."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_KEPT: Final = 10


def new_log(runtime: str) -> Path:
    """A file for the log of an engine that starts now; older ones beyond ten are removed."""
    folder = log_folder(os.environ)
    for old in sorted(folder.glob("*.log"))[: -(_KEPT - 1)]:
        old.unlink(missing_ok=True)
    stem = re.sub(r"[^A-Za-z0-9.-]+", "-", runtime)
    return folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}-{stem}.log"


def log_folder(environment: Mapping[str, str]) -> Path:
    """`XDG_STATE_HOME`, else what the system has for logs."""
    if environment.get("XDG_STATE_HOME"):
        return Path(environment["XDG_STATE_HOME"]) / "llmadvise" / "logs"
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or ".")
    if sys.platform == "darwin":
        return home / "Library" / "Logs" / "llmadvise"
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home) / "llmadvise" / "logs"
    return home / ".local" / "state" / "llmadvise" / "logs"
