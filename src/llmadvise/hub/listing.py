"""The files of one commit of a repository, as the Hub's description lists them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeGuard

from llmadvise.errors import LLMAdviseError
from llmadvise.hub.hashes import is_sha1, is_sha256

_LARGEST_FILE: Final = 1 << 50
"""Bytes; a petabyte is no file of a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files of one commit of a repository."""

    revision: str | None
    """The commit, 40 hex digits."""
    sizes: Mapping[str, int]
    """Bytes by path. Paths are as the server gives them: `file_names.check_name` says whether one can be used."""
    sha256: Mapping[str, str] = field(default_factory=dict)
    """By path, of the large files, which the Hub keeps by their hash."""
    git_sha1: Mapping[str, str] = field(default_factory=dict)
    """By path, of the small files: Git's hash of the blob."""
    repo: str | None = None
    """The repository as the Hub spells it."""


def json_of(data: bytes) -> object:
    """What the bytes say; None where they are no JSON."""
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value


def is_size(value: object) -> TypeGuard[int]:
    """Whether this can be the length of a file."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_FILE


def listing_of(data: bytes, endpoint: str) -> Listing:
    """The list of files in the Hub's answer. Raises LLMAdviseError for anything else; `endpoint` is for the message."""
    answer = json_of(data)
    siblings = answer.get("siblings") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(siblings, list):
        raise LLMAdviseError(f"{endpoint} answered something that is no list of files", "Check HF_ENDPOINT.")
    sizes, large, small = dict[str, int](), dict[str, str](), dict[str, str]()
    for item in siblings:
        name, size = (item.get("rfilename"), item.get("size")) if isinstance(item, dict) else (None, None)
        if not (isinstance(name, str) and is_size(size)):
            continue
        sizes[name] = size
        stored, blob = item.get("lfs"), item.get("blobId")
        if isinstance(stored, dict):
            digest = stored.get("sha256")
            if is_sha256(digest):
                large[name] = digest
        elif is_sha1(blob):
            small[name] = blob
    commit, repo = answer.get("sha"), answer.get("id")
    return Listing(
        revision=commit if is_sha1(commit) else None,
        sizes=sizes,
        sha256=large,
        git_sha1=small,
        repo=repo if isinstance(repo, str) else None,
    )
