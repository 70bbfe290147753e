"""What can go wrong with an engine, and the shape of a pattern that tells it from a log."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.record import dataclass


class FailureKind(StrEnum):
    """Stable words for scripts; each has its row in docs/serve.md."""

    OUT_OF_GPU_MEMORY = "out-of-gpu-memory"
    OUT_OF_MEMORY = "out-of-memory"
    """Of the host."""
    KILLED_FOR_MEMORY = "killed-for-memory"
    """By the kernel."""
    CONTEXT_TOO_LARGE = "context-too-large"
    UNKNOWN_ARCHITECTURE = "unknown-architecture"
    ENGINE_TOO_OLD = "engine-too-old"
    """For this file, or for a flag."""
    FILE_DAMAGED = "file-damaged"
    FILE_MISSING = "file-missing"
    FLASH_ATTENTION_NEEDED = "flash-attention-needed"
    PORT_IN_USE = "port-in-use"
    NO_GPU = "no-gpu"
    """The engine sees none, or was built without."""
    DRIVER_TOO_OLD = "driver-too-old"
    GPU_TOO_OLD = "gpu-too-old"
    """For this build or this quantization."""
    HEADS_NOT_DIVISIBLE = "heads-not-divisible"
    ILLEGAL_INSTRUCTION = "illegal-instruction"
    LIBRARY_MISSING = "library-missing"
    NOT_ALLOWED = "not-allowed"
    """The repository is gated or private."""
    CRASHED = "crashed"
    KILLED = "killed"
    """By whom is not known."""
    STOPPED = "stopped"
    """By a signal that asks."""
    LATE = "late"
    UNKNOWN = "unknown"


MEMORY_KINDS = frozenset(
    {
        FailureKind.OUT_OF_GPU_MEMORY,
        FailureKind.OUT_OF_MEMORY,
        FailureKind.KILLED_FOR_MEMORY,
        FailureKind.CONTEXT_TOO_LARGE,
    }
)
"""Those that a smaller plan helps against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One message of an engine, as data."""

    kind: FailureKind
    needle: str
    """Stands in the line, in this letter case: cheaper to look for than the expression."""
    expression: str
    """Its named groups fill the message."""
    message: str
    """A plain sentence; `{name}` is a group."""
    hint: str
    source: str
    """The engine, its version, and the file where the message stands."""
    fatal: bool = True
    """False: the engine goes on without what it misses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Why an engine failed."""

    kind: FailureKind
    message: str
    hint: str
    evidence: str | None = None
    """The line of its log that says so; None: only the way it ended tells."""
    line: int | None = None
    """Counted from 1."""
    source: str | None = None
    """Where the engine's message stands in its source."""
    details: tuple[tuple[str, str], ...] = ()
    """What the message names: architecture, tokens, bytes, device …"""

    def detail(self, name: str) -> str | None:
        """One of the details."""
        return dict(self.details).get(name)
