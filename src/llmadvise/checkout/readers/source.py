"""A file's text as a reader takes it, and what a reader gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from llmadvise.checkout.places import Candidate
from llmadvise.record import dataclass


class PartlyReadError(Exception):
    """A reader gave up on a file; the scanner reads it as plain text and says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The text of one file."""

    name: str
    text: str
    ollama: bool
    """The file speaks of Ollama."""
    documents: bool = False
    """Blocks of code in documents are asked for."""
    imported: Callable[[str, str, str], str | None] | None = None
    """The text of a constant that this file imports: of (file, module, name)."""
    settings: Callable[[str], Mapping[str, str]] | None = None
    """What files beside this one give the names in it: of its path."""

    def beside(self) -> Mapping[str, str]:
        """What files beside this one give the names in it."""
        return self.settings(self.name) if self.settings is not None else {}


Reader = Callable[[Source], Iterator[Candidate]]
