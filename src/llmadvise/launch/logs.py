"""Where the logs of engines go: the user's state directory, the latest few."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from llmadvise.errors import LLMAdviseError

_KEPT: Final = 10


def new_log(runtime: str) -> Path:
    """A file for the log of an engine that starts now; older ones beyond ten are removed. Raises as `log_folder` does."""
    folder = log_folder(os.environ)
    for old in sorted(folder.glob("*.log"))[: -(_KEPT - 1)]:
        with suppress(OSError):
            # Windows does not remove the log of an engine that still runs.
            old.unlink()
    stem = re.sub(r"[^A-Za-z0-9.-]+", "-", runtime)
    return folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}-{stem}.log"


def log_folder(environment: Mapping[str, str]) -> Path:
    """Below `XDG_STATE_HOME`, else what the system has for logs. Raises LLMAdviseError for a user without a home."""
    told = Path(environment.get("XDG_STATE_HOME", ""))
    if told.is_absolute():  # a relative one is to be ignored (XDG Base Directory Specification)
        return told / "llmadvise" / "logs"
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - pathlib's raises where there is none
    if not home.is_absolute():
        raise LLMAdviseError("this user has no home directory to keep the engine's log in", "Give --log FILE.")
    if sys.platform == "darwin":
        return home / "Library" / "Logs" / "llmadvise"
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "llmadvise" / "logs"
    return home / ".local" / "state" / "llmadvise" / "logs"
