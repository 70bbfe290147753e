"""Reads plain command lines of the main commands without the toolkit, whose import is a third of a quick answer.

Plain is a line whose every word is an option of the command, spelt out, with a value in order. Everything else (help,
mistakes, completion, other commands) is left to Typer; a test holds the two to the same reading.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from llmadvise.cli.option import Kind, Option

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS: Final = ("recommend",)
"""Commands that need no more than the shared options; `answers` has a function of each one's name."""


def reading(arguments: Sequence[str]) -> Callable[[], None] | None:
    """What to call for a plain command line; None for any other, and while a shell completes."""
    if any(name.startswith("_LLMADVISE") for name in os.environ):
        return None
    if list(arguments) == ["--version"]:
        return show_version
    if not arguments or arguments[0] not in COMMANDS:
        return None
    from llmadvise.cli.asked import REQUEST, SINK, request_of, sink_of  # noqa: PLC0415 - other commands do without

    given = values(arguments[1:], (*REQUEST, *SINK))
    if given is None:
        return None
    from llmadvise.cli import answers  # noqa: PLC0415

    answer = getattr(answers, arguments[0])
    return lambda: answer(request=request_of(**_part(given, REQUEST)), sink=sink_of(**_part(given, SINK)))


def show_version() -> None:
    """Print the program's version."""
    from llmadvise import __version__  # noqa: PLC0415 - one line needs it

    sys.stdout.write(f"llmadvise {__version__}\n")


def _part(given: Mapping[str, Any], options: Sequence[Option]) -> dict[str, Any]:
    return {option.parameter: given[option.parameter] for option in options}


def values(words: Sequence[str], options: Sequence[Option]) -> dict[str, Any] | None:
    """The value of every option by parameter, defaults filled in; None where the line is not plain."""
    by_flag = {flag: option for option in options for flag in option.flags}
    given: dict[str, Any] = {
        option.parameter: False if option.kind is Kind.FLAG else option.default for option in options
    }
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        option = by_flag.get(name)
        if option is None or (equals and not name.startswith("--")):
            return None
        if option.kind is Kind.FLAG:
            if equals:
                return None
            given[option.parameter] = True
            continue
        text = value if equals else _next(rest)
        read = None if text is None else _value(text, option)
        if read is None:
            return None
        given[option.parameter] = [*(given[option.parameter] or ()), read] if option.kind is Kind.TEXTS else read
    return given


def _next(words: Iterator[str]) -> str | None:
    """The next word where it is a value; what begins like an option may have been meant as one."""
    word = next(words, "-")
    return None if word.startswith("-") else word


def _value(text: str, option: Option) -> str | int | float | Path | None:
    """The text as the option takes it; None where it is not a plain number within the limits."""
    if option.kind in {Kind.TEXT, Kind.TEXTS}:
        return text
    if option.kind is Kind.PATH:
        from pathlib import Path  # noqa: PLC0415 - most lines name no file

        return Path(text)
    whole, _, part = text.partition(".")
    if not (text.isascii() and whole.isdecimal() and len(text) < 10):  # noqa: PLR2004 - no limit is longer
        return None
    if option.kind is Kind.INTEGER:
        return _within(int(whole), option) if whole == text else None
    return _within(float(text), option) if part.isdecimal() or whole == text else None


def _within(value: float, option: Option) -> float | None:
    low, high = option.least, option.most
    return None if (low is not None and value < low) or (high is not None and value > high) else value
