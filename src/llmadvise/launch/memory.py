"""What an engine's processes take of the main memory."""

from __future__ import annotations

from llmadvise.launch.process import Running
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMemory:
    """The process and all that it started, in bytes."""

    resident: int
    """In RAM now, pages of the weights' file among it."""
    proportional: int | None
    """The same with shared pages divided among those who share them (Linux)."""
    private: int | None
    """Its own alone: what would be free if it ended."""


def process_memory(running: Running) -> ProcessMemory | None:
    """The sums; None where nothing runs any more or the system does not say."""
    import psutil  # noqa: PLC0415 - only where something runs

    resident, proportional, private = 0, 0, 0
    seen = full = False
    for member in running.family():
        try:
            resident += member.memory_info().rss
            seen = True
            whole = member.memory_full_info()
            private += whole.uss
            proportional += getattr(whole, "pss", 0)
            full = True
        except psutil.Error:
            continue
    if not seen:
        return None
    return ProcessMemory(resident=resident, proportional=proportional or None, private=private if full else None)
