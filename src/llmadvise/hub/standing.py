"""What the Hub says of a repository today, as far as a catalog repeats it: gate, license, parents, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmadvise.domain.repository import Repository
from llmadvise.hub.connection import Connection
from llmadvise.hub.patience import patiently
from llmadvise.hub.reference import HubReference
from llmadvise.hub.repository import list_files, parents, plain_card

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ExpandModelProperty_T

_EXPAND: Final[list[ExpandModelProperty_T]] = ["baseModels", "cardData", "gated", "sha", "tags"]
_LONGEST_WAIT: Final = 300.0
"""Seconds that a refresh waits where the Hub asks to: nobody sits before it."""


def read_standing(connection: Connection, repo: str, *, with_files: bool) -> Repository:
    """The repository without its config and weights. Raises UsageError where it is gone."""
    from huggingface_hub import HfApi  # noqa: PLC0415 - HTTP is needed by those who ask the Hub alone

    reference = HubReference(repo=repo)
    api = HfApi(endpoint=connection.endpoint, user_agent=connection.headers()["User-Agent"])
    info = patiently(
        connection,
        reference,
        lambda: api.model_info(repo, expand=_EXPAND, timeout=connection.patience),
        longest=_LONGEST_WAIT,
    )
    files = (
        patiently(
            connection, reference, lambda: list_files(api, repo, info.sha), longest=_LONGEST_WAIT, asks_again=True
        )
        if with_files
        else []
    )
    return Repository(
        repo=repo,
        revision=info.sha,
        files=tuple(files),
        card=plain_card(info.card_data),
        tags=tuple(map(str, info.tags or ())),
        gated=None if info.gated is None else bool(info.gated),
        declared_bases=parents(info.base_models),
    )
