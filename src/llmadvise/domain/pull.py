"""What a download is made of: the files wanted, what became of each, and who is told while it goes on."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFile:
    """One file of one commit, with what proves that it is that file."""

    name: str
    """Path inside the repository, checked to be safe as a path on any system."""
    bytes: int
    sha256: str | None = None
    """Of files that the Hub keeps by it: all large ones."""
    git_sha1: str | None = None
    """Git's blob hash, of the small files that lie in the repository itself."""

    @property
    def key(self) -> str:
        """The hash that the file is verified by, which is also its name in the Hub's cache."""
        return self.sha256 or self.git_sha1 or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be on the machine: some files of one commit of one repository."""

    repo: str
    revision: str
    """Commit, 40 hex digits."""
    files: tuple[WantedFile, ...]
    left_out: tuple[str, ...] = ()
    """Files of the repository that a loader might look for and that are not fetched, such as pickles."""
    is_main: bool = False
    """Whether the main branch is at this commit now."""


class FileState(StrEnum):
    """What became of a file."""

    DOWNLOADED = "downloaded"
    RESUMED = "resumed"
    """Downloaded, beginning where an earlier run stopped."""
    PRESENT = "present"
    """It was there before, and is that file."""
    MISSING = "missing"
    """Only looked at: it would be downloaded."""
    PARTIAL = "partial"
    """Only looked at: a part of it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """One file as it is on the machine, or will be."""

    name: str
    path: str
    bytes: int
    sha256: str | None
    git_sha1: str | None
    state: FileState
    transferred: int
    """Bytes that came over the network in this run."""
    missing: int = 0
    """Bytes still to come; more than 0 only where nothing was fetched."""


class Progress(Protocol):
    """Who looks on while files come."""

    def begin(self, total: int, present: int) -> None:
        """So many bytes are wanted, and so many of them are there."""

    def file(self, name: str) -> None:
        """Begin the next file."""

    def advance(self, count: int) -> None:
        """So many bytes more; fewer where a part turned out to be worth nothing."""

    def say(self, text: str) -> None:
        """Something to know while waiting."""

    def end(self) -> None:
        """Nothing more comes."""


class Unwatched:
    """Nobody looks on."""

    def begin(self, total: int, present: int) -> None:
        pass

    def file(self, name: str) -> None:
        pass

    def advance(self, count: int) -> None:
        pass

    def say(self, text: str) -> None:
        pass

    def end(self) -> None:
        pass
