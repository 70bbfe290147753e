"""A part of a page of the documentation that a program writes, between two marks that stand in the page."""

from __future__ import annotations

from pathlib import Path


def replaced(page: str, begin: str, end: str, part: str) -> str:
    """The page with this between its marks, which stand on lines of their own. Raises ValueError where one is missing."""
    before, first, rest = page.partition(f"{begin}\n")
    _, last, after = rest.partition(end)
    if not first or not last:
        raise ValueError(f"the page lacks the marks {begin} and {end}")
    newline = "" if part.endswith("\n") else "\n"
    return f"{before}{begin}\n{part}{newline}{end}{after}"


def write_part(page: Path, begin: str, end: str, part: str) -> None:
    """Put this between the marks of the page."""
    text = replaced(page.read_text(encoding="utf-8"), begin, end, part)
    page.write_text(text, encoding="utf-8", newline="\n")
