"""Text from outside in a message: on one line, cut, and whatever cannot be seen written as an escape."""

from __future__ import annotations


def shown(text: str, longest: int = 64) -> str:
    """The first letters of it; `…` says that there are more."""
    cut = text[:longest] + ("…" if len(text) > longest else "")
    if cut.isprintable():
        return cut
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in cut
    )
