"""The way to the Hub: one session, through which every request goes, bounded in time and in what it may bring."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Final, Literal, NamedTuple, Protocol
from urllib.parse import quote

from llmadvise import __version__
from llmadvise.hub.endpoint import endpoint, is_switched_on, token, without_secrets
from llmadvise.hub.failures import failed_status, seconds_to_wait, unreachable
from llmadvise.hub.file_names import check_name
from llmadvise.hub.header_numbers import whole_number
from llmadvise.hub.listing import Listing, listing_of
from llmadvise.hub.reference import HubReference
from llmadvise.hub.remote import RemoteSource

_PATIENCE: Final = 20.0
"""Seconds without a byte after which a server counts as silent."""
_LONGEST_NUMBER: Final = 4
_SLOWEST: Final = 60.0
"""Seconds that one answer may take."""
_LONGEST_ANSWER: Final = 64 << 20
_OK: Final = 200
_NEXT: Final = r'<([^<>]{1,4000})>[^,]{0,200}\brel="?next\b'


class Answer(Protocol):
    """What is used of a streamed response."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def url(self) -> object:
        """Where it came from in the end."""

    def iter_raw(self) -> Iterator[bytes]: ...

    def iter_bytes(self) -> Iterator[bytes]: ...


class Whole(NamedTuple):
    """A whole answer."""

    data: bytes
    following: str | None
    """The address at which a list in pages goes on, as the server gives it."""


def forbids_network() -> bool:
    """Whether the environment says that the Hub may not be asked."""
    return is_switched_on("HF_HUB_OFFLINE")


def _patience() -> float:
    """Seconds without a byte after which a server counts as silent; HF_HUB_DOWNLOAD_TIMEOUT sets another number."""
    return float(whole_number(os.environ.get("HF_HUB_DOWNLOAD_TIMEOUT"), _LONGEST_NUMBER) or _PATIENCE)


class Connection:
    """One session with the Hub, under HF_ENDPOINT and HF_TOKEN."""

    def __init__(
        self, pause: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        from huggingface_hub import errors  # noqa: PLC0415 - HTTP is needed by those who ask the Hub alone

        self.pause, self.clock = pause, clock
        self.patience = _patience()
        self.endpoint = endpoint()
        self.host = without_secrets(self.endpoint)
        """What messages call it."""
        # The library's HTTP client differs between its versions; all its failures descend from this.
        self.transport_errors: tuple[type[Exception], ...] = (errors.HfHubHTTPError.__mro__[1], OSError)

    def page(self, reference: HubReference) -> str:
        """Where a person reads about the model."""
        return f"{self.host}/{reference.repo}"

    def headers(self) -> dict[str, str]:
        """What every request carries."""
        secret = token()
        return {"User-Agent": f"llmadvise/{__version__}"} | ({"Authorization": f"Bearer {secret}"} if secret else {})

    def stream(
        self, url: str, headers: Mapping[str, str], *, method: Literal["GET", "HEAD"] = "GET", follow: bool = True
    ) -> AbstractContextManager[Answer]:
        """One request whose answer is read piece by piece. The token stays behind where another host is named.

        `follow`: whether a redirect is gone after, or is the answer.
        """
        from huggingface_hub import get_session  # noqa: PLC0415 - see above

        session = get_session()
        return session.stream(method, url, headers=dict(headers), timeout=self.patience, follow_redirects=follow)

    def read(self, address: str, reference: HubReference) -> Whole:
        """The whole answer to one question about a repository, asked once.

        Raises LLMAdviseError where there is none, or it is endless or trickles; PassingError where asking again may
        help.
        """
        data, deadline = bytearray(), self.clock() + _SLOWEST
        try:
            with self.stream(address, self.headers()) as answer:
                self.check(answer, reference)
                for chunk in answer.iter_bytes():
                    data += chunk
                    if len(data) > _LONGEST_ANSWER or self.clock() > deadline:
                        raise unreachable(reference.repo, self.host, TimeoutError())
                found = re.search(_NEXT, answer.headers.get("Link", "")[:10_000])
        except self.transport_errors as error:
            raise unreachable(reference.repo, self.host, error) from error
        return Whole(bytes(data), found.group(1) if found else None)

    def check(self, answer: Answer, reference: HubReference) -> None:
        """Raise the error for an answer that is a refusal."""
        if answer.status_code == _OK:
            return
        raise failed_status(
            answer.status_code,
            answer.headers.get("X-Error-Code"),
            reference,
            self.page(reference),
            seconds_to_wait(answer.headers.get("Retry-After")),
        )

    def files(self, reference: HubReference) -> Listing:
        """All files with their sizes, of the commit that the revision means now."""
        return listing_of(self.read(f"{self.about(reference)}?blobs=true", reference).data, self.host)

    def about(self, reference: HubReference) -> str:
        """The address of the description of a repository, at the revision that is meant."""
        revision = f"/revision/{quote(reference.revision, safe='')}" if reference.revision else ""
        return f"{self.endpoint}/api/models/{reference.repo}{revision}"

    def open(self, reference: HubReference, listing: Listing, name: str) -> RemoteSource | None:
        """A file of the listing; None where it has none of that name. Raises LLMAdviseError for one that is no path."""
        from huggingface_hub import hf_hub_url  # noqa: PLC0415 - see above

        size = listing.sizes.get(name)
        if size is None:
            return None
        check_name(name)
        revision = listing.revision or reference.revision
        url = hf_hub_url(reference.repo, name, revision=revision, endpoint=self.endpoint)
        return RemoteSource(self, reference, name, url, size)
