"""Brings the bytes of one file to the disk: from where an earlier run stopped, through cuts and refusals, and proved.

The file grows at its end alone, so that its length always says what is there; whatever kills the program, the next run
reads it, hashes it and goes on. No byte is trusted: the hash is of all bytes, those of earlier runs too.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol
from urllib.parse import urlsplit

from llmadvise.domain.pull import Progress, WantedFile
from llmadvise.errors import LLMAdviseError
from llmadvise.hub.failures import failed_status, is_passing, seconds_to_wait, store_refused, unreachable
from llmadvise.hub.header_numbers import whole_number
from llmadvise.hub.reference import HubReference

if TYPE_CHECKING:
    from llmadvise.hub.connection import Answer, Connection

_CHUNK: Final = 1 << 20
_LARGE: Final = 1 << 30
"""Bytes that take seconds to hash."""
_LARGEST_RANGE: Final = 4 << 30
"""Bytes of one request: stores refuse larger answers, of 50 GB and of 400 GB (huggingface_hub 3868, 4330)."""
_OK: Final = 200
_PARTIAL: Final = 206
_NOT_SATISFIABLE: Final = 416
_SPOILT: Final = frozenset({400, 401, 403, 404, 410})
"""From the store: its address has expired or was spoilt on the way; the Hub gives a new one."""
_ATTEMPTS: Final = 6
"""In a row without a single byte."""
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 300
"""Seconds; a server that asks for more gets no second request: the user is told instead."""


class WrongHashError(LLMAdviseError):
    """All bytes are there, and they are not the file."""


class Digest(Protocol):
    """What is used of a hash."""

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


def new_digest(file: WantedFile) -> Digest:
    """The hash that proves the file: sha256, or Git's of a blob."""
    if file.sha256 is not None:
        return hashlib.sha256()
    return hashlib.sha1(b"blob %d\0" % file.bytes, usedforsecurity=False)


def digest_of(path: Path, file: WantedFile, progress: Progress | None = None) -> str:
    """The hash of a file on the disk."""
    digest = new_digest(file)
    with path.open("rb") as stream:
        while data := stream.read(_CHUNK):
            digest.update(data)
            if progress is not None:
                progress.advance(len(data))
    return digest.hexdigest()


class Transfer:
    """One file on its way into one partial file."""

    def __init__(
        self,
        connection: Connection,
        reference: HubReference,
        file: WantedFile,
        progress: Progress,
        elsewhere: Path | None = None,
    ) -> None:
        from huggingface_hub import hf_hub_url  # noqa: PLC0415 - HTTP is needed by those who ask the Hub alone

        self._connection, self._reference, self._file = connection, reference, file
        self._url = hf_hub_url(reference.repo, file.name, revision=reference.revision, endpoint=connection.endpoint)
        self._progress = progress
        self._elsewhere = elsewhere
        self._digest = new_digest(file)
        self._length = 0
        self.transferred = 0

    def fill(self, partial: Path) -> None:
        """Make the partial file whole and proved. Raises LLMAdviseError, and leaves what has come for the next run.

        Raises WrongHashError, and removes it, where all of it has come and is not the file.
        """
        try:
            partial.parent.mkdir(parents=True, exist_ok=True)
            with _open(partial) as stream:
                if not self._read_back(stream):
                    self._start_over(stream)
                if self._elsewhere is not None:
                    self._copy(self._elsewhere, stream)
                self._fetch(stream)
                os.fsync(stream.fileno())
                if not _same(partial, stream) or os.fstat(stream.fileno()).st_size != self._file.bytes:
                    raise LLMAdviseError(f"{partial} was changed by another program", "Run the same command again.")
        except _DiskError as error:
            raise disk_failure(error.cause, partial, self._file.bytes - self._length) from error
        except OSError as error:
            raise disk_failure(error, partial, self._file.bytes - self._length) from error
        found = self._digest.hexdigest()
        if found != self._file.key:
            partial.unlink(missing_ok=True)
            self._progress.advance(-self._length)
            raise WrongHashError(
                f"{self._file.name}: what came is not the file (its hash is {found}, not {self._file.key})",
                "Nothing of it was kept. Try again; if it happens again, HF_ENDPOINT or a proxy alters files.",
            )

    def _read_back(self, stream: BinaryIO) -> bool:
        """Hash what an earlier run left. False where that is more than the file has."""
        there = os.fstat(stream.fileno()).st_size
        if there > self._file.bytes:
            return False
        if there >= _LARGE:
            self._progress.say(f"Reading back what is there of {self._file.name}.")
        while data := stream.read(_CHUNK):
            self._digest.update(data)
            self._length += len(data)
        return True

    def _start_over(self, stream: BinaryIO) -> None:
        stream.seek(0)
        stream.truncate()
        self._digest, self._length = new_digest(self._file), 0

    def _copy(self, source: Path, stream: BinaryIO) -> None:
        """Take from the same file in another place of this machine what is still missing."""
        with source.open("rb") as given:
            given.seek(self._length)
            while data := given.read(_CHUNK):
                self._append(stream, data[: self._file.bytes - self._length])

    def _fetch(self, stream: BinaryIO) -> None:
        failures, failure = 0, None
        while self._length < self._file.bytes:
            before = self._length
            failure = self._attempt(stream)
            failures = failures + 1 if self._length == before else 0
            if failures >= _ATTEMPTS:
                raise failure or unreachable(self._reference.repo, self._connection.host, EOFError())
            if failure is not None:
                self._connection.pause(_FIRST_PAUSE * (1 << failures))

    def _attempt(self, stream: BinaryIO) -> LLMAdviseError | None:
        """One request for what is still missing; a failure that may pass is returned, any other is raised."""
        connection, begin = self._connection, self._length
        last = min(begin + _LARGEST_RANGE, self._file.bytes) - 1
        headers = {**connection.headers(), "Range": f"bytes={begin}-{last}", "Accept-Encoding": "identity"}
        try:
            with connection.stream(self._url, headers) as answer:
                if is_passing(answer.status_code):
                    return self._passing(answer.status_code, answer.headers)
                if answer.status_code in _SPOILT and self._is_store(answer):
                    return store_refused(answer.status_code)
                self._check(answer.status_code, answer.headers)
                # A server that knows no ranges begins at the beginning: what is there already is read past.
                self._take(answer, stream, past=begin if answer.status_code == _OK else 0)
        except connection.transport_errors as error:
            return unreachable(self._reference.repo, connection.host, error)
        return None

    def _take(self, answer: Answer, stream: BinaryIO, *, past: int) -> None:
        for chunk in answer.iter_raw():
            data = chunk[past:]
            past = max(0, past - len(chunk))
            data = data[: self._file.bytes - self._length]
            self._append(stream, data)
            self.transferred += len(data)
            if self._length >= self._file.bytes:
                return

    def _append(self, stream: BinaryIO, data: bytes) -> None:
        if data:
            _write(stream, data)
            self._digest.update(data)
            self._length += len(data)
            self._progress.advance(len(data))

    def _is_store(self, answer: Answer) -> bool:
        """Whether another host answered, to which the Hub redirected with a signed address; a Hub names its errors."""
        return (
            not answer.headers.get("X-Error-Code")
            and urlsplit(str(answer.url)).netloc != urlsplit(self._connection.endpoint).netloc
        )

    def _passing(self, status: int, headers: Mapping[str, str]) -> LLMAdviseError:
        """The failure, after the pause that the server asks for; raised where that is too long."""
        wait = seconds_to_wait(headers.get("Retry-After"))
        page = self._connection.page(self._reference)
        failure = failed_status(status, None, self._reference, page, wait)
        if wait is not None and wait > _LONGEST_PAUSE:
            raise failure
        if wait:
            self._progress.say(f"The Hub asks to wait {wait} seconds ({status}).")
            self._connection.pause(wait)
        return failure

    def _check(self, status: int, headers: Mapping[str, str]) -> None:
        """Refuse an answer that is not the bytes that were asked for."""
        if status not in {_OK, _PARTIAL, _NOT_SATISFIABLE}:
            page = self._connection.page(self._reference)
            raise failed_status(status, headers.get("X-Error-Code"), self._reference, page)
        begin, size = _answered(status, headers)
        if headers.get("Content-Encoding", "identity").lower() not in {"", "identity"} or (
            status == _PARTIAL and begin not in {None, self._length}
        ):
            raise LLMAdviseError(
                f"{self._connection.host} sends another part of {self._file.name} than was asked for",
                "Set HF_ENDPOINT to a server that serves files as they are.",
            )
        if status == _NOT_SATISFIABLE or size not in {None, self._file.bytes}:
            raise LLMAdviseError(
                f"{self._file.name} is {'shorter' if size is None else f'{size:,} bytes'} where it is stored, and "
                f"{self._file.bytes:,} bytes in the repository's list",
                "Try again later; until then the file cannot be proved.",
            )


def _answered(status: int, headers: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Where the answer begins and how long the whole file is, as far as the headers say."""
    if status == _OK:
        return 0, whole_number(headers.get("Content-Length"))
    unit, _, rest = headers.get("Content-Range", "").partition(" ")
    span, _, size = rest.partition("/")
    begin = span.partition("-")[0]
    if unit.lower() != "bytes":
        return None, None
    return whole_number(begin), whole_number(size)


class _DiskError(Exception):
    """A failure to write, which is no failure of the network."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _write(stream: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[stream.write(view) :]
    except OSError as error:
        raise _DiskError(error) from error


def _open(partial: Path) -> BinaryIO:
    """Open for reading and growing, keeping what is there, without a buffer that a kill would lose."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    stream = open(os.open(partial, flags, 0o666), "r+b", buffering=0)  # noqa: PTH123, SIM115 - os.open's flags
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise LLMAdviseError(f"{partial} is no regular file: reading it might never end", "Remove it.")
    return stream


def _same(path: Path, stream: BinaryIO) -> bool:
    """Whether the name still means the file that is open."""
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False


def disk_failure(error: OSError, path: Path, missing: int) -> LLMAdviseError:
    """What the system says of writing, in words, with what to do."""
    kept = "What has come is kept: run the same command again to go on."
    if error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}:
        return LLMAdviseError(
            f"there is no room left at {path.parent}: {missing:,} bytes are still to come",
            f"Make room, or give --directory a folder on another disk. {kept}",
        )
    if error.errno == errno.EFBIG:
        return LLMAdviseError(
            f"the file system at {path.parent} takes no file of that size",
            "Give --directory a folder on another file system (FAT ends at 4 GiB).",
        )
    return LLMAdviseError(f"{error.filename or path}: {error.strerror or error}", f"Mend that. {kept}")
