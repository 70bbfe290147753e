"""Writes a file in one step: it is whole, old or new, whenever the program is stopped."""

from __future__ import annotations

import os
from contextlib import suppress


def replace_file(target: str | os.PathLike[str], content: bytes) -> None:
    """Put the content in place of the file, with the rights it has, or make the file, with those of any new one.

    The folder has to be there. Raises OSError; then everything is as it was.
    """
    # By os: pathlib costs an answer 5 ms, and one that is kept comes by here.
    place = os.fspath(target)
    rights = _rights(place)
    # Nobody can know the name before, and a link that lies in wait under it is not followed (O_EXCL).
    name = f".llmadvise-{os.urandom(8).hex()}"
    temporary = os.path.join(os.path.dirname(place), name)  # noqa: PTH118, PTH120 - see above
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o666 if rights is None else rights)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if rights is not None:
            os.chmod(temporary, rights)  # noqa: PTH101 - see above
        os.replace(temporary, place)  # noqa: PTH105 - see above
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108 - see above
        raise


def _rights(place: str) -> int | None:
    """Who may do what with the file; None where there is none."""
    try:
        return os.stat(place).st_mode & 0o777  # noqa: PTH116 - see above
    except FileNotFoundError:
        return None
