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
    """The same with shared pages divided among those who share them (Linux); None where one of them does not tell."""
    private: int | None
    """Its own alone: what would be free if it ended; None where one of them does not tell."""


def process_memory(running: Running) -> ProcessMemory | None:
    """The sums; None where nothing runs any more or the system does not say."""
    import psutil  # noqa: PLC0415 - only where something runs

    resident, proportional, private = 0, 0, 0
    seen = told = silent = False
    for member in running.family():
        try:
            resident += member.memory_info().rss
            seen = True
            whole = member.memory_full_info()
        except psutil.NoSuchProcess:
            continue  # it ended meanwhile, and takes nothing
        except psutil.Error:
            silent = True
            continue
        private += whole.uss
        proportional += getattr(whole, "pss", 0)
        told = True
    if not seen:
        return None
    if silent or not told:
        # A sum without one of them would be too little.
        return ProcessMemory(resident=resident, proportional=None, private=None)
    return ProcessMemory(resident=resident, proportional=proportional or None, private=private)
