"""The few parts of Markdown that results are written with; outside text has no power to format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from llmadvise.domain.requirements import Requirements
from llmadvise.render.documents.hardware import HardwareDocument
from llmadvise.render.footing import machine, request_words
from llmadvise.render.sanitize import clean

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#~"})


def escaped(text: str) -> str:
    """Outside text without the power to format."""
    return clean(text).translate(_SPECIAL)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of cells that are Markdown already."""
    return [
        f"| {' | '.join(header)} |",
        f"|{' --- |' * len(header)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def items(texts: Iterable[str]) -> list[str]:
    """A list of texts that are Markdown already."""
    return [f"- {text}" for text in texts]


def fenced(command: str) -> list[str]:
    """A command as it is, between fences that it cannot close."""
    text, fence = clean(command), "```"
    while fence in text:
        fence += "`"
    return [f"{fence}sh", text, fence]


def code(text: str) -> str:
    """A code span, in which nothing formats and no name calls anybody; fit for a table too."""
    if not text:
        return ""
    told = clean(text).replace("|", "\\|")
    fence = "`"
    while fence in told:
        fence += "`"
    pad = " " if told.startswith("`") or told.endswith("`") else ""
    return f"{fence}{pad}{told}{pad}{fence}"


def footing(hardware: HardwareDocument, requirements: Requirements) -> list[str]:
    """The machine and the request that an answer is for."""
    return [f"For {escaped(request_words(requirements))}. On {escaped(machine(hardware))}.", ""]


def stamp(version: str, as_of: str) -> str:
    """The last line: which program and which facts it comes from."""
    return f"llmadvise {escaped(version)}, catalog of {escaped(as_of)}"
