"""Fetching as tests do it: without waiting between attempts, into the cache or a folder, and what is there afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pull_hub import PullHub

from llmadvise.domain.pull import LocalFile, Unwatched, Wanted, WantedFile
from llmadvise.hub.connection import Connection
from llmadvise.hub.fetch import Errand, fetch
from llmadvise.hub.places import Folder, HubCache, Place
from llmadvise.hub.reference import HubReference
from llmadvise.hub.wanted import Selection, look_up


class Watch(Unwatched):
    """Remembers what was told."""

    def __init__(self) -> None:
        self.total = self.done = 0
        self.said: list[str] = []

    def begin(self, total: int, present: int) -> None:
        self.total, self.done = total, present

    def advance(self, count: int) -> None:
        self.done += count

    def say(self, text: str) -> None:
        self.said.append(text)


class Fetcher:
    """Fetches from the Hub of the environment."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.watch = Watch()
        self.elsewhere: Callable[[WantedFile], Path | None] = lambda _: None

    def wanted(self, repo: str, wanted: str | None = None, revision: str | None = None, **more: object) -> Wanted:
        reference = HubReference(repo=repo, revision=revision, wanted=wanted)
        selection = Selection(reference=reference, **more)  # type: ignore[arg-type]  # keyword by keyword
        return look_up(Connection(pause=self.pauses.append), selection)

    def into(self, place: Place, wanted: Wanted) -> tuple[LocalFile, ...]:
        return fetch(
            Errand(
                connection=Connection(pause=self.pauses.append),
                wanted=wanted,
                place=place,
                progress=self.watch,
                elsewhere=self.elsewhere,
            )
        )

    def to_cache(self, cache: Path, repo: str, wanted: str | None = None) -> tuple[LocalFile, ...]:
        found = self.wanted(repo, wanted)
        return self.into(HubCache(cache, found), found)

    def to_folder(self, folder: Path, repo: str, wanted: str | None = None) -> tuple[LocalFile, ...]:
        return self.into(Folder(folder), self.wanted(repo, wanted))


def names_below(folder: Path) -> set[str]:
    """Every file under a final name: neither locks nor what is still being gathered."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".incomplete", ".lock"}
    }


def check_whole(folder: Path, hub: PullHub, repo: str) -> set[str]:
    """No file below the folder has a name of the repository and not its bytes; the names that are there."""
    files, found = hub.repos[repo].files, set[str]()
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        wanted = next((key for key in files if name == key or name.endswith(f"/{key}")), None)
        if wanted is not None and path.is_file() and path.suffix not in {".incomplete", ".lock"}:
            assert path.read_bytes() == files[wanted], f"{path} is not {wanted}"
            found.add(wanted)
        elif os.path.lexists(path) and path.parent.name == "blobs" and path.suffix != ".incomplete":
            assert path.read_bytes() in files.values(), f"{path} is no file of the repository"
    return found
