"""`llmadvise.pull/1`: files that were fetched and proved, or what fetching them would take."""

from __future__ import annotations

from typing import Literal

from llmadvise.domain.finding import Finding
from llmadvise.domain.pull import FileState
from llmadvise.record import dataclass

Store = Literal["hub", "directory", "ollama", "lm-studio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledFile:
    """One file on this machine."""

    name: str
    """Path inside the repository."""
    path: str
    bytes: int
    sha256: str | None
    """Null for small files, which are proved by Git's hash."""
    git_sha1: str | None
    state: FileState
    transferred_bytes: int
    """Over the network, in this run."""
    missing_bytes: int
    """More than 0 only after --dry-run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullDocument:
    """A model on this machine: its files at one commit, each proved by its hash."""

    schema: Literal["llmadvise.pull/1"]
    version: str
    """Of the program."""
    model: str | None
    """Catalog id."""
    quantization: str | None
    why: str
    """How it came to be these files."""
    repo: str
    revision: str
    """Commit."""
    endpoint: str
    store: Store
    place: str
    """The folder."""
    registered_as: str | None
    """The name under which another program's store has it."""
    files: tuple[PulledFile, ...]
    bytes: int
    """All files together."""
    transferred_bytes: int
    missing_bytes: int
    free_bytes: int
    """On the file system of the place, before."""
    dry_run: bool
    locked: bool
    """Whether llmadvise.lock pinned it."""
    findings: tuple[Finding, ...]
