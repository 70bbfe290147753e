"""Numbers in the words of a message."""

from __future__ import annotations

from llmadvise.units import GIB


def gib(size: float) -> str:
    """Bytes as GiB with one decimal."""
    return f"{size / GIB:.1f} GiB"


def two_digits(value: float) -> str:
    """A number with two significant digits, never as a power of ten."""
    return f"{float(f'{value:.2g}'):,.10g}"
