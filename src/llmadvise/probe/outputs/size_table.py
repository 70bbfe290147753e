"""Tables in Markdown that hold the sizes of adapters by source: one column a device, one row a tool."""

from __future__ import annotations

import re

from llmadvise.domain.hardware import Platform
from llmadvise.probe.outputs.sighting import Observed, Sighting, Trust
from llmadvise.probe.outputs.values import number, size, vendor_of
from llmadvise.probe.outputs.windows_records import CAPPED, windows_backends
from llmadvise.probe.text import clean

_ROWS = (
    ("AdapterRAM", Trust.CAPPED),
    ("DedicatedVideoMemory", Trust.SYSTEM),
    ("qwMemorySize", Trust.DRIVER),
    ("memory.total", Trust.DRIVER),
)
_OTHER_MACHINE = r"\((?:[^)]{0,30}\b)?(?:second|other|another|third)\b[^)]{0,30}\)"
_MOST_COLUMNS = 16


def read_size_table(text: str) -> Observed | None:
    """Devices of the columns; those that the header puts into another machine are left out."""
    names: list[str] = []
    sizes: dict[int, tuple[Trust, int]] = {}
    for line in text.splitlines()[:5000]:
        if line.count("|") < 3 or len(line) > 2000:  # noqa: PLR2004 - a label and a device
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")][:_MOST_COLUMNS]
        trust = next((trust for word, trust in _ROWS if word in cells[0]), None)
        if trust is None:
            if cells[0].lower() in {"source", "tool", "field", ""} and not re.fullmatch(r"[-: ]*", "".join(cells)):
                names = cells[1:]
            continue
        for place, cell in enumerate(cells[1:]):
            value = _value(cell)
            capped = trust is Trust.CAPPED and (value or 0) >= CAPPED
            if value and not capped and sizes.get(place, (Trust.CAPPED, 0))[0] <= trust:
                sizes[place] = (trust, value)
    if not names or not sizes:
        return None
    found = [
        _device(name, sizes.get(place), place)
        for place, name in enumerate(names)
        if not re.search(_OTHER_MACHINE, name)
    ]
    return Observed(form="table of sizes", gpus=tuple(found), platform=Platform.WINDOWS)


def _value(cell: str) -> int | None:
    first = re.match(r"(\d[\d,]{3,20})(?![\d.]| ?[MG]i?B)", cell, re.ASCII)
    return number(first.group(1)) if first else size(re.sub(r"\s*\(.*$", "", cell))


def _device(name: str, known: tuple[Trust, int] | None, place: int) -> Sighting:
    label = clean(name)
    vendor = vendor_of(f"{label} ")
    return Sighting(
        tool="size table", position=place, vendor=vendor, name=label, memory_bytes=known[1] if known else None,
        memory_trust=known[0] if known else Trust.CAPPED, backends=windows_backends(vendor),
    )  # fmt: skip
