"""`rocm-smi`: lines by card, JSON, CSV, and the concise tables, old and new."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import replace

from llmadvise.domain.hardware import Backend
from llmadvise.probe.outputs.sighting import Observed, Sighting, Trust
from llmadvise.probe.outputs.values import (
    address,
    gfx_target,
    left_of,
    number,
    pci_id,
    percent,
    watts,
    words_for_nothing,
)
from llmadvise.probe.text import clean

_MOST_CARDS = 512
_BACKENDS = (Backend.ROCM, Backend.VULKAN)
PARTS = {"spx": 1, "dpx": 2, "tpx": 3, "qpx": 4, "cpx": 8}
"""Devices a card in each compute mode (ROCm: MI300X; CPX of an MI300A gives six)."""


def read_rocm(text: str) -> Observed | None:
    """Cards of lines such as `GPU[0] : Card Series: …`, of CSV, and of the concise table."""
    cards: dict[int, dict[str, str]] = {}
    for match in re.finditer(
        r"^\s*GPU\[(\d{1,3})\][ \t]*:[ \t]*([^:\n]{2,80}?)[ \t]*:[ \t]*(\S[^\n]{0,300})?$", text, re.MULTILINE
    ):
        position, key, value = int(match.group(1)), match.group(2), clean(match.group(3) or "")
        cards.setdefault(position, {}).setdefault(key, value)
    for place, row in _csv_rows(text).items():
        cards.setdefault(place, {}).update(row)
    found = {place: from_fields(fields, place) for place, fields in list(cards.items())[:_MOST_CARDS]}
    for place, card in _concise(text).items():
        found[place] = _joined(found[place], card) if place in found else card
    return Observed(form="rocm-smi", gpus=tuple(found[place] for place in sorted(found))) if found else None


def _joined(card: Sighting, concise: Sighting) -> Sighting:
    return replace(
        card, pci_id=card.pci_id or concise.pci_id, power_limit_watts=card.power_limit_watts or concise.power_limit_watts,
        parts=max(card.parts, concise.parts), utilization=card.utilization if card.utilization is not None else concise.utilization,
    )  # fmt: skip


def _csv_rows(text: str) -> dict[int, dict[str, str]]:
    """Rows below a line that begins with `device,`; the maker's name holds a comma unless quoted."""
    lines = text.splitlines()
    start = next((place for place, line in enumerate(lines) if line.lower().startswith("device,")), None)
    if start is None:
        return {}
    rows: dict[int, dict[str, str]] = {}
    for line in lines[start + 1 : start + 1 + _MOST_CARDS]:
        match = re.match(r"card(\d{1,3}),", line, re.ASCII)
        if match is None:
            continue
        cells = next(csv.reader([line.replace("Advanced Micro Devices, Inc.", "Advanced Micro Devices Inc.")]))
        names = lines[start].split(",")
        rows[int(match.group(1))] = {name.strip(): clean(cell) for name, cell in zip(names, cells, strict=False)}
    return rows


def from_fields(given: Mapping[str, str], position: int) -> Sighting:
    """A card of rocm-smi's fields; their names are written one way or another by the versions.

    Where the word `model` is small it is the number of the board, not of the chip.
    """
    fields = {name.lower(): value for name, value in given.items() if not words_for_nothing(value)}
    total, used = number(fields.get("vram total memory (b)")), number(fields.get("vram total used memory (b)"))
    series, model = fields.get("card series") or fields.get("device name"), fields.get("card model", "")
    numbers = ("device id", "gpu id") if "Card model" in given else ("device id", "gpu id", "card model")
    device = next((fields[key] for key in numbers if fields.get(key, "").startswith("0x")), None)
    # Old versions write the product's name as the model and a board's name as the series.
    name = model if model and not model.startswith("0x") and (series is None or "Radeon" in model) else series
    limit = next((fields[key] for key in fields if key.startswith("max graphics package power")), None)
    free = left_of(total, used)
    load = fields.get("gpu use (%)")
    return Sighting(
        tool="rocm-smi", position=position, vendor="amd", name=bracketed(clean(name)) if name else None,
        pci_id=pci_id("1002", device), address=address(fields.get("pci bus")), memory_bytes=total or None,
        memory_trust=Trust.DRIVER, used_bytes=used, free_bytes=free, shared_bytes=number(fields.get("gtt total memory (b)")),
        gfx_target=gfx_target(fields.get("gfx version")), power_limit_watts=watts(limit),
        utilization=percent(f"{load}%") if load else None, backends=_BACKENDS, architecture=_codename(fields.get("card sku")),
    )  # fmt: skip


def _codename(sku: str | None) -> str | None:
    """`CEZANNE`, `STRXLGEN`: APUs carry the name of their chip where cards carry a board number."""
    return sku if sku and re.fullmatch(r"[A-Z][A-Za-z]{4,15}\d{0,2}", sku) else None


def bracketed(name: str) -> str:
    """`Radeon RX 6800` of `Navi 21 [Radeon RX 6800/6800 XT]`; brackets of makers are no product."""
    match = re.search(r"\[(?!AMD|ATI)([^\[\]]{3,100})\]\s*$", name)
    return match.group(1) if match else name


def _concise(text: str) -> dict[int, Sighting]:
    """Rows of the table that `rocm-smi` alone prints."""
    if "SCLK" not in text or "VRAM%" not in text:
        return {}
    found: dict[int, Sighting] = {}
    for line in text.splitlines():
        row = re.match(r"^(\d{1,3})\s+(\S.{20,300})$", line.strip(), re.ASCII)
        tail = re.search(
            r"(?<!\S)(\d{1,5}(?:\.\d{1,3})?W|N/A|unsupported)\s+(\d{1,3}%|N/A|unsupported)\s+(\d{1,3}%|N/A)$",
            line.rstrip(),
            re.ASCII,
        )
        if row is None or tail is None or len(found) >= _MOST_CARDS:
            continue
        device = re.search(r"\b0x([0-9a-fA-F]{4}),", line)
        mode = re.search(r"\bNPS\d,\s*([A-Z]{3}),\s*\d", line)
        position = int(row.group(1))
        found[position] = Sighting(
            tool="rocm-smi", position=position, vendor="amd", pci_id=pci_id("1002", device.group(1)) if device else None,
            power_limit_watts=watts(tail.group(1)), utilization=percent(tail.group(3)), backends=_BACKENDS,
            parts=PARTS.get(mode.group(1).lower(), 1) if mode else 1,
        )  # fmt: skip
    return found
