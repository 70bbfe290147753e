"""From a reference to the files that it means: chosen in the list of a commit, each with what proves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmadvise.domain.pull import Wanted, WantedFile
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.hub.choose import choose
from llmadvise.hub.code_files import is_pickle, runs_code
from llmadvise.hub.entity_tag import read_entity_tag
from llmadvise.hub.file_names import check_names
from llmadvise.hub.hashes import is_sha1, is_sha256
from llmadvise.hub.patience import patiently
from llmadvise.hub.reference import HubReference
from llmadvise.hub.shards import projector_beside, shards_of
from llmadvise.hub.transfer import new_digest
from llmadvise.hub.whole import whole_repository
from llmadvise.record import dataclass

if TYPE_CHECKING:
    from llmadvise.hub.connection import Connection
    from llmadvise.hub.listing import Listing

LARGEST_SMALL: Final = 64 << 20
"""Bytes of a file that is read to find out which others are wanted."""
_LONGEST_PAUSE: Final = 60
"""Seconds; nothing is seen to happen meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is wanted of a repository."""

    reference: HubReference
    names: tuple[str, ...] = ()
    """Files by name; none: what the reference says. `*.safetensors` stands for a whole repository."""
    projector: bool = True
    """Also the vision projector beside a GGUF model, where there is one."""
    projector_name: str | None = None
    """The one that was planned with; else the one that llama.cpp would take."""
    sha256: Mapping[str, str] | None = None
    """Hashes that files must have, by name."""


ReadSmall = Callable[[str], bytes | None]


def select(listing: Listing, selection: Selection, read: ReadSmall, *, is_main: bool = False) -> Wanted:
    """The files with their hashes; a hash that is not known is left empty.

    Raises UsageError where the reference means none or several, LLMAdviseError for names that are no plain paths and for
    hashes other than those that are demanded.
    """
    reference = selection.reference
    commit = _commit(listing, reference)
    names, left_out = _names(listing, selection, read)
    check_names(names)
    _check_harmless(names)
    files = tuple(_file(name, listing) for name in names)
    for file in files:
        _check_demanded(file, selection)
    # The Hub takes any letter case; the cache should have one folder of it.
    repo = listing.repo if (listing.repo or "").lower() == reference.repo.lower() else None
    return Wanted(repo=repo or reference.repo, revision=commit, files=files, left_out=left_out, is_main=is_main)


def look_up(connection: Connection, selection: Selection) -> Wanted:
    """The files as the Hub lists them now, every one with a hash to prove it by."""
    reference = selection.reference
    listing = patiently(connection, lambda: connection.files(reference), longest=_LONGEST_PAUSE)
    main = reference.revision in {None, "main"} or listing.revision == _main(connection, reference)

    def read(name: str) -> bytes | None:
        return _read_small(connection, reference, listing, name)

    wanted = select(listing, selection, read, is_main=main)
    files = tuple(_with_hash(connection, wanted, file, selection) for file in wanted.files)
    return replace(wanted, files=files)


def _check_harmless(names: tuple[str, ...]) -> None:
    """Raise UsageError for a file that can run code when it is loaded, whoever named it: a person, a catalog, an index."""
    for name in names:
        if runs_code(name):
            what = "a pickle" if is_pickle(name) else "a program"
            raise UsageError(f"{name[:80]!r} is {what}, which can run any code when loaded", "Take .safetensors.")


def _commit(listing: Listing, reference: HubReference) -> str:
    asked = reference.revision if is_sha1(reference.revision) else None
    commit = listing.revision or asked
    if commit is None or (asked is not None and commit != asked):
        raise LLMAdviseError(
            f"the Hub does not say at which commit {reference.repo} is" + (" that was asked for" if asked else ""),
            "Check HF_ENDPOINT: nothing can be pinned there.",
        )
    return commit


def _names(listing: Listing, selection: Selection, read: ReadSmall) -> tuple[tuple[str, ...], tuple[str, ...]]:
    sizes, reference, wanted = listing.sizes, selection.reference, selection.reference.wanted
    if selection.names and not any(name.startswith("*") for name in selection.names):
        listed = [name for name in selection.names if name in sizes]
        if len(listed) == len(selection.names):
            return _with_projector(tuple(listed), selection, listing), ()
        if wanted is None:
            raise UsageError(
                f"{reference.repo} has no {next(iter(set(selection.names) - set(listed)))[:100]!r}",
                f"Look for the file's name, and give it: hf:{reference.repo}:FILE.",
            )
    if wanted is not None and wanted in sizes and not wanted.lower().endswith(".gguf"):
        return (wanted,), ()
    has_models = any(name.lower().endswith(".gguf") for name in sizes)
    if wanted is not None or (has_models and not selection.names):
        return _with_projector(shards_of(choose(reference, sizes), sizes), selection, listing), ()
    return whole_repository(reference.repo, sizes, read)


def _with_projector(names: tuple[str, ...], selection: Selection, listing: Listing) -> tuple[str, ...]:
    model = next((name for name in names if name.lower().endswith(".gguf") and "mmproj" not in name.lower()), None)
    has_one = any("mmproj" in name.lower() for name in names)
    if model is None or has_one or not selection.projector:
        return names if selection.projector else tuple(name for name in names if "mmproj" not in name.lower())
    planned = selection.projector_name
    projector = planned if planned in listing.sizes else projector_beside(model, listing.sizes)
    return names if projector is None else (*names, projector)


def _file(name: str, listing: Listing) -> WantedFile:
    sha256 = listing.sha256.get(name)
    small = None if sha256 else listing.git_sha1.get(name)
    return WantedFile(name=name, bytes=listing.sizes[name], sha256=sha256, git_sha1=small)


def _check_demanded(file: WantedFile, selection: Selection) -> None:
    demanded = (selection.sha256 or {}).get(file.name)
    if demanded is not None and file.sha256 is not None and file.sha256 != demanded:
        raise LLMAdviseError(
            f"{file.name} of {selection.reference.repo} is another file now: its sha256 is {file.sha256}, not {demanded}",
            "It was replaced since that hash was written down. See what changed before you take it.",
        )


def _with_hash(connection: Connection, wanted: Wanted, file: WantedFile, selection: Selection) -> WantedFile:
    """The file with the hash that is demanded, that the list has, or that its own address tells."""
    demanded = (selection.sha256 or {}).get(file.name)
    if file.sha256 or (file.git_sha1 and demanded is None):
        return file
    if demanded is not None:
        return WantedFile(name=file.name, bytes=file.bytes, sha256=demanded)
    at_commit = HubReference(repo=wanted.repo, revision=wanted.revision)
    tag = patiently(connection, lambda: read_entity_tag(connection, at_commit, file.name))
    large, small = is_sha256(tag), is_sha1(tag)
    if not large and not small:
        raise LLMAdviseError(
            f"{connection.host} tells no hash of {file.name}, by which it could be proved",
            "Check HF_ENDPOINT: a mirror has to pass on what the Hub says of its files.",
        )
    return WantedFile(name=file.name, bytes=file.bytes, sha256=tag if large else None, git_sha1=tag if small else None)


def _main(connection: Connection, reference: HubReference) -> str | None:
    """Where the main branch is; None where the Hub does not say."""
    try:
        return connection.files(HubReference(repo=reference.repo)).revision
    except LLMAdviseError:
        return None


def _read_small(connection: Connection, reference: HubReference, listing: Listing, name: str) -> bytes | None:
    """A small file, proved. Raises LLMAdviseError where it is not the file of the list."""
    source = connection.open(reference, listing, name)
    if source is None or source.size > LARGEST_SMALL:
        return None
    data, file = source.read_at(0, source.size), _file(name, listing)
    digest = new_digest(file)
    digest.update(data)
    if file.key and digest.hexdigest() != file.key:
        raise LLMAdviseError(f"{name} of {reference.repo} is not what the Hub lists", "Check HF_ENDPOINT.")
    return data
