"""Where results and messages go: results to standard output or a file, everything else to standard error."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from llmadvise.errors import LLMAdviseError

_DEFAULT_WIDTH: Final = 80
_WIDEST: Final = 100


def write(text: str, output: Path | None) -> None:
    """Print `text`, or write it to `output` in one step: the file is whole or untouched."""
    if output is None:
        sys.stdout.write(text)
        return
    handle, temporary = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).replace(output)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def show_error(error: LLMAdviseError, arguments: Sequence[str]) -> int:
    """Say what went wrong on standard error, as JSON where JSON was asked for, and return the exit code."""
    from llmadvise import __version__  # noqa: PLC0415 - the error path only
    from llmadvise.render.documents.failure import error_document  # noqa: PLC0415
    from llmadvise.render.formats import Format, render  # noqa: PLC0415

    page = page_of(sys.stderr)
    form = Format.JSON if wants_json(arguments) else Format.TEXT
    document = error_document(error, version=__version__)
    sys.stderr.write(render(document, form, width=page.width, colour=page.colour, unicode=page.unicode))
    return error.exit_code


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether the command line asks for JSON; read from the words, since parsing them may be what failed."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(
        word in {"--json", "--format=json"} or (word == "--format" and value == "json") for word, value in pairs
    )


class Page(NamedTuple):
    """How a page of text is to be set."""

    width: int
    colour: bool
    unicode: bool


def page_of(stream: TextIO, *, file: bool = False) -> Page:
    """What the stream can show; text for a file is plain and of a fixed width."""
    if file:
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
    if told.isdigit() and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_WIDTH
    except (OSError, ValueError):
        return _DEFAULT_WIDTH
