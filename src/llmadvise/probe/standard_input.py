"""Standard input as a place that machines are read from."""

from __future__ import annotations

import sys
from typing import BinaryIO, Final, TextIO

from llmadvise.errors import UsageError

STANDARD_INPUT: Final = "-"
"""What is written in the place of a file's name."""


def standard_input(hint: str) -> BinaryIO:
    """Its bytes. Raises UsageError where it is closed."""
    # Python leaves a stream None whose descriptor is closed (`<&-`), whatever its type says.
    stream: TextIO | None = sys.stdin
    if stream is None:
        raise UsageError("standard input is closed", hint)
    return stream.buffer
