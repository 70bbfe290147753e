"""What is kept of a command line: programs, the names of their flags, whether they take values, and which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Flag:
    """One flag under all its names."""

    names: tuple[str, ...]
    value: str
    """none, one, optional or many."""
    choices: tuple[str, ...] = ()

    def document(self) -> dict[str, object]:
        """As it is stored."""
        choices = {"choices": list(self.choices)} if self.choices else {}
        return {"names": list(self.names), "value": self.value, **choices}


@dataclass(frozen=True)
class Program:
    """One program, or one command of it: `vllm serve`."""

    name: str
    flags: Sequence[Flag]
    positional: int = 0
    """How many words without a flag it takes at most."""
    rest: str | None = None
    """The program whose flags it takes after `--`."""

    def document(self) -> dict[str, object]:
        """As it is stored."""
        rest = {"rest": self.rest} if self.rest else {}
        return {"positional": self.positional, **rest, "flags": [flag.document() for flag in self.flags]}


@dataclass(frozen=True)
class CommandLine:
    """All that a runtime's version understands."""

    runtime: str
    version: str
    source: str
    programs: Sequence[Program]
    environment: Sequence[str] = field(default=())

    def document(self) -> dict[str, object]:
        """As it is stored in tests/data/runtime_flags."""
        return {
            "runtime": self.runtime,
            "version": self.version,
            "source": self.source,
            "environment": sorted(set(self.environment)),
            "programs": {program.name: program.document() for program in self.programs},
        }
