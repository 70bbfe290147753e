"""The first bytes of a file: the version and byte order of a GGUF, or what the file is instead."""

from __future__ import annotations

from typing import Final

from llmadvise.gguf.cursor import Cursor

_NEWEST_VERSION: Final = 3
_CONVERT: Final = "It is older than GGUF: get a newer file of this model, or convert it with llama.cpp."
_MAKE_GGUF: Final = "Give a .gguf file; llama.cpp's convert_hf_to_gguf.py makes one from a model directory."
_DOWNLOAD: Final = "Download the file itself, such as with `hf download`."
_OTHERS: Final = (
    (b"\0\0\0\0", "empty space", "The download is incomplete: download it again."),
    (b"lmgg", "GGML", _CONVERT),
    (b"fmgg", "GGMF", _CONVERT),
    (b"tjgg", "GGJT", _CONVERT),
    (b"algg", "GGLA", _CONVERT),
    (b"vers", "a Git LFS pointer, which stands for the file", "Run `git lfs pull` to get the file itself."),
    (b"<!do", "a web page", _DOWNLOAD),
    (b"<!DO", "a web page", _DOWNLOAD),
    (b"<htm", "a web page", _DOWNLOAD),
    (b"PK\3\4", "a ZIP archive or a PyTorch checkpoint", _MAKE_GGUF),
    (b"\x1f\x8b", "compressed with gzip", "Decompress it with gunzip."),
)
"""How other files begin, what they are, and what to do."""


def read_version(cursor: Cursor) -> int:
    """The version; sets the cursor's byte order. Raises InvalidFileError if this is no GGUF file."""
    _check_magic(cursor)
    at = cursor.at
    version = cursor.unsigned(4)
    # A small number in the other byte order has its low half empty.
    if version and version & 0xFFFF == 0:
        cursor.order = "big"
        version = int.from_bytes(version.to_bytes(4, "little"), "big")
    if not 1 <= version <= _NEWEST_VERSION:
        raise cursor.error(
            f"version {version} of GGUF; this reads 1 to {_NEWEST_VERSION}",
            at=at,
            hint="Update llmadvise if the file is newer than it; else download the file again.",
        )
    return version


def _check_magic(cursor: Cursor) -> None:
    begin = cursor.take(min(4, cursor.limit))
    if begin == b"GGUF":
        return
    if not begin:
        raise cursor.error("the file is empty", at=0, hint="The download is incomplete: download it again.")
    for prefix, what, hint in _OTHERS:
        if begin.startswith(prefix):
            raise cursor.error(f"not a GGUF file, but {what}", at=0, hint=hint)
    raise cursor.error(f"not a GGUF file: it begins with {begin!r}", at=0, hint=_MAKE_GGUF)
