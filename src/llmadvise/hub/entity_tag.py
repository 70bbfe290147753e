"""The hash of a file as its own address tells it, for servers whose lists tell none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from llmadvise.hub.failures import unreachable
from llmadvise.hub.reference import HubReference

if TYPE_CHECKING:
    from llmadvise.hub.connection import Connection

_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


def read_entity_tag(connection: Connection, reference: HubReference, name: str) -> str:
    """`X-Linked-Etag`, or else `ETag`, without quotes; empty where neither is told. One request, or as many as renames.

    Raises LLMAdviseError for a refusal. A redirect to a store is not gone after: the tag is the Hub's word, not the
    store's.
    """
    from huggingface_hub import hf_hub_url  # noqa: PLC0415 - HTTP is needed by those who ask the Hub alone

    url = hf_hub_url(reference.repo, name, revision=reference.revision, endpoint=connection.endpoint)
    headers = {**connection.headers(), "Accept-Encoding": "identity"}
    for _ in range(_MOST_REDIRECTS):
        try:
            with connection.stream(url, headers, method="HEAD", follow=False) as answer:
                if answer.status_code not in _REDIRECTS:
                    connection.check(answer, reference)
                told = answer.headers
        except connection.transport_errors as error:
            raise unreachable(reference.repo, connection.host, error) from error
        linked, place = told.get("X-Linked-Etag"), urljoin(url, told.get("Location", url))
        if linked or place == url or urlsplit(place)[:2] != urlsplit(connection.endpoint)[:2]:
            return (linked or told.get("ETag", "")).removeprefix("W/").strip('"')
        url = place
    return ""
