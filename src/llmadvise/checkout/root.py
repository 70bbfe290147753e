"""The root of a checkout: where its policy, lock and baseline live, and what file names are relative to."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from llmadvise.errors import UsageError
from llmadvise.strict_yaml.read import show_path

POLICY_NAME: Final = "llmadvise-policy.yaml"
LOCK_NAME: Final = "llmadvise.lock"
BASELINE_NAME: Final = ".llmadvise-baseline.json"


def find_root(paths: Iterable[Path]) -> tuple[Path, tuple[Path, ...]]:
    """The root, and the paths below it that were asked for, absolute.

    It is the nearest folder at or above all of them that holds a policy or a `.git`; without one, the folder itself.
    Raises UsageError for a path that does not exist.
    """
    asked = tuple(Path(os.path.abspath(path)) for path in paths)  # noqa: PTH100 - resolve() would follow links
    for path in asked:
        if not path.exists():
            raise UsageError(f"{show_path(path)} does not exist", "Give folders or files of one checkout.")
    try:
        common = Path(os.path.commonpath(asked))
    except ValueError as error:
        raise UsageError("the paths have no folder in common", "Give folders or files of one checkout.") from error
    start = common if common.is_dir() else common.parent
    for folder in (start, *start.parents):
        if (folder / POLICY_NAME).is_file() or (folder / ".git").exists():
            return folder, asked
    return start, asked
