"""Brings chosen files of the Hub to a place on this machine, or says what that would take."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from llmadvise.domain.finding import Finding
from llmadvise.domain.pull import LocalFile, Progress, Wanted, WantedFile
from llmadvise.hub.connection import Connection, forbids_network
from llmadvise.hub.fetch import Errand, fetch, free_bytes, survey
from llmadvise.hub.fetch_findings import what_to_know
from llmadvise.hub.offline import NoConnection, look_up_here
from llmadvise.hub.places import Folder, HubCache, Place, cache_folder
from llmadvise.hub.wanted import Selection, look_up
from llmadvise.record import dataclass

MakePlace = Callable[[Wanted], Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is wanted, what of it is at the place, and the way to the rest."""

    connection: Connection
    wanted: Wanted
    place: Place
    files: tuple[LocalFile, ...]
    free_bytes: int
    """Room on the file system of the place."""
    findings: tuple[Finding, ...]

    @property
    def folder(self) -> Path:
        """What engines are given: the commit's folder, or the user's own."""
        return self.place.snapshot if isinstance(self.place, HubCache) else self.place.root


def in_cache(wanted: Wanted) -> Place:
    """The Hub's cache of this machine."""
    return HubCache(cache_folder(os.environ), wanted)


def in_folder(folder: Path, *, flat: bool = False) -> MakePlace:
    """A folder of the user's."""
    return lambda _: Folder(folder.absolute(), flat=flat)


def look(selection: Selection, make_place: MakePlace, *, may_connect: bool) -> Outlook:
    """What fetching would take. Without the network, as the Hub's cache on this machine knows it.

    Raises UsageError for a selection that means no files, LLMAdviseError where they cannot be found out.
    """
    online = may_connect and not forbids_network()
    connection = Connection() if online else NoConnection()
    wanted = look_up(connection, selection) if online else look_up_here(cache_folder(os.environ), selection)
    place = make_place(wanted)
    files, free = survey(wanted, place), free_bytes(place.root)
    return Outlook(
        connection=connection,
        wanted=wanted,
        place=place,
        files=files,
        free_bytes=free,
        findings=what_to_know(wanted, place, missing=sum(file.missing for file in files), free=free),
    )


def carry(outlook: Outlook, progress: Progress) -> tuple[LocalFile, ...]:
    """All files at the place, each proved. Raises LLMAdviseError; what has come by then is kept."""
    wanted, place = outlook.wanted, outlook.place
    files = fetch(
        Errand(
            connection=outlook.connection,
            wanted=wanted,
            place=place,
            progress=progress,
            elsewhere=_in_cache_already(wanted, place),
        )
    )
    if isinstance(place, HubCache) and wanted.is_main:
        place.remember_main(wanted)
    return files


def _in_cache_already(wanted: Wanted, place: Place) -> Callable[[WantedFile], Path | None]:
    """Where the cache has the bytes that another place wants: they are copied instead of fetched."""
    cache = HubCache(cache_folder(os.environ), wanted)

    def find(file: WantedFile) -> Path | None:
        if isinstance(place, HubCache):
            return None
        path = cache.content(file)
        return path if path.is_file() and path.stat().st_size == file.bytes else None

    return find
