"""The catalog row of a device that outputs describe: by PCI id, whole names and memory, never by a part of a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from llmadvise.domain.hardware import GpuFacts
from llmadvise.probe.identify import SIZE_TOLERANCE, Match, choose, identify_gpu, is_mobile, size_difference
from llmadvise.probe.names import exact_key, may_have_key
from llmadvise.probe.outputs.sighting import Sighting

_LEAST_BEGINNING = 4
APU_TARGETS = frozenset(
    {
        "gfx801", "gfx902", "gfx909", "gfx90c", "gfx1013", "gfx1033", "gfx1035", "gfx1036", "gfx1037", "gfx1103", "gfx1150",
        "gfx1151", "gfx1152", "gfx1153",
    }
)  # fmt: skip
"""Targets that LLVM's AMDGPU usage guide lists as APUs."""


def find_row(
    gpu: Sighting,
    facts: Mapping[str, GpuFacts],
    *,
    integrated: bool,
    total_bytes: int | None,
    inside: str | None = None,
) -> Match | None:
    """The row of a whole card; `inside` is the name that the processor gives its graphics.

    An integrated GPU is not told by its size: that is whatever the firmware was set to.
    """
    memory = total_bytes if integrated else gpu.memory_bytes
    if gpu.vendor == "apple":
        return _apple(gpu, facts, total_bytes)
    if gpu.cut_off and gpu.name is not None:
        return _by_beginning(gpu, facts)
    names = [*([inside] if inside and integrated else []), *alternatives(gpu.name)]
    if gpu.vendor == "amd":
        return _amd(gpu, names, facts, integrated=integrated)
    for name in names:
        found = identify_gpu(name, facts, vendor=gpu.vendor, pci_id=gpu.pci_id, memory_bytes=memory)
        if found is not None:
            return _with_alternatives(found, names, gpu, facts, memory)
    return (
        identify_gpu("", facts, vendor=gpu.vendor, pci_id=gpu.pci_id, memory_bytes=memory)
        if gpu.pci_id and gpu.vendor
        else None
    )


def _with_alternatives(
    found: Match, names: Sequence[str], gpu: Sighting, facts: Mapping[str, GpuFacts], memory: int | None
) -> Match:
    """Of a name for several products, the slowest that fits, with the others beside it."""
    rows = {row.id: row for row in (found.facts, *found.others)}
    for row in _named(names, facts, gpu.vendor):
        if gpu.pci_id is None or not row.pci_ids or gpu.pci_id in row.pci_ids:
            rows.setdefault(row.id, row)
    mobile = any(is_mobile(name) for name in names) or found.facts.mobile
    left = list(rows.values()) if memory is not None else plainly_named(list(rows.values()), names)
    return choose(left, mobile=mobile, memory_bytes=memory) or found


def plainly_named(rows: list[GpuFacts], names: Sequence[str]) -> list[GpuFacts]:
    """Where no size tells them apart: the rows of that very name; a variant of another size has it in its name."""
    keys = {exact_key(name) for name in names}
    return [row for row in rows if exact_key(row.name) in keys] or rows


def _apple(gpu: Sighting, facts: Mapping[str, GpuFacts], total_bytes: int | None) -> Match | None:
    """The chip with its cores and its RAM: only together they are a row."""
    name = gpu.name or ""
    found = identify_gpu(name, facts, vendor="apple", memory_bytes=total_bytes, gpu_cores=gpu.gpu_cores)
    # A size that the catalog lacks still has the bandwidth of its chip and cores.
    return found or identify_gpu(name, facts, vendor="apple", gpu_cores=gpu.gpu_cores)


def _by_beginning(gpu: Sighting, facts: Mapping[str, GpuFacts]) -> Match | None:
    """A name that a table cut off, by its beginning and the memory; only where that leaves one product."""
    listed = [row for row in facts.values() if gpu.pci_id is not None and gpu.pci_id in row.pci_ids]
    beginning = exact_key(gpu.name or "")
    rows = listed or [
        row
        for row in facts.values()
        if row.vendor == gpu.vendor and len(beginning) >= _LEAST_BEGINNING and any(exact_key(name).startswith(beginning) for name in (row.name, *row.aliases))
    ]  # fmt: skip
    if gpu.memory_bytes is not None:
        rows = [row for row in rows if size_difference(row, gpu.memory_bytes) <= SIZE_TOLERANCE]
    return choose(rows, mobile=is_mobile(gpu.name or ""), memory_bytes=gpu.memory_bytes)


def _amd(gpu: Sighting, names: Sequence[str], facts: Mapping[str, GpuFacts], *, integrated: bool) -> Match | None:
    named = _named(names, facts, "amd")
    listed = [
        row for row in facts.values() if row.vendor == "amd" and gpu.pci_id is not None and gpu.pci_id in row.pci_ids
    ]
    same = [
        row
        for row in facts.values()
        if row.vendor == "amd" and gpu.gfx_target is not None and row.gfx_target == gpu.gfx_target
    ]
    both = [row for row in named if row in listed]
    mobile = any(is_mobile(name) for name in names)
    memory = None if integrated else gpu.memory_bytes
    for rows in (both, _union(listed, named), same if gpu.pci_id is None or not listed else []):
        fitting = [
            row
            for row in rows
            if row.unified == integrated and (memory is None or size_difference(row, memory) <= SIZE_TOLERANCE)
        ]
        if integrated:
            # Rows of whole systems repeat the chip with a size of RAM, which says nothing here.
            fitting = [row for row in fitting if not re.search(r"\d ?GB\b", row.name)] or fitting
        if memory is None:
            fitting = plainly_named(fitting, names)
        found = choose(fitting, mobile=mobile or integrated, memory_bytes=memory)
        if found is not None:
            return found
    return None


def _union(one: Iterable[GpuFacts], two: Iterable[GpuFacts]) -> list[GpuFacts]:
    return list({row.id: row for row in (*one, *two)}.values())


def _named(names: Iterable[str], facts: Mapping[str, GpuFacts], vendor: str | None) -> list[GpuFacts]:
    keys = [key for key in (exact_key(name) for name in names) if key]
    return [
        row
        for row in facts.values()
        if row.vendor == vendor and any(may_have_key(alias, key) and exact_key(alias) == key for key in keys for alias in (row.name, *row.aliases))
    ]  # fmt: skip


def alternatives(name: str | None) -> list[str]:
    """The products that a name stands for: `Instinct MI60 / MI50`, `Radeon RX 6700/6700 XT / 6800M`, `Arc 130V GPU (16GB)`."""
    if not name:
        return []
    bare = re.sub(r"\s*\((?:\d{1,3} ?GB|RADV[^)]*|LLVM[^)]*|LP|MTL|LNL|BMG|DG2|ACM)[^()]*\)", "", name)
    intel = re.search(r"\b(?:Arc|UHD|HD Graphics|Iris)\b.*", bare)
    bare = intel.group(0) if intel and "Processor" in bare else bare
    parts = [part.strip() for part in bare.split("/") if part.strip()]
    words = parts[0].split() if parts else []
    leading = words[: next((place for place, word in enumerate(words) if any(map(str.isdigit, word))), len(words))]
    numbered = words[: len(leading) + 1]
    spelt = [parts[0]] if parts else []
    for part in parts[1:16]:
        before = leading if any(map(str.isdigit, part)) else numbered
        spelt.append(" ".join((*before, part)))
    return list(dict.fromkeys(each for each in (name, bare, *spelt) if each))


def is_integrated(gpu: Sighting, facts: Mapping[str, GpuFacts]) -> bool | None:
    """Whether the rows that the name, the PCI id or the instruction set lead to all share the RAM; None for none."""
    if gpu.gfx_target in APU_TARGETS:
        return True
    listed = [row for row in facts.values() if gpu.pci_id is not None and gpu.pci_id in row.pci_ids]
    rows = listed or _named(alternatives(gpu.name), facts, gpu.vendor)
    kinds = {row.unified for row in rows}
    return next(iter(kinds)) if len(kinds) == 1 else None
