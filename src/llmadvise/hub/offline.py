"""Wanted files without the network: as the Hub's cache on this machine knows them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from llmadvise.domain.pull import Wanted
from llmadvise.hub.cached import cached_listing, repository_folder
from llmadvise.hub.connection import Answer, Connection
from llmadvise.hub.failures import not_here
from llmadvise.hub.wanted import Selection, select


class NoConnection(Connection):
    """Refuses whatever would need the network."""

    def stream(self, url: str, headers: Mapping[str, str]) -> AbstractContextManager[Answer]:  # noqa: ARG002 - refused
        """No request."""
        raise not_here(url.partition("/resolve/")[0].removeprefix(f"{self.endpoint}/"), url.rpartition("/")[2])


def look_up_here(folder: Path, selection: Selection) -> Wanted:
    """The files of a commit that is in the cache. Raises LLMAdviseError where it is not there."""
    reference = selection.reference
    listing = cached_listing(folder, reference)
    if listing is None:
        raise not_here(reference.repo, reference.wanted or ", ".join(selection.names) or "nothing")
    snapshot = repository_folder(folder, reference.repo) / "snapshots" / str(listing.revision)
    wanted = select(listing, selection, lambda name: (snapshot / name).read_bytes())
    demanded = selection.sha256 or {}
    files = tuple(file if file.key else replace(file, sha256=demanded.get(file.name)) for file in wanted.files)
    return replace(wanted, files=files)
