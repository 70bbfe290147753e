"""Writes a file in one step: it is whole, old or new, whenever the program is stopped."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkstemp


def replace_file(target: Path, content: bytes) -> None:
    """Put the content in place of the file, or make the file, with the rights of any new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(dir=target.parent, prefix=".llmadvise-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
