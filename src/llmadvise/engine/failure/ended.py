"""How an engine ended, as far as the system says."""

from __future__ import annotations

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The facts beside the log."""

    exit_code: int | None = None
    """None: it still ran."""
    signal: str | None = None
    """`SIGKILL`, `SIGSEGV` …; `DLL` where Windows missed a library."""
    late: bool = False
    """It did not become ready in time."""
    out_of_memory: bool = False
    """The kernel says that it killed for want of memory."""
