"""All files of one commit, listed page by page."""

from __future__ import annotations

from functools import partial
from typing import Final
from urllib.parse import quote, urlsplit

from llmadvise.domain.repository import RepositoryFile
from llmadvise.errors import LLMAdviseError
from llmadvise.hub.connection import Connection
from llmadvise.hub.failures import unreachable
from llmadvise.hub.hashes import is_sha256
from llmadvise.hub.listing import is_size, json_of
from llmadvise.hub.patience import patiently
from llmadvise.hub.reference import HubReference

_MOST_ROWS: Final = 50_000
"""Files and folders; no repository of one model has so many."""
_SLOWEST: Final = 300.0
"""Seconds for all pages together, beside waits that the Hub asks for."""


def list_files(
    connection: Connection, reference: HubReference, revision: str | None, *, longest: float = 5.0
) -> tuple[RepositoryFile, ...]:
    """All files, by path. Raises LLMAdviseError where they are not told, or too many to be a model.

    `longest`: seconds that the Hub may ask to wait.
    """
    start = f"{connection.endpoint}/api/models/{reference.repo}/tree/{quote(revision or 'main', safe='')}"
    query, deadline = "recursive=true&expand=false", connection.clock() + _SLOWEST
    found, rows = dict[str, RepositoryFile](), 0
    while query:
        page = patiently(connection, partial(connection.read, f"{start}?{query}", reference), longest=longest)
        listed = json_of(page.data)
        if not isinstance(listed, list):
            raise LLMAdviseError(f"{connection.host} answered something that is no list of files", "Check HF_ENDPOINT.")
        rows += len(listed)
        if rows > _MOST_ROWS:
            raise LLMAdviseError(
                f"{reference.repo} has more than {_MOST_ROWS} files", "It is not a repository of one model."
            )
        found.update((file.path, file) for item in listed if (file := _file(item)) is not None)
        # Of the next address only what it asks is taken: the token goes to no other place, and a mirror is not left.
        query = urlsplit(page.following).query if page.following and listed else ""
        if query and connection.clock() > deadline:
            raise unreachable(reference.repo, connection.host, TimeoutError())
    return tuple(found[path] for path in sorted(found))


def _file(item: object) -> RepositoryFile | None:
    """A file in the list; None for a folder, and for what is none."""
    if not isinstance(item, dict) or item.get("type", "file") != "file":
        return None
    path, size, stored = item.get("path"), item.get("size"), item.get("lfs")
    if not isinstance(path, str) or not is_size(size):
        return None
    digest = stored.get("oid") if isinstance(stored, dict) else None
    return RepositoryFile(path=path, bytes=size, sha256=digest if is_sha256(digest) else None)
