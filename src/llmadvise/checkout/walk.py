"""The files of a checkout in a fixed order: no ignored ones, no vendored ones, no link followed out of the tree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from llmadvise.checkout.git_ignore import Rule, ignored, rules_of
from llmadvise.domain.compliance import Skipped

VENDORED = frozenset(
    [
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        ".venv",
        "venv",
        "site-packages",
        "__pycache__",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        "vendor",
        "third_party",
        "bower_components",
        ".eggs",
        "dist-packages",
    ]
)
_DEEPEST = 100
_Levels = list[tuple[str, tuple[Rule, ...]]]


def walk(root: Path, skipped: list[Skipped]) -> Iterator[tuple[str, Path]]:
    """(path inside the checkout, path) of every regular file, in the order of their paths; what is left out is added to
    `skipped`, except what .gitignore names.
    """
    waiting: list[tuple[str, Path, _Levels, int]] = [("", root, [], 0)]
    while waiting:
        inside, folder, above, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            skipped.append(Skipped(file=shown(inside) or ".", reason=f"cannot be listed ({error.strerror})"))
            continue
        levels = above + _rules(inside, folder)
        folders: list[tuple[str, Path, _Levels, int]] = []
        for entry in entries:
            path = f"{inside}/{entry.name}" if inside else entry.name
            if entry.is_symlink():
                skipped.append(Skipped(file=shown(path), reason="a link; links are not followed"))
            elif entry.is_dir(follow_symlinks=False):
                if entry.name in VENDORED or ignored(path, directory=True, levels=levels):
                    continue
                if depth >= _DEEPEST:
                    skipped.append(Skipped(file=shown(path), reason=f"more than {_DEEPEST} folders deep"))
                    continue
                folders.append((path, Path(entry.path), levels, depth + 1))
            elif not entry.is_file(follow_symlinks=False):
                skipped.append(Skipped(file=shown(path), reason="no regular file"))
            elif not ignored(path, directory=False, levels=levels):
                yield path, Path(entry.path)
        waiting += reversed(folders)


def _rules(inside: str, folder: Path) -> _Levels:
    path = folder / ".gitignore"
    if path.is_symlink() or not path.is_file():
        return []
    try:
        with path.open("rb") as file:
            text = file.read(1_000_000).decode("utf-8", "replace")
    except OSError:
        return []
    return [(inside, rules_of(text))]


def is_inside(root: Path, inside: str) -> bool:
    """Whether no link is on the way: what stands outside the tree is not read."""
    path = root
    for part in inside.split("/"):
        path /= part
        if part == ".." or path.is_symlink():
            return False
    return True


def is_ignored(root: Path, inside: str) -> bool:
    """Whether a .gitignore of the tree leaves this file, or a folder above it, out."""
    parts = inside.split("/")
    levels: _Levels = []
    for depth in range(len(parts)):
        above = "/".join(parts[:depth])
        levels = levels + _rules(above, root / above if above else root)
        if ignored("/".join(parts[: depth + 1]), directory=depth + 1 < len(parts), levels=levels):
            return True
    return False


def shown(path: str) -> str:
    """A path that is safe to print and to encode: control characters and broken encodings escaped."""
    if path.isprintable():
        return path
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in path
    )
