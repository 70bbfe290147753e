"""Brings wanted files to a place: sees what is there, whether there is room, and fetches the rest one by one.

Nothing that is there is ever written over: it is that file, or the user is told. A file gets its name when all its bytes
are on the disk and proved. One process writes a file at a time; the others wait, and find it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from llmadvise.domain.pull import FileState, LocalFile, Progress, Wanted, WantedFile
from llmadvise.errors import LLMAdviseError
from llmadvise.hub.connection import Connection
from llmadvise.hub.places import Place
from llmadvise.hub.reference import HubReference
from llmadvise.hub.transfer import Transfer, WrongHashError, digest_of, disk_failure
from llmadvise.record import dataclass

_SHORT: Final = 0.2
"""Seconds after which a wait for another process is told."""
_LARGE: Final = 1 << 30


def nowhere(_: WantedFile) -> Path | None:
    """The bytes lie nowhere else."""
    return None


def survey(wanted: Wanted, place: Place) -> tuple[LocalFile, ...]:
    """What is there of each file; sizes are looked at, contents are not.

    Raises LLMAdviseError for a file of that name and another size, which is never written over.
    """
    return tuple(_seen(file, place) for file in wanted.files)


def _seen(file: WantedFile, place: Place) -> LocalFile:
    content = place.content(file)
    if content.exists():
        _check_size(content, file)
        return _local(file, place, FileState.PRESENT)
    partial = place.partial(file)
    begun = partial.stat().st_size if partial.is_file() else 0
    begun = begun if begun <= file.bytes else 0  # more than the file has is not of the file
    state = FileState.PARTIAL if begun else FileState.MISSING
    return _local(file, place, state, missing=file.bytes - begun)


def free_bytes(folder: Path) -> int:
    """Room on the file system that the folder is or would be on."""
    for existing in (folder, *folder.parents):
        if existing.exists():
            return shutil.disk_usage(existing).free
    return 0


def check_room(files: tuple[LocalFile, ...], place: Place) -> None:
    """Raise LLMAdviseError where what is missing is more than there is room for."""
    missing, free = sum(file.missing for file in files), free_bytes(place.root)
    if missing > free:
        raise LLMAdviseError(
            f"there is no room at {place.root}: {missing:,} bytes are to come, and {free:,} are free",
            f"Free {missing - free:,} bytes, take a smaller quantization, or give --directory a folder elsewhere.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is fetched, from where to where, and who looks on."""

    connection: Connection
    wanted: Wanted
    place: Place
    progress: Progress
    elsewhere: Callable[[WantedFile], Path | None] = nowhere
    """Where the same bytes lie on this machine, if they do."""


def fetch(errand: Errand) -> tuple[LocalFile, ...]:
    """All files, proved and under their names. Raises LLMAdviseError; what has come is kept, and the next run goes on."""
    seen = survey(errand.wanted, errand.place)
    check_room(seen, errand.place)
    total = sum(file.bytes for file in errand.wanted.files)
    errand.progress.begin(total, total - sum(file.missing for file in seen))
    try:
        return tuple(
            _fetched(errand, file, seen_before.missing)
            for file, seen_before in zip(errand.wanted.files, seen, strict=True)
        )
    finally:
        errand.progress.end()


def _fetched(errand: Errand, file: WantedFile, missing: int) -> LocalFile:
    place, progress = errand.place, errand.progress
    progress.file(file.name)
    # Without the lock only what nobody works on is looked at: a cache may be one that cannot be written.
    if not place.partial(file).exists() and _is_there(file, place, progress):
        progress.advance(missing)
        return _local(file, place, FileState.PRESENT)
    with _alone(place.lock(file), progress):
        if _is_there(file, place, progress):
            place.partial(file).unlink(missing_ok=True)
            progress.advance(missing)  # another process has fetched it meanwhile
            return _local(file, place, FileState.PRESENT)
        return _transferred(errand, file)


def _transferred(errand: Errand, file: WantedFile) -> LocalFile:
    place, progress, wanted = errand.place, errand.progress, errand.wanted
    reference = HubReference(repo=wanted.repo, revision=wanted.revision)
    partial, source = place.partial(file), errand.elsewhere(file)
    resumed = partial.is_file() and partial.stat().st_size > 0
    transfer = Transfer(errand.connection, reference, file, progress, source)
    try:
        transfer.fill(partial)
    except WrongHashError:
        if not resumed and source is None:
            raise
        progress.say(f"What was there of {file.name} before is worth nothing: once more from the beginning.")
        transfer = Transfer(errand.connection, reference, file, progress)
        transfer.fill(partial)
    try:
        place.publish(file)
    except OSError as error:
        raise disk_failure(error, place.path(file), 0) from error
    state = FileState.RESUMED if resumed else FileState.DOWNLOADED
    return _local(file, place, state, transferred=transfer.transferred)


def _is_there(file: WantedFile, place: Place, progress: Progress) -> bool:
    """Whether the file is there and proved. Raises LLMAdviseError where something else has its name."""
    content = place.content(file)
    if not content.exists():
        return False
    check_content(content, file, progress)
    try:
        place.point(file)
    except OSError as error:
        raise disk_failure(error, place.path(file), 0) from error
    named = place.path(file)
    if named.exists() and not named.samefile(content):
        check_content(named, file, progress)
    return True


def check_content(path: Path, file: WantedFile, progress: Progress) -> None:
    """Raise LLMAdviseError unless the bytes there are the file, as far as a hash of it is known."""
    _check_size(path, file)
    if not file.key:
        return  # only a cache without links leaves no hash, and only where the Hub was not asked
    if file.bytes >= _LARGE:
        progress.say(f"Proving {file.name}, which is there already.")
    try:
        found = digest_of(path, file)
    except OSError as error:
        raise LLMAdviseError(f"{path}: {error.strerror or error}", "Make it readable, or move it away.") from error
    if found != file.key:
        raise _another(path, f"its hash is {found}, not {file.key}")


def _check_size(path: Path, file: WantedFile) -> None:
    if not path.is_file():
        raise _another(path, "it is no file")
    size = path.stat().st_size
    if size != file.bytes:
        raise _another(path, f"it has {size:,} bytes, not {file.bytes:,}")


def _another(path: Path, why: str) -> LLMAdviseError:
    return LLMAdviseError(
        f"{path} is there and is not that file: {why}; it was left as it is",
        "Move it away, and run the same command again.",
    )


def _local(file: WantedFile, place: Place, state: FileState, *, transferred: int = 0, missing: int = 0) -> LocalFile:
    return LocalFile(
        name=file.name,
        path=str(place.path(file)),
        bytes=file.bytes,
        sha256=file.sha256,
        git_sha1=file.git_sha1,
        state=state,
        transferred=transferred,
        missing=missing,
    )


@contextmanager
def _alone(lock: Path, progress: Progress) -> Iterator[None]:
    """Hold the lock; where another process has it, say so and wait for that to end."""
    from huggingface_hub.utils._fixes import WeakFileLock  # noqa: PLC0415 - HTTP is needed by those who ask the Hub alone

    with ExitStack() as stack:
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(WeakFileLock(lock, timeout=_SHORT))
        except TimeoutError:
            progress.say(f"Another process is fetching this file; waiting for it to end. (If none is, remove {lock}.)")
            stack.enter_context(WeakFileLock(lock))
        except OSError as error:
            raise disk_failure(error, lock, 0) from error
        yield
