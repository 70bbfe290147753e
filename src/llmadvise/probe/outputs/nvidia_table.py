"""The table of `nvidia-smi`, old and new, with its MIG section, and the look-alike of `xpu-smi` 2."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from llmadvise.domain.hardware import Backend, MemoryKind
from llmadvise.probe.outputs.sighting import Observed, Sighting, Trust
from llmadvise.probe.outputs.values import address, percent, size, vendor_of, watts, words_for_nothing
from llmadvise.probe.text import clean
from llmadvise.units import MIB

_MOST_ROWS = 512
_BUS_ID = r"(?<![\w.])[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f]"
_ROW = re.compile(r"^\s*(\d{1,3})\s+(\S.*)$", re.ASCII)
_SLICE = re.compile(r"^\s*(\d{1,3})\s+(\d{1,3}|N/A)\s+(\d{1,3}|N/A)\s+(\d{1,3})\s*$", re.ASCII)
_USAGE = re.compile(r"(\d{1,9})\s?Mi?B\s*/\s*(\d{1,9})\s?Mi?B", re.ASCII)
_MODELS = frozenset({"WDDM", "TCC", "MCDM"})
_MODES = ("On", "Off", "N/A", "Enabled", "Disabled", *_MODELS)


def read_table(text: str) -> Observed | None:
    """GPUs and slices of the tables in a text."""
    if "Bus-Id" not in text and "MIG devices" not in text and not re.search(_BUS_ID, text):
        return None
    heading = _heading(text)
    cards: list[Sighting] = []
    slices: list[Sighting] = []
    for block in _blocks(text):
        if len(cards) + len(slices) >= _MOST_ROWS:
            break
        part = _slice(block)
        if part is not None:
            slices.append(part)
            continue
        card = _card(block, heading)
        if card is not None:
            cards.append(card)
    if not cards and not slices:
        return None
    return Observed(form=f"{heading.tool} table", gpus=(*cards, *slices))


def _heading(text: str) -> Sighting:
    """What the first lines say of all cards."""
    if re.search(r"XPU-SMI\s+v?\d", text):
        return Sighting(tool="xpu-smi", vendor="intel", backends=(Backend.SYCL, Backend.VULKAN))
    driver = re.search(r"(?:Driver|KMD) Version:\s*(\d[\w.-]{1,20})", text) or re.search(
        r"NVIDIA-SMI\s+(\d[\w.]{1,20})", text
    )
    cuda = re.search(r"CUDA (?:UMD )?Version:\s*(\d{1,3}\.\d{1,3})", text)
    return Sighting(
        tool="nvidia-smi", vendor="nvidia", driver=driver.group(1) if driver else None,
        cuda_version=cuda.group(1) if cuda else None, backends=(Backend.CUDA, Backend.VULKAN),
    )  # fmt: skip


def _blocks(text: str) -> Iterator[list[list[str]]]:
    """The cells of the lines between two rulers; one block a device."""
    block: list[list[str]] = []
    for line in text.splitlines():
        if "|" not in line or re.search(r"[-=]{5}", line):
            if block:
                yield block
            block = []
            continue
        inner = line[line.index("|") + 1 : line.rindex("|")] if line.count("|") > 1 else ""
        cells = inner.split("|")
        if len(cells) > 1 and _starts_device(cells) and any(_starts_device(row) for row in block):
            yield block
            block = []
        block.append(cells)
    if block:
        yield block


def _starts_device(cells: Sequence[str]) -> bool:
    return bool(re.search(_BUS_ID, cells[1])) if len(cells) > 1 else False


def _card(block: Sequence[Sequence[str]], heading: Sighting) -> Sighting | None:
    """The card of a block; its name may go on in the lines below, which have nothing in the other cells."""
    starts = [place for place, cells in enumerate(block) if _starts_device(cells)]
    row = _ROW.match(block[starts[0]][0]) if starts else None
    if row is None:
        return None
    first, rest = block[starts[0]], block[starts[0] + 1 :]
    name, mode = _name_and_mode(row.group(2))
    usage = [cells for cells in rest if len(cells) > 1 and cells[1].strip()]
    for cells in rest:
        if cells[0].strip() and not any(cell.strip() for cell in cells[1:]):
            name = f"{name} {cells[0].strip()}"
        else:
            break
    name = clean(name)
    card = replace(
        heading, position=int(row.group(1)), name=name.rstrip(". ") or None, cut_off=name.endswith("..."),
        address=address(first[1]), driver_model=mode if mode in _MODELS else None, ecc=_ecc(first[2] if len(first) > 2 else ""),  # noqa: PLR2004
    )  # fmt: skip
    card = _with_usage(card, usage[0]) if usage else card
    return replace(card, vendor=heading.vendor if heading.vendor == "intel" else vendor_of(name) or heading.vendor)


def _name_and_mode(text: str) -> tuple[str, str | None]:
    words = text.split()
    if len(words) > 1 and words[-1] in _MODES:
        return " ".join(words[:-1]), words[-1]
    return " ".join(words), None


def _ecc(cell: str) -> bool | None:
    """A count of errors means that they are corrected."""
    word = cell.strip()
    if re.fullmatch(r"\d{1,9}", word, re.ASCII) or word in {"On", "Enabled"}:
        return True
    return False if word in {"Off", "Disabled"} else None


def _with_usage(card: Sighting, cells: Sequence[str]) -> Sighting:
    sizes = _USAGE.search(cells[1])
    power = re.search(r"/\s*(\d{1,5})\s?W", cells[0], re.ASCII)
    load = cells[2] if len(cells) > 2 else ""  # noqa: PLR2004 - the third column
    card = replace(
        card, power_limit_watts=watts(power.group(1)) if power else None, utilization=percent(load),
        reports_load=percent(load) is not None,
    )  # fmt: skip
    if sizes is not None:
        return _sized(card, sizes.group(1), sizes.group(2))
    nothing = words_for_nothing(cells[1]) or all(words_for_nothing(part) for part in cells[1].split("/"))
    return replace(card, without_memory=nothing and card.vendor == "nvidia")


def _sized(card: Sighting, used: str, total: str) -> Sighting:
    bytes_, taken = size(total, "MiB"), size(used, "MiB")
    if not bytes_ or taken is None:
        return card
    free = max(0, bytes_ - taken)
    return replace(
        card, memory_bytes=bytes_, memory_trust=Trust.DRIVER, used_bytes=taken, free_bytes=free, memory_kind=MemoryKind.DEDICATED
    )  # fmt: skip


def _slice(block: Sequence[Sequence[str]]) -> Sighting | None:
    """A MIG device: the line with the memory is the first; the second is the window for the processor (BAR1)."""
    for cells in block:
        ids = _SLICE.match(cells[0])
        sizes = _USAGE.search(cells[1]) if len(cells) > 1 else None
        if ids is None or sizes is None:
            continue
        card = Sighting(
            tool=f"nvidia-smi gpu {ids.group(1)} slices", position=int(ids.group(4)), vendor="nvidia",
            slice_of=int(ids.group(1)), backends=(Backend.CUDA,), name=_slice_name(ids, cells[2] if len(cells) > 2 else ""),  # noqa: PLR2004
        )  # fmt: skip
        return _sized(card, sizes.group(1), sizes.group(2))
    return None


def _slice_name(ids: re.Match[str], units: str) -> str:
    """The device with its GPU instance and multiprocessors, by which administrators know it."""
    count = re.match(r"\s*(\d{1,3})\b", units, re.ASCII)
    instance = f" (GI {ids.group(2)}{f', {count.group(1)} SMs' if count else ''})" if ids.group(2) != "N/A" else ""
    return f"MIG device {ids.group(4)}{instance}"


def slice_size(profile: str) -> int | None:
    """At least the memory of a MIG profile such as `3g.40gb`, counted in GB of 10**9: the driver gives a little more."""
    match = re.search(r"\b\d{1,2}g\.(\d{1,3})gb", profile, re.ASCII)
    return int(match.group(1)) * 10**9 // MIB * MIB if match else None
