"""Commands as a process receives them: words that no shell takes apart, one step after the other."""

from __future__ import annotations

from llmadvise.record import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandStep:
    """One program to start, with its words and what its environment must hold beside them."""

    arguments: tuple[str, ...]
    """The program and its words, exactly as it receives them."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables to set for it."""

    def __hash__(self) -> int:
        """Answers are kept in sets; a dict alone could not be."""
        return hash((self.arguments, tuple(sorted(self.environment.items()))))


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledArguments:
    """The commands in steps, each to be started when the one before it has succeeded; None: there is no such command."""

    pull: tuple[CommandStep, ...] | None = None
    run: tuple[CommandStep, ...] | None = None
    serve: tuple[CommandStep, ...] | None = None
