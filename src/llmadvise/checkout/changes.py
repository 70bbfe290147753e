"""Which lines of a checkout changed since a revision, as git says."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.record import dataclass

_PATIENCE: Final = 120
_HUNK: Final = rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@"
_QUIET: Final = ("-c", "core.fsmonitor=false", "-c", "core.quotepath=false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Added and changed lines by file."""

    revision: str
    """The commit compared with: the merge base, where there is one."""
    lines: Mapping[str, tuple[tuple[int, int], ...]]
    """First and last line of each changed stretch."""
    whole: frozenset[str]
    """Files that git does not know yet, or that are binary."""

    def touches(self, file: str, line: int, *, anywhere: bool = False) -> bool:
        """Whether this line of the file is new; with `anywhere`, or any line of it."""
        if file in self.whole:
            return True
        stretches = self.lines.get(file, ())
        if anywhere or line == 0:
            return file in self.lines
        return any(first <= line <= last for first, last in stretches)


def changes_since(root: Path, revision: str) -> Changes:
    """What changed in the working tree since it left the line of `revision`.

    Raises UsageError where `root` is no git checkout or the revision is unknown.
    """
    commit = _commit(root, revision)
    arguments = ("diff", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
    names = [name for name in _git(root, *arguments, "--name-only", "-z", commit, "--").split(b"\0") if name]
    patch = _git(root, *arguments, "--unified=0", commit, "--")
    lines, binary = _stretches(names, patch)
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--").split(b"\0")
    whole = frozenset(_path(name) for name in (*untracked, *binary) if name)
    return Changes(revision=commit, lines=lines, whole=whole)


def _commit(root: Path, revision: str) -> str:
    try:
        found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except LLMAdviseError as error:
        raise UsageError(
            f"--diff: git knows no commit {revision[:80]!r} here",
            "In CI, fetch the branch to compare with first (`fetch-depth: 0`).",
        ) from error
    commit = found.decode("ascii", "replace").strip()
    try:
        return _git(root, "merge-base", commit, "HEAD").decode("ascii", "replace").strip() or commit
    except LLMAdviseError:
        return commit


def _stretches(names: list[bytes], patch: bytes) -> tuple[dict[str, tuple[tuple[int, int], ...]], list[bytes]]:
    """The hunks of each file: git lists names and patches in the same order, and no line of content begins unmarked."""
    found: dict[str, tuple[tuple[int, int], ...]] = {}
    binary: list[bytes] = []
    parts = re.split(rb"^diff --git .*$", patch, flags=re.MULTILINE)[1:]
    if len(parts) != len(names):
        return {}, names
    for name, part in zip(names, parts, strict=True):
        hunks = [(int(first), int(count or 1)) for first, count in re.findall(rb"^" + _HUNK, part, re.MULTILINE)]
        found[_path(name)] = tuple((first, first + count - 1) for first, count in hunks if count)
        if not hunks:
            binary.append(name)
    return found, binary


def _path(name: bytes) -> str:
    return os.fsdecode(name)


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", *_QUIET, *arguments], cwd=root, capture_output=True, timeout=_PATIENCE, check=False,
            stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        )  # fmt: skip
    except OSError as error:
        raise LLMAdviseError("git cannot be run", "Install git, or leave --diff out.") from error
    except subprocess.TimeoutExpired as error:
        raise LLMAdviseError(f"git took longer than {_PATIENCE} seconds", "Leave --diff out.") from error
    if done.returncode:
        raise LLMAdviseError("git failed", "Run it in a git checkout.")
    return done.stdout
