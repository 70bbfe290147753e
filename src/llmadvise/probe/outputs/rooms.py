"""The RAM of what the outputs say, under the limits that they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Memory
from llmadvise.probe.outputs.sighting import Observed, Room, note
from llmadvise.probe.text import gib


def memory_of(observed: Sequence[Observed], *, ram_bytes: int | None) -> tuple[Memory, list[Finding]]:
    """Total, available and limit; the most trusted total with its own figure for what is available."""
    rooms = [output.room for output in observed if output.room is not None]
    sized = sorted((room for room in rooms if room.total_bytes), key=lambda room: -room.trust)
    best = sized[0] if sized else Room()
    available = best.available_bytes if best.available_bytes is not None else _available(rooms, best.total_bytes)
    total = ram_bytes if ram_bytes is not None else best.total_bytes
    if ram_bytes is not None and best.total_bytes != ram_bytes:
        available = None
    memory = Memory(
        total_bytes=total, available_bytes=available if total is None or available is None else min(available, total)
    )
    limits = [room for room in rooms if room.limit_bytes is not None and (total is None or room.limit_bytes < total)]
    if not limits:
        return memory, _container(observed)
    tightest = min(limits, key=lambda room: room.limit_bytes or 0)
    used = (
        tightest.used_bytes
        if tightest.used_bytes is not None
        else next((room.used_bytes for room in rooms if room.used_bytes is not None), None)
    )
    return _limited(memory, replace(tightest, used_bytes=used))


def _available(rooms: Sequence[Room], total: int | None) -> int | None:
    known = [room.available_bytes for room in rooms if room.available_bytes is not None]
    return min((size for size in known if total is None or size <= total), default=None)


def _limited(memory: Memory, room: Room) -> tuple[Memory, list[Finding]]:
    limit = room.limit_bytes or 0
    left = [
        size
        for size in (memory.available_bytes, limit if room.used_bytes is None else max(0, limit - room.used_bytes))
        if size is not None
    ]
    of_total = f" of {gib(memory.total_bytes)}" if memory.total_bytes else ""
    finding = note("cgroup-limit", f"A control group limits the process to {gib(limit)}{of_total}.", room.limited_by)
    return replace(memory, available_bytes=min(left), limit_bytes=limit, limited_by=room.limited_by), [finding]


def _container(observed: Sequence[Observed]) -> list[Finding]:
    """In a container the host's figures are not the container's."""
    forms = {output.form for output in observed}
    if not forms & {"/proc/meminfo", "psutil"} or "control group" in forms:
        return []
    message = (
        "The RAM is that of the whole machine; inside a container add /sys/fs/cgroup/memory.max, whose limit counts."
    )
    return [note("cgroup-not-read", message, "memory.max")]
