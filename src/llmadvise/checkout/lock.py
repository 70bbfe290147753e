"""`llmadvise.lock` as it is read back, and where it no longer agrees with a checkout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from llmadvise.checkout.own_files import read_json_as
from llmadvise.domain.lock import LockDocument, LockedModel


def read_lock(path: Path) -> LockDocument:
    """The lock in this file. Raises InvalidFileError where it is missing or invalid."""
    return read_json_as(LockDocument, path, "Write it with `llmadvise lock`.")


def drift(locked: Iterable[LockedModel], found: Iterable[LockedModel]) -> dict[str, str]:
    """By model, in what the checkout differs from the lock; the catalog's version alone is no difference."""
    before: Mapping[str, LockedModel] = {item.model: item for item in locked}
    now = {item.model: item for item in found}
    differences: dict[str, str] = {}
    for model in sorted(before.keys() | now.keys()):
        if model not in before:
            differences[model] = "it is used, but not in the lock"
        elif model not in now:
            differences[model] = "it is in the lock, but no longer used"
        elif before[model] != now[model]:
            differences[model] = f"{_changed(before[model], now[model])} changed since it was locked"
    return differences


def _changed(before: LockedModel, now: LockedModel) -> str:
    pairs = {
        "the repository": (before.repo, now.repo),
        "the commit": (before.revision, now.revision),
        "the files": (before.files, now.files),
        "the declared license": (before.declared, now.declared),
        "the effective licenses": (
            tuple(item.license for item in before.effective),
            tuple(item.license for item in now.effective),
        ),
        "the terms": (before.effective, now.effective),
        "what it resolves to": (before.resolved, now.resolved),
    }
    return " and ".join(name for name, (old, new) in pairs.items() if old != new) or "something"
