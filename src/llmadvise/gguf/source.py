"""Where the bytes of a file come from: a path, memory, or anything that can be read at an offset."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Protocol

from llmadvise.errors import LLMAdviseError, UsageError


class ByteSource(Protocol):
    """A file of known size that can be read at any offset, such as a remote one by range requests."""

    @property
    def name(self) -> str:
        """What messages call it: a path or an address."""
        ...

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        ...

    def read_at(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on, fewer only where the file ends."""
        ...


class BytesSource:
    """Bytes in memory: a whole file, or the beginning of one that has `size` bytes."""

    __slots__ = ("_data", "_name", "_size")

    def __init__(self, data: bytes, *, name: str = "<bytes>", size: int | None = None) -> None:
        self._data, self._name = data, name
        self._size = len(data) if size is None else size

    @property
    def name(self) -> str:
        return self._name

    @property
    def size(self) -> int:
        return self._size

    def read_at(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size]


class FileSource:
    """A regular file on a disk. Opened for each read, so nothing needs to be closed; pipes and devices are refused."""

    __slots__ = ("_path", "_size")

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        try:
            status = self._path.stat()
        except (OSError, ValueError) as error:
            raise _unreadable(self._path, error) from error
        if not stat.S_ISREG(status.st_mode):
            what = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise UsageError(f"{self._path} is {what}", "Give the path of a .gguf file.")
        self._size = status.st_size

    @property
    def name(self) -> str:
        return str(self._path)

    @property
    def size(self) -> int:
        return self._size

    def read_at(self, offset: int, size: int) -> bytes:
        try:
            # Unbuffered: a buffered file reads ahead, and the header is all that may be touched.
            with self._path.open("rb", buffering=0) as file:
                file.seek(offset)
                return _read_fully(file.read, size)
        except OSError as error:
            raise _unreadable(self._path, error) from error


def _read_fully(read: _Read, size: int) -> bytes:
    """`size` bytes, or all there are: one call may bring fewer."""
    data = read(size) or b""
    while 0 < len(data) < size:
        more = read(size - len(data))
        if not more:
            break
        data += more
    return data


class _Read(Protocol):
    """The `read` of an unbuffered file."""

    def __call__(self, size: int, /) -> bytes | None: ...


def _unreadable(path: Path, error: OSError | ValueError) -> LLMAdviseError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return UsageError(f"{path}: no such file", "Check the path.")
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return LLMAdviseError(f"{path}: {reason or error}", "Check the path, and that you may read the file.")
