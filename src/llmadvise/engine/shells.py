"""Steps as a line for a shell: every word quoted, so that it arrives as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from shlex import quote
from typing import Final

from llmadvise.domain.command import CommandStep

_PLAIN: Final = r"[A-Za-z0-9_./:\\+=-]+"
"""What PowerShell takes as it stands; a comma would make a list, a percent sign an alias."""
_QUOTES: Final = "['\u2018\u2019\u201a\u201b]"
"""What ends a single-quoted text in PowerShell: typographic quotes do, too."""


def posix(steps: Sequence[CommandStep]) -> str:
    """A line for sh, bash, zsh and the like."""
    return " && ".join(_posix(step) for step in steps)


def powershell(steps: Sequence[CommandStep]) -> str | None:
    """A line for PowerShell; None where its versions disagree on how to hand a word on.

    Those are words with a double quote, empty ones, and ones with a space that end in a backslash.
    """
    words = [word for step in steps for word in step.arguments]
    if any(not word or '"' in word or (" " in word and word.endswith("\\")) for word in words):
        return None
    lines = [_powershell(step) for step in steps]
    return "".join([*(f"{line}; if ($?) {{ " for line in lines[:-1]), *lines[-1:], " }" * (len(lines) - 1)])


def _posix(step: CommandStep) -> str:
    settings = (f"{name}={quote(value)}" for name, value in step.environment.items())
    return " ".join((*settings, *map(quote, step.arguments)))


def _powershell(step: CommandStep) -> str:
    settings = (f"$env:{name}={_quoted(value)}; " for name, value in step.environment.items())
    program, *words = step.arguments
    start = program if re.fullmatch(_PLAIN, program) else f"& {_quoted(program)}"
    return "".join(settings) + " ".join((start, *map(_word, words)))


def _word(word: str) -> str:
    """A word after the program; one such as `-a.b` would be cut at the point."""
    plain = re.fullmatch(_PLAIN, word) and not (word.startswith("-") and re.search("[.:]", word))
    return word if plain else _quoted(word)


def _quoted(text: str) -> str:
    doubled = re.sub(_QUOTES, lambda match: match.group() * 2, text)
    return f"'{doubled}'"
