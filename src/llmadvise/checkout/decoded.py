"""Bytes of a file as text: byte-order marks, UTF-16, invalid bytes; None for what is no text."""

from __future__ import annotations

import codecs


def decoded(data: bytes) -> tuple[str | None, str | None]:
    """The text, and what had to be given up: (None, reason) for binary, (text, reason) for broken UTF-16; what is neither
    that nor UTF-8 is read as Latin-1, which takes any byte.
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return _plain(data.decode("utf-16")), None
        except UnicodeDecodeError:
            return _plain(data.decode("utf-16", "replace")), "invalid UTF-16; read with gaps"
    if b"\0" in data:
        return None, "binary"
    try:
        return _plain(data.decode("utf-8")), None
    except UnicodeDecodeError:
        return _plain(data.decode("latin-1")), None


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", " ")
