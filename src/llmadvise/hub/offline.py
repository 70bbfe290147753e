"""Wanted files without the network: as the Hub's cache on this machine knows them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from llmadvise.domain.pull import Wanted
from llmadvise.hub.cached import cached_listing, repository_folder
from llmadvise.hub.connection import Answer, Connection
from llmadvise.hub.failures import not_here
from llmadvise.hub.wanted import LARGEST_SMALL, Selection, select


class NoConnection(Connection):
    """Refuses whatever would need the network."""

    def stream(
        self,
        url: str,
        headers: Mapping[str, str],  # noqa: ARG002 - refused
        *,
        method: Literal["GET", "HEAD"] = "GET",  # noqa: ARG002 - refused
        follow: bool = True,  # noqa: ARG002 - refused
    ) -> AbstractContextManager[Answer]:
        """No request."""
        raise not_here(url.partition("/resolve/")[0].removeprefix(f"{self.endpoint}/"), url.rpartition("/")[2])


def look_up_here(folder: Path, selection: Selection) -> Wanted:
    """The files of a commit that is in the cache. Raises LLMAdviseError where it is not there."""
    reference = selection.reference
    listing = cached_listing(folder, reference)
    if listing is None:
        raise not_here(reference.repo, reference.wanted or ", ".join(selection.names) or "nothing")
    snapshot = repository_folder(folder, reference.repo) / "snapshots" / str(listing.revision)
    wanted = select(listing, selection, lambda name: _read_small(snapshot / name))
    demanded = selection.sha256 or {}
    files = tuple(file if file.key else replace(file, sha256=demanded.get(file.name)) for file in wanted.files)
    return replace(wanted, files=files)


def _read_small(path: Path) -> bytes | None:
    """A small file of the cache; None where it is not small, or cannot be read."""
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_SMALL + 1)
    except OSError:
        return None
    return data if len(data) <= LARGEST_SMALL else None
