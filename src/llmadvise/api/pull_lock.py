"""What `llmadvise.lock` of the current folder demands of a download: the commit and the hashes that were written down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from llmadvise.api.pull_choice import Chosen
from llmadvise.domain.lock import LockedModel
from llmadvise.domain.pull import Wanted
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.hub.wanted import Selection
from llmadvise.record import dataclass

_WRITE: Final = "Write it with `llmadvise lock`, or leave --locked out."


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A selection as the lock narrows it."""

    selection: Selection
    entry: LockedModel | None
    """Null: the lock does not name this repository."""


def under_lock(chosen: Chosen, folder: Path, *, demanded: bool) -> Pinned:
    """The selection with the commit and the hashes of the lock.

    `demanded`: nothing may be fetched that the lock does not pin. Raises LLMAdviseError where it does not, UsageError
    where another commit is asked for, InvalidFileError for a broken lock.
    """
    from llmadvise.checkout.root import LOCK_NAME  # noqa: PLC0415 - reads YAML

    path, selection = folder / LOCK_NAME, chosen.selection
    if not path.exists():
        if demanded:
            raise LLMAdviseError(f"there is no {LOCK_NAME} in this folder", _WRITE)
        return Pinned(selection=selection, entry=None)
    from llmadvise.checkout.lock import read_lock  # noqa: PLC0415 - pydantic, only where there is a lock

    repo = selection.reference.repo.lower()
    entry = next((item for item in read_lock(path).models if (item.repo or "").lower() == repo), None)
    if entry is None:
        if demanded:
            raise LLMAdviseError(f"{LOCK_NAME} does not pin {selection.reference.repo}", _WRITE)
        return Pinned(selection=selection, entry=None)
    return Pinned(selection=_narrowed(chosen, entry), entry=entry)


def check_pinned(wanted: Wanted, entry: LockedModel | None) -> None:
    """Raise LLMAdviseError for a large file that the lock pins neither by hash nor by commit."""
    if entry is None or entry.revision is not None:
        return
    known = {file.name for file in entry.files if file.sha256}
    loose = [file.name for file in wanted.files if file.sha256 and file.name not in known]
    if loose:
        raise LLMAdviseError(f"llmadvise.lock has neither a commit nor a hash for {loose[0]} of {wanted.repo}", _WRITE)


def _narrowed(chosen: Chosen, entry: LockedModel) -> Selection:
    """The lock goes before the catalog; a revision on the command line may not contradict it."""
    selection, reference = chosen.selection, chosen.selection.reference
    asked = reference.revision if chosen.variant is None else None
    if entry.revision and asked not in {None, entry.revision}:
        raise UsageError(
            f"llmadvise.lock pins {reference.repo} to {entry.revision}, not to {str(asked)[:80]!r}",
            "Leave the revision out, or lock anew.",
        )
    known = {file.name: file.sha256 for file in entry.files if file.sha256}
    return replace(
        selection,
        reference=replace(reference, revision=entry.revision or reference.revision),
        sha256=known if entry.revision else {**(selection.sha256 or {}), **known},
    )
