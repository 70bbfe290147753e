"""What a check found, before it is known in which file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from llmadvise.domain.finding import Verdict

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Problem:
    """One violation: of which rule, by which value of which entry."""

    rule: str
    verdict: Verdict
    """BLOCK: no catalog is made of this. WARN: doubtful, or a rule of good data. NOTE: to know."""
    section: str
    id: str
    location: tuple[str | int, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Subject:
    """One entry under examination; says problems in its name."""

    section: str
    id: str

    def block(self, rule: str, message: str, *location: str | int) -> Problem:
        """State a violation that no catalog may hold."""
        return Problem(rule, Verdict.BLOCK, self.section, self.id, location, f"{self.section}/{self.id}: {message}")

    def warn(self, rule: str, message: str, *location: str | int) -> Problem:
        """State a doubt."""
        return Problem(rule, Verdict.WARN, self.section, self.id, location, f"{self.section}/{self.id}: {message}")

    def note(self, rule: str, message: str, *location: str | int) -> Problem:
        """State something to know, which is nothing wrong."""
        return Problem(rule, Verdict.NOTE, self.section, self.id, location, f"{self.section}/{self.id}: {message}")


def subjects(section: str, entries: Mapping[str, Entry]) -> Iterator[tuple[Subject, Entry]]:
    """Every entry of a section, each with its subject."""
    return ((Subject(section, id_), entry) for id_, entry in entries.items())
