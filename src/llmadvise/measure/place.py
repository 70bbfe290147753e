"""Where measurements are kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

FILE = "measurements.jsonl"


def store_path(environment: Mapping[str, str] | None = None) -> str:
    """The file in LLMADVISE_HOME, else in the user's data directory: XDG_DATA_HOME, or the system's own place."""
    variables = os.environ if environment is None else environment
    own = variables.get("LLMADVISE_HOME")
    return os.path.join(own, FILE) if own else os.path.join(_data_folder(variables), "llmadvise", FILE)  # noqa: PTH118


def _data_folder(variables: Mapping[str, str]) -> str:
    told = variables.get("XDG_DATA_HOME", "")
    if os.path.isabs(told):  # noqa: PTH117 - a relative one is to be ignored (XDG Base Directory Specification)
        return told
    home = os.path.expanduser("~")  # noqa: PTH111 - pathlib costs the start of `recommend` 5 ms
    if sys.platform == "win32":
        return variables.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")  # noqa: PTH118
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support")  # noqa: PTH118
    return os.path.join(home, ".local", "share")  # noqa: PTH118
