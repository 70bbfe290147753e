"""Finds the catalog row of a GPU or processor that a driver reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from llmadvise.domain.hardware import CpuFacts, GpuFacts
from llmadvise.probe.names import cpu_keys, exact_key, may_have_key, words
from llmadvise.record import dataclass

SIZE_TOLERANCE = 0.08
"""ECC takes 1/16 of the memory and the driver reserves some: an L40S of 48 GB reports 45.0 GiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The row taken, and the rows that would have fitted as well."""

    facts: GpuFacts
    others: tuple[GpuFacts, ...] = ()
    reason: str | None = None
    """Why this one, where another would have been taken otherwise."""


def identify_gpu(
    name: str,
    facts: Mapping[str, GpuFacts],
    *,
    vendor: str | None,
    pci_id: str | None = None,
    memory_bytes: int | None = None,
    gpu_cores: int | None = None,
    laptop: bool = False,
) -> Match | None:
    """The row of a device by PCI id, memory size and exact name, trusted in that order for AMD and Intel.

    NVIDIA drivers name their cards exactly, so there the name goes first and the PCI id decides only without it. In a
    `laptop` the GeForce 10 to 20 series report the names of desktop cards.
    """
    key = exact_key(name)
    rows = [row for row in facts.values() if vendor in {row.vendor, None}]
    named = [row for row in rows if key and _has_alias(row, key)]
    listed = [row for row in rows if pci_id is not None and pci_id in row.pci_ids]
    both = [row for row in named if row in listed]
    if vendor in {"nvidia", None}:
        candidates = both or named or listed
    else:
        candidates = both or [*listed, *(row for row in named if row not in listed)]
    return choose(candidates, mobile=laptop or is_mobile(name), memory_bytes=memory_bytes, gpu_cores=gpu_cores)


def _has_alias(row: GpuFacts, key: str) -> bool:
    return any(may_have_key(name, key) and exact_key(name) == key for name in (row.name, *row.aliases))


def choose(
    candidates: Sequence[GpuFacts], *, mobile: bool, memory_bytes: int | None = None, gpu_cores: int | None = None
) -> Match | None:
    """One of several rows that share a name or PCI id: right core count, nearest memory, not mobile unless it says so.

    What still ties is decided for the slower row, so that no speed is promised that the card may not have.
    """
    left = _keep(candidates, lambda row: gpu_cores is None or row.gpu_cores == gpu_cores)
    if memory_bytes is not None and len(left) > 1:
        fitting = [row for row in left if size_difference(row, memory_bytes) <= SIZE_TOLERANCE]
        nearest = min((size_difference(row, memory_bytes) for row in fitting), default=None)
        if nearest is None and not all(row.unified for row in left):
            return None
        # Shared memory of any size goes with the same chip, so there the rows stay as they are.
        left = [row for row in fitting if size_difference(row, memory_bytes) == nearest] or left
    left = _keep(left, lambda row: row.mobile == mobile)
    if not left:
        return None
    ordered = sorted(left, key=lambda row: (row.memory_bandwidth or 0, row.half_precision_flops or 0.0, row.id))
    return Match(facts=ordered[0], others=tuple(ordered[1:]))


def is_mobile(name: str) -> bool:
    return bool({"laptop", "mobile", "maxq"} & set(words(name)))


def _keep(rows: Sequence[GpuFacts], wanted: Callable[[GpuFacts], bool]) -> list[GpuFacts]:
    """The wanted rows, or all where none is."""
    return [row for row in rows if wanted(row)] or list(rows)


def size_difference(row: GpuFacts, memory_bytes: int) -> float:
    """How far apart two sizes are, as a part of the row's."""
    return abs(row.memory_bytes - memory_bytes) / row.memory_bytes if row.memory_bytes else 1.0


def identify_cpu(names: Iterable[str], facts: Mapping[str, CpuFacts], *, packages: int = 1) -> CpuFacts | None:
    """The row of a processor by exact name; with two sockets the row for two goes before the row for one."""
    for name in names:
        for key in cpu_keys(name):
            found = (_cpu_row(f"{key}x{packages}", facts) if packages > 1 else None) or _cpu_row(key, facts)
            if found is not None:
                return found
    return None


def _cpu_row(key: str, facts: Mapping[str, CpuFacts]) -> CpuFacts | None:
    for row in facts.values():
        if any(may_have_key(alias, key) and key in cpu_keys(alias) for alias in (row.name, *row.aliases)):
            return row
    return None
