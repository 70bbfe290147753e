"""Where LM Studio keeps its models: `<folder>/<owner>/<name>/<file>`, below the folder that its settings name."""

from __future__ import annotations

import os
from collections.abc import Mapping

_POINTER = ".lmstudio-home-pointer"
"""Holds the path of LM Studio's own folder (lmstudio-js 7c40eb8534 packages/lms-common-server/src/findLMStudioHome.ts)."""
_LARGEST = 1 << 20


def models_folders(environment: Mapping[str, str], home: str) -> list[str]:
    """The folders that may hold models, the one for new ones first; none where LM Studio was never run.

    Its settings name one (lmstudio-ai/lms src/subcommands/importCmd.ts); else it is `models` in its own folder.
    """
    own = _own_folders(home)
    named = [folder for path in _settings(own, environment, home) if (folder := _named_in(path)) is not None]
    usual = [os.path.join(folder, "models") for folder in own]  # noqa: PTH118
    return list(dict.fromkeys((*named, *usual)))


def _own_folders(home: str) -> list[str]:
    """Its folders that are there, the one that it would take first."""
    told = (_text(os.path.join(home, _POINTER)) or "").strip()  # noqa: PTH118
    usual = (os.path.join(home, ".cache", "lm-studio"), os.path.join(home, ".lmstudio"))  # noqa: PTH118
    pointed = (told,) if os.path.isabs(told) else ()  # noqa: PTH117
    return [folder for folder in dict.fromkeys((*pointed, *usual)) if os.path.isdir(folder)]  # noqa: PTH112


def _settings(own: list[str], environment: Mapping[str, str], home: str) -> list[str]:
    """Where versions old and new keep them, on each system."""
    folders = (
        environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"),  # noqa: PTH118
        os.path.join(home, "Library", "Application Support"),  # noqa: PTH118
        environment.get("APPDATA") or os.path.join(home, "AppData", "Roaming"),  # noqa: PTH118
    )
    places = [*own, *(os.path.join(folder, "LM Studio") for folder in folders)]  # noqa: PTH118
    return [os.path.join(place, "settings.json") for place in places]  # noqa: PTH118


def _named_in(settings: str) -> str | None:
    text = _text(settings)
    if text is None:
        return None
    import json  # noqa: PLC0415 - only where LM Studio has settings

    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    folder = values.get("downloadsFolder") if isinstance(values, dict) else None
    return folder if isinstance(folder, str) and os.path.isabs(folder) else None  # noqa: PTH117


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return file.read(_LARGEST)
    except (OSError, ValueError):
        return None
