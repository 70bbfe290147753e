"""Several outputs about one machine brought together: the same device seen twice is one device."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace

from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Backend, MemoryKind
from llmadvise.probe.names import exact_key
from llmadvise.probe.outputs.ignored import why_ignored
from llmadvise.probe.outputs.sighting import Observed, Sighting, Trust, note, warn
from llmadvise.probe.text import gib
from llmadvise.record import dataclass

CLOSE = 0.10
"""Runtimes report up to a tenth less than the driver."""
_MOST_DEVICES = 64
_GENERIC = frozenset({"", "radeon", "geforce", "arc", "integrated", "device", "vega", "iris", "irisxe", "uhd", "apple"})
_OWN = frozenset({MemoryKind.DEDICATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device with everything that was said of it."""

    gpu: Sighting
    keys: frozenset[tuple[str, int]]


def merge_devices(observed: Sequence[Observed]) -> tuple[list[Sighting], list[Finding]]:
    """Each GPU once, and findings about what is no GPU and where outputs contradict each other."""
    devices: list[Device] = []
    findings: list[Finding] = []
    for output in observed:
        taken: dict[str, set[int]] = {}
        for gpu in (copy for each in output.gpus[:_MOST_DEVICES] for copy in _copies(each)):
            reason = why_ignored(gpu)
            if reason is not None:
                findings.append(note("gpu-ignored", f"{gpu.name or 'A device'} {reason} and is left out.", gpu.tool))
                continue
            own = taken.setdefault(gpu.tool, set())
            place = _same(gpu, devices, own)
            if place is not None:
                own.add(place)
                findings.extend(_contradictions(devices[place].gpu, gpu))
                devices[place] = Device(gpu=_joined(devices[place].gpu, gpu), keys=devices[place].keys | _keys(gpu))
            elif len(devices) < _MOST_DEVICES:
                own.add(len(devices))
                devices.append(Device(gpu=gpu, keys=_keys(gpu)))
    return [device.gpu for device in devices], list(dict.fromkeys(findings))


def _copies(gpu: Sighting) -> list[Sighting]:
    return [replace(gpu, count=1, position=None if gpu.count > 1 else gpu.position)] * gpu.count


def _keys(gpu: Sighting) -> frozenset[tuple[str, int]]:
    return frozenset({(gpu.tool, gpu.position)}) if gpu.position is not None else frozenset()


def _same(gpu: Sighting, devices: Sequence[Device], taken: set[int]) -> int | None:
    """The device that this is, by the strongest sign; devices of one list are different devices."""
    best, strongest = None, 0
    for place, device in enumerate(devices):
        strength = _strength(gpu, device)
        if place not in taken and strength > strongest:
            best, strongest = place, strength
    return best


def _strength(gpu: Sighting, device: Device) -> int:
    """How surely two sightings are of one device: by address, identity, place in a list, name and size; 0 for not."""
    other = device.gpu
    listed = bool(_keys(gpu) & device.keys)
    if (gpu.slice_of is None) != (other.slice_of is None) or _differ(gpu.vendor, other.vendor):
        return 0
    if gpu.slice_of is not None:
        return 4 if listed or _equal(gpu.uuid, other.uuid) else 0
    if _equal(gpu.address, other.address) or _equal(gpu.uuid, other.uuid):
        return 6
    if any(_differ(getattr(gpu, field), getattr(other, field)) for field in ("address", "pci_id", "gfx_target")):
        return 0
    names = _names(gpu, other)
    same_list = any(tool == gpu.tool for tool, _ in device.keys)
    return 4 if listed and names else 0 if same_list or not _sizes_agree(gpu, other) else names


def _equal(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _names(gpu: Sighting, other: Sighting) -> int:
    """3 for equal names, 2 for one that is the other's beginning, 1 where one says nothing; 0 for different ones."""
    one, two = bare_key(gpu.name), bare_key(other.name)
    if one == two and one not in _GENERIC:
        return 3
    if (gpu.cut_off and two.startswith(one)) or (other.cut_off and one.startswith(two)):
        return 2
    if is_generic(gpu) or is_generic(other) or "lspci" in {gpu.tool, other.tool} or _equal(gpu.pci_id, other.pci_id):
        return 1
    return (
        1 if one and two and one in _alternatives(other.name) | {two} and two in _alternatives(gpu.name) | {one} else 0
    )


def _alternatives(name: str | None) -> set[str]:
    return {exact_key(part) for part in re.split(r"\s*/\s*", name or "")}


def is_generic(gpu: Sighting) -> bool:
    """Whether the name fits many products."""
    return bare_key(gpu.name) in _GENERIC


def bare_key(name: str | None) -> str:
    """The key of a name without what drivers add in parentheses: `(RADV RAPHAEL_MENDOCINO)`, `(16GB)`."""
    return exact_key(re.sub(r"\s\((?!Pascal|R\)|TM\))[^()]{0,80}\)", "", name or ""))


def _sizes_agree(gpu: Sighting, other: Sighting) -> bool:
    """Whether the kinds of memory and the sizes may be those of one device."""
    kinds = {
        gpu.memory_kind in _OWN if gpu.memory_kind else None,
        other.memory_kind in _OWN if other.memory_kind else None,
    }
    if {True, False} <= kinds:
        return False
    one, two = gpu.memory_bytes, other.memory_bytes
    if one is None or two is None or Trust.CAPPED in {gpu.memory_trust, other.memory_trust}:
        return True
    return abs(one - two) <= CLOSE * max(one, two) or (False in kinds)


def _contradictions(one: Sighting, two: Sighting) -> list[Finding]:
    sizes = (one.memory_bytes, two.memory_bytes)
    if (
        sizes[0] is None
        or sizes[1] is None
        or Trust.CAPPED in {one.memory_trust, two.memory_trust}
        or _sizes_agree(one, two)
    ):
        return []
    better = one if one.memory_trust >= two.memory_trust else two
    message = f"{one.name or 'A GPU'}: {one.tool} says {gib(sizes[0])}, {two.tool} says {gib(sizes[1])}; {better.tool} is believed."
    return [warn("gpu-reports-differ", message, f"{one.tool}, {two.tool}")]


def _joined(one: Sighting, two: Sighting) -> Sighting:
    """Each field from whichever knows it; sizes from the more trusted, names from the more telling."""
    merged = one
    for field in fields(Sighting):
        mine, theirs = getattr(one, field.name), getattr(two, field.name)
        if mine in {None, False} and theirs not in {None, False}:
            merged = replace(merged, **{field.name: theirs})
    if two.memory_bytes is not None and (one.memory_bytes is None or two.memory_trust > one.memory_trust):
        merged = replace(
            merged, memory_bytes=two.memory_bytes, memory_trust=two.memory_trust,
            used_bytes=two.used_bytes if two.used_bytes is not None else one.used_bytes,
            free_bytes=two.free_bytes if two.free_bytes is not None else one.free_bytes,
        )  # fmt: skip
    if two.name is not None and _name_rank(two) > _name_rank(one):
        merged = replace(merged, name=two.name, cut_off=two.cut_off)
    backends = [*(one.backends or ()), *(two.backends or ())]
    ordered = tuple(backend for backend in Backend if backend in backends)
    return replace(
        merged, tool=one.tool, position=one.position, backends=ordered or one.backends or two.backends, parts=max(one.parts, two.parts)
    )  # fmt: skip


def _name_rank(gpu: Sighting) -> int:
    if gpu.name is None or is_generic(gpu):
        return 0
    return 1 if gpu.cut_off else 2 if gpu.tool == "lspci" or "/" in gpu.name else 3
