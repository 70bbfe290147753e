"""An option of a command line as data: what both Typer and the reader of plain command lines are made from."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """What an option takes."""

    FLAG = auto()
    """Nothing: it is there or not."""
    SWITCH = auto()
    """Nothing: one spelling turns it on, another off, written `--this/--no-this`."""
    TEXT = auto()
    TEXTS = auto()
    """Text, as often as one likes."""
    PATH = auto()
    INTEGER = auto()
    NUMBER = auto()


class Option(NamedTuple):
    """One option."""

    parameter: str
    """Of the function that takes it."""
    flags: tuple[str, ...]
    """Its spellings, the long one first."""
    kind: Kind
    help: str
    panel: str
    default: str | int | None = None
    least: float | None = None
    most: float | None = None
