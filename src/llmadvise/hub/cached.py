"""What the Hub's cache on this machine has of a repository: the list that the Hub would give, as far as files are there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from llmadvise.hub.hashes import is_sha1, is_sha256
from llmadvise.hub.listing import Listing
from llmadvise.hub.reference import HubReference

_LONGEST_REF: Final = 100


def cached_listing(folder: Path, reference: HubReference) -> Listing | None:
    """The files of the commit that the reference means; None where the cache knows no such commit.

    The hashes are those that the blobs are named by; what they are worth is found out by hashing.
    """
    repository = repository_folder(folder, reference.repo)
    commit = _commit(repository, reference.revision)
    if commit is None:
        return None
    snapshot = repository / "snapshots" / commit
    sizes, large, small = dict[str, int](), dict[str, str](), dict[str, str]()
    try:
        for path in sorted(snapshot.rglob("*")):
            if not path.is_file():
                continue
            name, blob = path.relative_to(snapshot).as_posix(), path.resolve().name
            sizes[name] = path.stat().st_size
            if is_sha256(blob):
                large[name] = blob
            elif is_sha1(blob):
                small[name] = blob
    except OSError:
        return None
    name = repository.name.removeprefix("models--").replace("--", "/", 1)
    listing = Listing(revision=commit, sizes=sizes, sha256=large, git_sha1=small, repo=name)
    return listing if sizes else None


def repository_folder(folder: Path, repo: str) -> Path:
    """The folder of a repository, in whatever letter case it was fetched."""
    exact = folder / f"models--{repo.replace('/', '--')}"
    if exact.exists() or not folder.is_dir():
        return exact
    wanted = exact.name.lower()
    return next((path for path in sorted(folder.iterdir()) if path.name.lower() == wanted), exact)


def _commit(repository: Path, revision: str | None) -> str | None:
    if is_sha1(revision):
        return revision
    reference = repository / "refs" / (revision or "main")
    if ".." in reference.parts or repository / "refs" not in reference.parents:
        return None
    try:
        with reference.open(encoding="ascii") as file:
            text = file.read(_LONGEST_REF).strip()
    except (OSError, ValueError):
        return None
    return text if is_sha1(text) else None
