"""`nvidia-smi -q` as text and as XML of any version, whole or cut off; entities are never expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Backend, MemoryKind
from llmadvise.probe.outputs.sighting import Observed, Sighting, Trust, warn
from llmadvise.probe.outputs.values import (
    address,
    joined_pci_id,
    number,
    percent,
    size,
    vendor_of,
    watts,
    words_for_nothing,
)
from llmadvise.probe.text import clean

_MOST_CARDS = 256
_DEEPEST = 32
_TAG = re.compile(r"<(/?)([A-Za-z_][\w.-]{0,60})([^<>]{0,400})>([^<]{0,400})")
Leaf = tuple[tuple[str, ...], str]


def read_query(text: str) -> Observed | None:
    """The cards of the report, each with its MIG devices."""
    if "<nvidia_smi_log" in text or "<product_name>" in text:
        leaves, form = list(_xml_leaves(text)), "nvidia-smi XML"
    elif "NVSMI LOG" in text or re.search(r"^\s*Product Name\s+: ", text, re.MULTILINE):
        leaves, form = list(_text_leaves(text)), "nvidia-smi report"
    else:
        return None
    cards, common = _cards(leaves)
    found: list[Sighting] = []
    for position, card in enumerate(cards[:_MOST_CARDS]):
        found.extend(_sightings(card, common, position))
    return Observed(form=form, gpus=tuple(found), findings=_cut_off(common, len(cards))) if found else None


def _cut_off(common: Sequence[Leaf], count: int) -> tuple[Finding, ...]:
    """A finding where the report says that it lists more cards than it does."""
    said = number(_find(common, "attached_gpus"))
    if said is None or said <= count:
        return ()
    message = f"The report is cut off: it speaks of {said} GPUs and shows {count}; the others are not known."
    return (warn("output-cut-off", message, f"Attached GPUs: {said}"),)


def _plain(name: str) -> str:
    """`FB Memory Usage` and `fb_memory_usage` are one name."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _xml_leaves(text: str) -> Iterator[Leaf]:
    """Paths and values; a `gpu` or `mig_device` begins a branch of its own by its number."""
    path: list[str] = []
    count = 0
    for match in _TAG.finditer(text):
        closing, name, attributes, value = match.groups()
        plain = _plain(name)
        if closing:
            names = [part.partition(" ")[0] for part in path]
            if plain in names:
                del path[len(path) - 1 - names[::-1].index(plain) :]
            continue
        if attributes.rstrip().endswith("/") or len(path) >= _DEEPEST:
            continue
        path.append(plain)
        if plain in {"gpu", "mig_device"}:
            count += 1
            path[-1] = f"{plain} {count}"
            identity = re.search(r'id="([^"]{1,40})"', attributes)
            if identity:
                yield (*path, "id"), identity.group(1)
        elif value.strip():
            yield tuple(path), clean(value)


def _text_leaves(text: str) -> Iterator[Leaf]:
    """Paths by indentation of `key : value` lines."""
    stack: list[tuple[int, str]] = []
    count = 0
    for line in text.splitlines():
        if not line.strip() or "====" in line:
            continue
        indent = len(line) - len(line.lstrip())
        key, colon, value = line.strip().partition(" : ") if " : " in line else (line.strip(), "", "")
        while stack and stack[-1][0] >= indent:
            stack.pop()
        card = re.fullmatch(r"GPU ([0-9A-Fa-f]{4,8}:[0-9A-Fa-f:.]{5,12})", key)
        if len(stack) >= _DEEPEST:
            continue
        if card is not None or key == "MIG Device" or key.startswith("MIG Device "):
            count += 1
            stack.append((indent, f"{'gpu' if card else 'mig_device'} {count}"))
            if card is not None:
                yield (stack[-1][1], "id"), card.group(1)
        elif colon:
            yield (*(name for _, name in stack), _plain(key)), clean(value)
        else:
            stack.append((indent, _plain(key)))


def _cards(leaves: Sequence[Leaf]) -> tuple[list[list[Leaf]], list[Leaf]]:
    """The leaves of each card without the way to it, and those of none; a report without headings is of one card."""
    cards: dict[str, list[Leaf]] = {}
    common: list[Leaf] = []
    for path, value in leaves:
        place = next((spot for spot, name in enumerate(path) if name.startswith("gpu ")), None)
        if place is None:
            common.append((path, value))
        else:
            cards.setdefault(path[place], []).append((path[place + 1 :], value))
    if not cards and any(path[-1] == "product_name" for path, _ in common):
        return [common], common
    return list(cards.values()), common


def _find(leaves: Sequence[Leaf], *wanted: str) -> str | None:
    """The first value whose path ends so, slices left out."""
    for want in wanted:
        ending = tuple(want.split("/"))
        for path, value in leaves:
            inside_slice = any(name.startswith("mig_device") for name in path)
            if path[-len(ending) :] == ending and not inside_slice and not words_for_nothing(value):
                return value
    return None


def _sightings(card: Sequence[Leaf], common: Sequence[Leaf], position: int) -> Iterator[Sighting]:
    memory = [_find(card, f"fb_memory_usage/{name}", f"memory_usage/{name}") for name in ("total", "used", "free")]
    total, used, free = (size(value or "", "MiB") for value in memory)
    named = [value for path, value in card if path[-2:] == ("fb_memory_usage", "total")]
    name, load = _find(card, "product_name"), _find(card, "utilization/gpu_util", "utilization/gpu")
    pci = joined_pci_id(_find(card, "pci/pci_device_id", "pci/device_id"))
    if pci is not None and not pci.startswith("10de"):
        pci = None
    yield Sighting(
        tool="nvidia-smi", position=position, vendor=vendor_of(name) or "nvidia", name=name, pci_id=pci,
        address=address(_find(card, "pci/pci_bus_id", "pci/bus_id", "id")), uuid=_find(card, "uuid", "gpu_uuid"),
        memory_bytes=total or None, memory_trust=Trust.DRIVER, used_bytes=used, free_bytes=free,
        memory_kind=MemoryKind.DEDICATED if total else None,
        without_memory=not total and bool(named) and all(words_for_nothing(value) for value in named),
        architecture=_find(card, "product_architecture"), driver=_find(common, "driver_version"),
        cuda_version=_find(common, "cuda_version"), driver_model=_find(card, "driver_model/current_dm", "driver_model/current"),
        ecc={"Enabled": True, "Disabled": False}.get(_find(card, "ecc_mode/current_ecc", "ecc_mode/current") or ""),
        utilization=percent(load), reports_load=load is not None,
        power_limit_watts=watts(_find(card, "enforced_power_limit", "current_power_limit", "power_limit")),
        backends=(Backend.CUDA, Backend.VULKAN),
    )  # fmt: skip
    yield from _slices(card, position)


def _slices(card: Sequence[Leaf], position: int) -> Iterator[Sighting]:
    parts: dict[str, list[Leaf]] = {}
    for path, value in card:
        place = next((spot for spot, name in enumerate(path) if name.startswith("mig_device ")), None)
        if place is not None:
            parts.setdefault(path[place], []).append((path[place + 1 :], value))
    for spot, part in enumerate(parts.values()):
        total, used, free = (
            size(_find(part, f"fb_memory_usage/{name}") or "", "MiB") for name in ("total", "used", "free")
        )
        yield Sighting(
            tool=f"nvidia-smi gpu {position} slices", position=spot, vendor="nvidia", name=f"MIG device {spot}",
            slice_of=position, memory_bytes=total or None, memory_trust=Trust.DRIVER, used_bytes=used, free_bytes=free,
            memory_kind=MemoryKind.DEDICATED, backends=(Backend.CUDA,),
        )  # fmt: skip
