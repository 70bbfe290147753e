"""Where LM Studio keeps its models: `<folder>/<owner>/<name>/<file>`, below the folder that its settings name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from llmadvise.errors import LLMAdviseError

_LARGEST_SETTINGS: Final = 1 << 20


def models_folder(environment: Mapping[str, str], home: Path) -> Path:
    """The folder (lmstudio-ai/lms src/subcommands/importCmd.ts). Raises LLMAdviseError where LM Studio was never run."""
    for settings in _settings(environment, home):
        named = _named_in(settings)
        if named is not None:
            return named
    for folder in (home / ".lmstudio", home / ".cache" / "lm-studio"):
        if folder.is_dir():
            return folder / "models"
    raise LLMAdviseError(
        "LM Studio has no folder here: it was never run",
        "Run it once, or leave --to lm-studio out.",
    )


def _settings(environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    config = environment.get("XDG_CONFIG_HOME") or str(home / ".config")
    roaming = environment.get("APPDATA") or str(home / "AppData" / "Roaming")
    return (
        home / ".lmstudio" / "settings.json",
        Path(config) / "LM Studio" / "settings.json",
        home / "Library" / "Application Support" / "LM Studio" / "settings.json",
        Path(roaming) / "LM Studio" / "settings.json",
    )


def _named_in(settings: Path) -> Path | None:
    try:
        with settings.open("rb") as file:
            values = json.loads(file.read(_LARGEST_SETTINGS))
    except (OSError, ValueError, RecursionError):
        return None
    folder = values.get("downloadsFolder") if isinstance(values, dict) else None
    return Path(folder) if isinstance(folder, str) and folder and Path(folder).is_absolute() else None
