"""The way to the Hub through its own library: endpoint, token, the list of a repository's files, and ranges of one."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeGuard
from urllib.parse import quote

from llmadvise import __version__
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.hub.failures import failed_status, seconds_to_wait, unreachable
from llmadvise.hub.reference import HubReference
from llmadvise.hub.remote import RemoteSource

_PUBLIC: Final = "https://huggingface.co"
_PATIENCE: Final = 20.0
"""Seconds without a byte after which a server counts as silent."""
_LONGEST_NUMBER: Final = 4
_SLOWEST: Final = 60.0
"""Seconds that a list may take."""
_LONGEST_LIST: Final = 64 << 20
_LARGEST_FILE: Final = 1 << 50
_COMMIT_LENGTH: Final = 40
_SHA256_LENGTH: Final = 64
_OK: Final = 200
_TRUE: Final = frozenset({"1", "ON", "YES", "TRUE"})


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files of one commit of a repository."""

    revision: str | None
    """The commit, 40 hex digits."""
    sizes: Mapping[str, int]
    """Bytes by path."""
    sha256: Mapping[str, str] = field(default_factory=dict)
    """By path, of the large files, which the Hub keeps by their hash."""
    git_sha1: Mapping[str, str] = field(default_factory=dict)
    """By path, of the small files: Git's hash of the blob."""
    repo: str | None = None
    """The repository as the Hub spells it."""


def forbids_network() -> bool:
    """Whether the environment says that the Hub may not be asked."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in _TRUE


def _patience() -> float:
    """Seconds without a byte after which a server counts as silent; HF_HUB_DOWNLOAD_TIMEOUT sets another number."""
    told = os.environ.get("HF_HUB_DOWNLOAD_TIMEOUT", "")
    return float(told) if told.isdecimal() and 0 < len(told) <= _LONGEST_NUMBER and int(told) > 0 else _PATIENCE


class Connection:
    """One session with the Hub, under HF_ENDPOINT and HF_TOKEN."""

    def __init__(
        self, pause: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        from huggingface_hub import errors  # noqa: PLC0415 - HTTP is needed by those who ask the Hub alone

        self.pause, self.clock = pause, clock
        self.patience = _patience()
        self.endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or _PUBLIC
        if not self.endpoint.startswith(("https://", "http://")):
            raise UsageError(f"HF_ENDPOINT {self.endpoint[:80]!r} is not an address", "It begins with https://.")
        # The library's HTTP client differs between its versions; all its failures descend from this.
        self.transport_errors: tuple[type[Exception], ...] = (errors.HfHubHTTPError.__mro__[1], OSError)

    def page(self, reference: HubReference) -> str:
        """Where a person reads about the model."""
        return f"{self.endpoint}/{reference.repo}"

    def headers(self) -> dict[str, str]:
        """What every request carries; the token is that of HF_TOKEN or of `hf auth login`."""
        from huggingface_hub import get_token  # noqa: PLC0415 - see above

        token = get_token()
        return {"User-Agent": f"llmadvise/{__version__}"} | ({"Authorization": f"Bearer {token}"} if token else {})

    def stream(self, url: str, headers: Mapping[str, str]) -> AbstractContextManager[Answer]:
        """One request whose answer is read piece by piece. The token stays behind where another host is named."""
        from huggingface_hub import get_session  # noqa: PLC0415 - see above

        return get_session().stream("GET", url, headers=dict(headers), timeout=self.patience, follow_redirects=True)

    def files(self, reference: HubReference) -> Listing:
        """All files with their sizes, of the commit that the revision means now."""
        revision = f"/revision/{quote(reference.revision, safe='')}" if reference.revision else ""
        address = f"{self.endpoint}/api/models/{reference.repo}{revision}?blobs=true"
        try:
            with self.stream(address, self.headers()) as answer:
                if answer.status_code != _OK:
                    raise failed_status(
                        answer.status_code,
                        answer.headers.get("X-Error-Code"),
                        reference,
                        self.page(reference),
                        seconds_to_wait(answer.headers.get("Retry-After")),
                    )
                return _listing(self._whole(answer, reference), self.endpoint)
        except self.transport_errors as error:
            raise unreachable(reference.repo, self.endpoint, error) from error

    def _whole(self, answer: Answer, reference: HubReference) -> bytes:
        """The whole answer, unless it is endless or trickles."""
        data, deadline = bytearray(), self.clock() + _SLOWEST
        for chunk in answer.iter_bytes():
            data += chunk
            if len(data) > _LONGEST_LIST or self.clock() > deadline:
                raise unreachable(reference.repo, self.endpoint, TimeoutError())
        return bytes(data)

    def open(self, reference: HubReference, listing: Listing, name: str) -> RemoteSource | None:
        """A file of the listing; None where it has none of that name."""
        from huggingface_hub import hf_hub_url  # noqa: PLC0415 - see above

        size = listing.sizes.get(name)
        if size is None:
            return None
        revision = listing.revision or reference.revision
        url = hf_hub_url(reference.repo, name, revision=revision, endpoint=self.endpoint)
        return RemoteSource(self, reference, name, url, size)


def _listing(data: bytes, endpoint: str) -> Listing:
    """The list of files in the Hub's answer. Raises LLMAdviseError for anything else."""
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        answer = None
    siblings = answer.get("siblings") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(siblings, list):
        raise LLMAdviseError(f"{endpoint[:100]} answered something that is no list of files", "Check HF_ENDPOINT.")
    sizes, large, small = dict[str, int](), dict[str, str](), dict[str, str]()
    for item in siblings:
        name, size = (item.get("rfilename"), item.get("size")) if isinstance(item, dict) else (None, None)
        if not (isinstance(name, str) and isinstance(size, int) and 0 <= size <= _LARGEST_FILE):
            continue
        sizes[name] = size
        stored, blob = item.get("lfs"), item.get("blobId")
        if isinstance(stored, dict):
            digest = stored.get("sha256")
            if _is_hash(digest, _SHA256_LENGTH):
                large[name] = digest
        elif _is_hash(blob, _COMMIT_LENGTH):
            small[name] = blob
    commit, name = answer.get("sha"), answer.get("id")
    return Listing(
        revision=commit if _is_hash(commit, _COMMIT_LENGTH) else None,
        sizes=sizes,
        sha256=large,
        git_sha1=small,
        repo=name if isinstance(name, str) else None,
    )


def _is_hash(value: object, length: int) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) == length and all(letter in "0123456789abcdef" for letter in value)
