"""A place in a header that moves forward over a byte source, and the errors that name it."""

from __future__ import annotations

import struct
from typing import Final, Literal

from llmadvise.errors import InvalidFileError
from llmadvise.gguf.limits import MOST_HEADER_BYTES, MOST_KEPT_BYTES, MOST_KEPT_ITEMS, MOST_TEXTS
from llmadvise.gguf.source import ByteSource
from llmadvise.shown import shown

ByteOrder = Literal["little", "big"]
DAMAGED: Final = "The file is damaged or was made to mislead: download it again from its publisher."
_FIRST_CHUNK: Final = 256 << 10
_LARGEST_CHUNK: Final = 4 << 20


class Cursor:
    """Reads a header in chunks: each is twice the one before, so that a remote file takes few requests."""

    __slots__ = (
        "_chunk",
        "_source",
        "_start",
        "_window",
        "at",
        "items_left",
        "kept_left",
        "limit",
        "order",
        "texts_left",
    )

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._window = b""
        self._start = 0
        self._chunk = _FIRST_CHUNK
        self.at = 0
        """Offset of the next byte."""
        self.limit = min(source.size, MOST_HEADER_BYTES)
        self.order: ByteOrder = "little"
        self.kept_left = MOST_KEPT_BYTES
        self.items_left = MOST_KEPT_ITEMS
        self.texts_left = MOST_TEXTS

    @property
    def format_prefix(self) -> str:
        """The byte order as `struct` writes it."""
        return "<" if self.order == "little" else ">"

    def error(self, what: str, *, at: int | None = None, hint: str = DAMAGED) -> InvalidFileError:
        """The error to raise: which file, which byte, what was wrong."""
        return InvalidFileError(f"{shown(self._source.name, 200)}: byte {self.at if at is None else at}: {what}", hint)

    def keep(self, size: int, items: int = 0) -> None:
        """Count what is kept in memory. Raises InvalidFileError beyond what any model needs."""
        self.kept_left -= size
        self.items_left -= items
        if self.kept_left < 0 or self.items_left < 0:
            raise self.error(f"the header holds more than the {MOST_KEPT_BYTES >> 20} MiB of values that models have")

    def take(self, size: int) -> bytes:
        """The next `size` bytes; the caller has bounded them."""
        begin = self._place(size)
        self.at += size
        return self._window[begin : begin + size]

    def skip(self, size: int) -> None:
        """Pass over bytes without reading them."""
        self._need(size)
        self.at += size

    def unsigned(self, width: int) -> int:
        """An unsigned integer of that many bytes."""
        return int.from_bytes(self.take(width), self.order)

    def text_length(self, width: int) -> int:
        """The length of a text that follows, which the file must be able to hold."""
        length = self.unsigned(width)
        if length > self.limit - self.at:
            raise self._past_the_end(f"a text of {length} bytes", self.at - width)
        return length

    def skip_texts(self, count: int, width: int) -> None:
        """Pass over `count` texts, each behind its length of `width` bytes."""
        begin = self.at
        self.texts_left -= count
        if self.texts_left < 0:
            raise self.error(f"the header lists more than {MOST_TEXTS} texts, several times what any tokenizer has")
        if count * width > self.limit - self.at:
            raise self._past_the_end(f"a list of {count} texts", begin)
        length_of = struct.Struct(self.format_prefix + {4: "I", 8: "Q"}[width]).unpack_from
        while count:
            at = self._place(width)
            window, last = self._window, len(self._window) - width
            while count and at <= last:
                at += width + length_of(window, at)[0]
                count -= 1
            self.at = self._start + at
            if self.at > self.limit:
                raise self._past_the_end("a text", begin)

    def _place(self, size: int) -> int:
        """Where in the window the next `size` bytes begin, after reading them if need be."""
        self._need(size)
        begin = self.at - self._start
        if begin + size > len(self._window):
            self._fill(size)
            begin = 0
        return begin

    def _need(self, size: int) -> None:
        if size > self.limit - self.at:
            raise self._past_the_end(f"a field of {size} bytes", self.at)

    def _past_the_end(self, what: str, at: int) -> InvalidFileError:
        if self._source.size > self.limit:
            return self.error(f"{what} would make the header longer than {self.limit >> 20} MiB", at=at)
        return self.error(
            f"the file ends at byte {self._source.size}, inside {what}",
            at=at,
            hint="The download is incomplete or the file is damaged: download it again.",
        )

    def _fill(self, size: int) -> None:
        """Make the window begin here and hold at least `size` bytes."""
        wanted = min(max(size, self._chunk), self.limit - self.at)
        self._chunk = min(2 * self._chunk, _LARGEST_CHUNK)
        self._window = b""
        window = self._source.read_at(self.at, wanted)
        if len(window) < size:  # reading ahead may bring less
            raise self.error(
                f"only {len(window)} of {size} bytes could be read, although the file should have {self._source.size}",
                hint="The file changed while it was read, or is incomplete: try again.",
            )
        self._window, self._start = window[:wanted], self.at
