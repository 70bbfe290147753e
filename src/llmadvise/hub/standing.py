"""What the Hub says of a repository today, as far as a catalog repeats it: gate, license, parents, files."""

from __future__ import annotations

from typing import Final

from llmadvise.domain.repository import Repository
from llmadvise.hub.connection import Connection
from llmadvise.hub.description import read_description
from llmadvise.hub.reference import HubReference
from llmadvise.hub.tree import list_files

_PROPERTIES: Final = ("baseModels", "cardData", "gated", "sha", "tags")
_LONGEST_WAIT: Final = 300.0
"""Seconds that a refresh waits where the Hub asks to: nobody sits before it."""


def read_standing(connection: Connection, repo: str, *, with_files: bool) -> Repository:
    """The repository without its config and weights. Raises UsageError where it is gone."""
    reference = HubReference(repo=repo)
    told = read_description(connection, reference, _PROPERTIES, longest=_LONGEST_WAIT)
    return Repository(
        repo=repo,
        revision=told.revision,
        files=list_files(connection, reference, told.revision, longest=_LONGEST_WAIT) if with_files else (),
        card=told.card,
        tags=told.tags,
        gated=told.gated,
        declared_bases=told.declared_bases,
    )
