"""Names of files as a server gives them, refused unless they are plain relative paths on every system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from unicodedata import normalize

from llmadvise.errors import LLMAdviseError
from llmadvise.shown import shown

_FORBIDDEN: Final = frozenset('\\:*?"<>|')
"""Separators, drives, streams and patterns of Windows."""
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"}
    | {f"{name}{digit}" for name in ("com", "lpt") for digit in "0123456789¹²³"}
)
"""Devices on Windows, whatever follows the first dot."""
_LONGEST_PART: Final = 255
"""Bytes, on every file system in use."""
_LONGEST: Final = 700
_SHOWN: Final = 100


def check_name(name: str) -> None:
    """Raise LLMAdviseError unless the name can be a path below a folder, and means the same on every system."""
    problem = _problem(name)
    if problem is not None:
        raise LLMAdviseError(
            f"the repository names a file '{shown(name, _SHOWN)}', {problem}: nothing was fetched",
            "Do not use this repository; tell the Hub about it.",
        )


def check_names(names: Iterable[str]) -> None:
    """Check each name, and that no two are the same file where letter case or the way of writing é does not count."""
    seen: dict[str, str] = {}
    for name in names:
        check_name(name)
        other = seen.setdefault(normalize("NFC", normalize("NFC", name).casefold()), name)
        if other != name:
            raise LLMAdviseError(
                f"the repository has {other!r} and {name!r}, which are one file on some systems: nothing was fetched",
                "Ask for one of its files by name: hf:org/repo:FILE.",
            )


def _problem(name: str) -> str | None:
    if not name or len(name) > _LONGEST:
        return "which is no length for a name"
    if not name.isprintable():
        return "with characters that cannot be seen"
    if name.startswith(("/", "~")):
        return "which leads out of the folder"
    return next((problem for part in name.split("/") if (problem := _part_problem(part))), None)


def _part_problem(part: str) -> str | None:
    if part in {"", ".", ".."}:
        return "which leads out of the folder"
    if _FORBIDDEN & set(part):
        return "with a character that Windows takes for something else"
    if part.endswith((".", " ")) or part.startswith(" "):
        return "which Windows cannot tell from another"
    if part.partition(".")[0].rstrip(" ").casefold() in _RESERVED:
        return "which is a device on Windows"
    if len(part.encode("utf-8", "surrogatepass")) > _LONGEST_PART:
        return "which is too long for a file system"
    return None
