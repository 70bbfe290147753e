"""How much room text takes in a terminal, and text cut to a room."""

from __future__ import annotations

from rich.cells import cell_len


def cells(text: str) -> int:
    """Count the terminal cells that clean text takes: wide characters take two, combining ones none."""
    return len(text) if text.isascii() else cell_len(text)


def shorten(text: str, width: int, *, unicode: bool = True) -> str:
    """Cut clean text to at most `width` cells, with an ellipsis where something is missing.

    A wide character is never halved, and combining characters stay with the one they belong to.
    """
    if cells(text) <= width:
        return text
    ellipsis = "…" if unicode else "..."
    room = width - cells(ellipsis)
    if room < 0:
        return ellipsis[:width]
    taken = 0
    for position, character in enumerate(text):
        taken += cells(character)
        if taken > room:
            return text[:position] + ellipsis
    return text
