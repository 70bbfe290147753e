"""Limits that control groups (version 1 and 2) put on memory and processor time of this process."""

from __future__ import annotations

from llmadvise.probe.record import Record
from llmadvise.probe.text import whole_number
from llmadvise.record import dataclass

_MOUNT = "/sys/fs/cgroup"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLimit:
    """The lowest memory limit above this process, and what may still be taken under any of them."""

    limit_bytes: int
    available_bytes: int | None
    """Lowest of limit - current + inactive_file over every limiting group; None when no usage could be read."""
    path: str


def parse_membership(text: str) -> dict[str, str]:
    """Path by controller of /proc/self/cgroup; the unified hierarchy has the key ''."""
    paths: dict[str, str] = {}
    for line in text.splitlines():
        fields = line.split(":", 2)
        if len(fields) == 3 and fields[2].startswith("/"):  # noqa: PLR2004 - id:controllers:path
            for controller in fields[1].split(","):
                paths[controller] = fields[2]
    return paths


def parse_stat(text: str | None, key: str) -> int | None:
    """One value of memory.stat or cpu.stat."""
    for line in (text or "").splitlines():
        name, _, value = line.partition(" ")
        if name == key:
            return whole_number(value)
    return None


def parse_cpu_max(text: str | None) -> float | None:
    """Processors' worth of time in cpu.max (`200000 100000` is 2.0); None for `max` and for anything else."""
    fields = (text or "").split()
    quota, period = (whole_number(fields[0]), whole_number(fields[1])) if len(fields) == 2 else (None, None)  # noqa: PLR2004
    return quota / period if quota and period else None


def _ancestry(path: str) -> list[str]:
    """A group's path and those of its ancestors up to the mount: `/a/b` gives `/a/b`, `/a` and ``."""
    parts = [part for part in path.split("/") if part and part != ".."]
    return ["/" + "/".join(parts[:count]) if count else "" for count in range(len(parts), -1, -1)]


def _folders(record: Record, controller: str, membership: dict[str, str]) -> tuple[list[str], bool]:
    """The folders to look into, deepest first, and whether they are of version 2."""
    if controller in membership:
        mount = f"{_MOUNT}/{controller}"
        return [mount + path for path in _ancestry(membership[controller])], False
    if not membership and record.exists(f"{_MOUNT}/{controller}"):
        # A capture without the process's own path: its group is the top of what it sees.
        return [f"{_MOUNT}/{controller}"], False
    hybrid = record.exists(f"{_MOUNT}/unified") and not record.exists(f"{_MOUNT}/cgroup.controllers")
    mount = f"{_MOUNT}/unified" if hybrid else _MOUNT
    return [mount + path for path in _ancestry(membership.get("", "/"))], True


def read_memory_limit(record: Record, *, total_bytes: int | None) -> MemoryLimit | None:
    """The limit that ends this process first, over its group and all ancestors; None without one below the RAM."""
    membership = parse_membership(record.read("/proc/self/cgroup") or "")
    folders, second = _folders(record, "memory", membership)
    names = ("memory.max", "memory.high") if second else ("memory.limit_in_bytes",)
    usage = "memory.current" if second else "memory.usage_in_bytes"
    lowest: tuple[int, str] | None = None
    rooms: list[int] = []
    for folder in folders:
        for name in names:
            limit = whole_number(record.read(f"{folder}/{name}"))
            # Version 1 writes a number near 2**63 for no limit; a limit above the RAM limits nothing either.
            if limit is None or limit >= (total_bytes or 1 << 60):
                continue
            lowest = min(lowest or (limit, f"{folder}/{name}"), (limit, f"{folder}/{name}"))
            current = whole_number(record.read(f"{folder}/{usage}"))
            if current is not None:
                stat = record.read(f"{folder}/memory.stat")
                key = "inactive_file" if second else "total_inactive_file"
                rooms.append(max(0, limit - current + (parse_stat(stat, key) or 0)))
    if lowest is None:
        return None
    record.look(lowest[1], "read")
    return MemoryLimit(limit_bytes=lowest[0], available_bytes=min(rooms, default=None), path=lowest[1])


def read_processor_quota(record: Record) -> float | None:
    """Processors' worth of time that this process may use, the lowest over its group and all ancestors."""
    membership = parse_membership(record.read("/proc/self/cgroup") or "")
    folders, second = _folders(record, "cpu", membership)
    quotas = []
    for folder in folders:
        text = record.read(f"{folder}/cpu.max") if second else _first_version_quota(record, folder)
        quota = parse_cpu_max(text)
        if quota is not None:
            quotas.append(quota)
    return min(quotas, default=None)


def _first_version_quota(record: Record, folder: str) -> str | None:
    quota, period = record.read(f"{folder}/cpu.cfs_quota_us"), record.read(f"{folder}/cpu.cfs_period_us")
    return f"{quota.strip()} {period.strip()}" if quota and period else None
