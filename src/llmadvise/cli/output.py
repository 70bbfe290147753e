"""Where results and messages go: results to standard output or a file, everything else to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TextIO

from llmadvise.errors import LLMAdviseError
from llmadvise.record import dataclass

if TYPE_CHECKING:
    from pathlib import Path

_DEFAULT_WIDTH: Final = 80
_WIDEST: Final = 100
_LONGEST_WIDTH: Final = 4
"""Digits of COLUMNS beyond which it is not believed."""


def write(text: str, output: Path | None) -> None:
    """Print `text`, or write it to `output` in one step: the file is whole or untouched."""
    if output is None:
        _print(text)
        return
    try:
        if output.exists() and not output.is_file():
            # A device or a pipe is written to: a file put in its place would remove it.
            _fill(output, text)
        else:
            from llmadvise.replace_file import replace_file  # noqa: PLC0415 - only for --output

            replace_file(os.path.realpath(output), text.encode())
    except BrokenPipeError:
        raise
    except OSError as error:
        hint = "Give --output a file in a directory that exists, may be written and has room."
        raise LLMAdviseError(f"{output}: {error.strerror or error}", hint) from error


def _print(text: str) -> None:
    # Python leaves a stream None whose descriptor is closed (`>&-`), whatever its type says.
    stream: TextIO | None = sys.stdout
    if stream is None:
        raise LLMAdviseError("standard output is closed", "Leave it open, or give --output FILE.")
    stream.write(text)


def _fill(target: Path, text: str) -> None:
    with target.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def show_error(error: LLMAdviseError, arguments: Sequence[str]) -> int:
    """Say what went wrong on standard error, as JSON where JSON was asked for, and return the exit code."""
    from llmadvise import __version__  # noqa: PLC0415 - the error path only
    from llmadvise.render.documents.failure import error_document  # noqa: PLC0415
    from llmadvise.render.formats import Format, render  # noqa: PLC0415

    stream: TextIO | None = sys.stderr
    if stream is None:
        return error.exit_code
    page = page_of(stream)
    form = Format.JSON if wants_json(arguments) else Format.TEXT
    document = error_document(error, version=__version__)
    # Where even the message cannot be written, the exit code still tells.
    with suppress(OSError):
        stream.write(render(document, form, width=page.width, colour=page.colour, unicode=page.unicode))
        stream.flush()
    return error.exit_code


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether the command line asks for JSON; read from the words, since parsing them may be what failed."""
    pairs = pairwise((*arguments, ""))
    return any(
        word == "--json" or word.lower() == "--format=json" or (word == "--format" and value.lower() == "json")
        for word, value in pairs
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How a page of text is to be set."""

    width: int
    colour: bool
    unicode: bool


def page_of(stream: TextIO | None, *, file: bool = False) -> Page:
    """What the stream can show; text for a file is plain and of a fixed width."""
    if file or stream is None:
        return Page(width=_WIDEST, colour=False, unicode=True)
    return Page(width=_width(stream), colour=_colour(stream), unicode=_unicode(stream))


def _colour(stream: TextIO) -> bool:
    """Colour on a terminal, unless NO_COLOR is set; FORCE_COLOR turns it on anywhere."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _unicode(stream: TextIO) -> bool:
    """Whether the stream can carry block characters and arrows."""
    return (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "") in {"utf8", "utf16", "cp65001"}


def _width(stream: TextIO) -> int:
    """Columns to fill: COLUMNS, else the terminal's, else 80."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and len(told) <= _LONGEST_WIDTH and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_WIDTH
    except (OSError, ValueError):
        return _DEFAULT_WIDTH
