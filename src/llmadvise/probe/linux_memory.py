"""Main memory of a Linux machine, as far as this process may use it."""

from __future__ import annotations

from llmadvise.domain.hardware import Memory
from llmadvise.probe.cgroup import read_memory_limit
from llmadvise.probe.parallel import Part
from llmadvise.probe.record import Record
from llmadvise.probe.text import LARGEST_MEMORY, gib, whole_number
from llmadvise.units import KIB


def parse_meminfo(text: str) -> dict[str, int]:
    """Bytes by name of the lines of /proc/meminfo that are in kB (which are KiB)."""
    sizes: dict[str, int] = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        number, _, unit = rest.strip().partition(" ")
        value = whole_number(number)
        if value is not None and unit == "kB" and value < LARGEST_MEMORY // KIB:
            sizes[name] = value * KIB
    return sizes


def read_linux_memory(record: Record) -> Memory:
    """Total and available RAM with the cgroup limit applied to what is available."""
    sizes = parse_meminfo(record.read("/proc/meminfo", listed=True) or "")
    total, available = sizes.get("MemTotal"), sizes.get("MemAvailable")
    if total is None:
        record.warn("ram-unknown", "The size of the RAM could not be read; give --ram.", "/proc/meminfo")
    # A part of its own: a control group that does not answer must not hide the size of the RAM.
    group = Part("control group", lambda part: read_memory_limit(part, total_bytes=total), record)
    limit = group.take(record.door.seconds_left() / 4)
    if limit is None:
        return Memory(total_bytes=total, available_bytes=available)
    rooms = [room for room in (available, limit.available_bytes, limit.limit_bytes) if room is not None]
    of_total = f" of {gib(total)}" if total else ""
    record.note(
        "cgroup-limit", f"A control group limits this process to {gib(limit.limit_bytes)}{of_total}.", limit.path
    )
    return Memory(total_bytes=total, available_bytes=min(rooms), limit_bytes=limit.limit_bytes, limited_by=limit.path)
