"""Rows of `nvidia-smi --query-gpu`, and the list of `nvidia-smi -L`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from llmadvise.domain.hardware import Backend, MemoryKind
from llmadvise.probe.outputs.nvidia_table import slice_size
from llmadvise.probe.outputs.sighting import Observed, Sighting, Trust
from llmadvise.probe.outputs.values import (
    address,
    joined_pci_id,
    left_of,
    number,
    percent,
    size,
    vendor_of,
    watts,
    words_for_nothing,
)
from llmadvise.probe.text import clean

_MOST_ROWS = 512
_FIELD = r"[a-z][a-z0-9_]{1,30}(?:\.[a-z0-9_]{1,30}){0,4}"
_KNOWN = frozenset(
    {
        "name", "gpu_name", "memory.total", "memory.used", "memory.free", "uuid", "gpu_uuid", "driver_version",
        "compute_cap", "pci.bus_id", "gpu_bus_id", "index", "utilization.gpu", "power.draw", "power.limit",
        "temperature.gpu", "addressing_mode", "timestamp", "count", "mig.mode.current", "ecc.mode.current",
    }
)  # fmt: skip
_BACKENDS = (Backend.CUDA, Backend.VULKAN)
_NAMED = r"(?:NVIDIA|GeForce|Quadro|Tesla|TITAN|GRID|Orin|Thor|HL-\d{3}|GB\d{2,3}\b|[AHLTVPB]\d{1,3}\b|RTX|GTX)[\w .()+/-]{0,60}"


def read_rows(text: str, command: str | None) -> Observed | None:
    """Rows under a header, of the fields that the command asked for, or of a name and a size."""
    asked = re.search(r"(?:--query-gpu[= ]|--query-aip[= ]|hl-smi\b[^\n]{0,80} -Q )\"?([\w.,]{2,2000})", command or "")
    columns = _columns(asked.group(1).split(",")) if asked else None
    under_header = False
    found: list[Sighting] = []
    for line in text.splitlines()[:20_000]:
        cells = [clean(cell) for cell in line.split(",")]
        heading = _header(cells)
        if heading is not None and (len(heading) > 1 or asked or "[" in line):
            columns, under_header = heading, True
        elif under_header and not line.strip():
            columns, under_header = None, False
        elif (
            columns is not None and len(cells) == len(columns) and len(found) < _MOST_ROWS and not _is_talk(line, cells)
        ):
            found.append(_sighting(dict(zip(columns, cells, strict=True)), len(found)))
        elif columns is None and len(found) < _MOST_ROWS:
            bare = _bare(cells)
            if bare is not None:
                found.append(_sighting(bare, len(found)))
    return Observed(form="nvidia-smi rows", gpus=tuple(found)) if found else None


def _is_talk(line: str, cells: Sequence[str]) -> bool:
    """A sentence, not a row: messages have no commas to speak of, and a row of one field is a name or a number."""
    return not line.strip() or (
        len(cells) == 1 and (line.rstrip().endswith((".", ":")) or "failed" in line or "No devices" in line)
    )


def _columns(names: Sequence[str]) -> list[str]:
    """`memory.total [MiB]` keeps its unit behind a space."""
    return [name.strip().replace("[", "").replace("]", "") for name in names]


def _header(cells: Sequence[str]) -> list[str] | None:
    if not all(re.fullmatch(rf"{_FIELD}(?: \[[\w%./ ]{{1,8}}\])?", cell) for cell in cells):
        return None
    names = {cell.partition(" ")[0] for cell in cells}
    return _columns(cells) if names & _KNOWN else None


def _bare(cells: Sequence[str]) -> dict[str, str] | None:
    """A row without any header: one cell that names a card, and a size in MiB."""
    names = [cell for cell in cells if re.fullmatch(_NAMED, cell)]
    if len(cells) < 2 or len(names) != 1 or len(cells) > 24:  # noqa: PLR2004 - a name and a size at least
        return None
    if any(not re.fullmatch(r"[\w.:%/ \[\]+-]{0,60}", cell) for cell in cells if cell != names[0]):
        return None
    sizes = [cell for cell in cells if re.fullmatch(r"\d{3,8}(?: MiB)?", cell, re.ASCII)]
    marked = [cell for cell in sizes if cell.endswith("MiB")] or sizes
    nothing = any(words_for_nothing(cell) for cell in cells)
    if not marked and not nothing:
        return None
    row = {
        "name": names[0],
        "memory.total": max(marked, key=lambda cell: number(cell.removesuffix(" MiB")) or 0) if marked else "[N/A]",
    }
    uuid = next((cell for cell in cells if cell.startswith("GPU-")), None)
    bus = next((cell for cell in cells if address(cell) and ":" in cell), None)
    return row | ({"uuid": uuid} if uuid else {}) | ({"pci.bus_id": bus} if bus else {})


def _sighting(row: Mapping[str, str], place: int) -> Sighting:
    fields = {name.partition(" ")[0]: (value, name.partition(" ")[2]) for name, value in row.items()}

    def text(*names: str) -> str | None:
        return next(
            (fields[name][0] for name in names if name in fields and not words_for_nothing(fields[name][0])), None
        )

    def bytes_of(name: str) -> int | None:
        value, unit = fields.get(name, ("", ""))
        return size(value, unit or "MiB")

    total, used, free = bytes_of("memory.total"), bytes_of("memory.used"), bytes_of("memory.free")
    name, capability = text("name", "gpu_name"), text("compute_cap") or ""
    asked = [fields[key][0] for key in ("memory.total", "memory.used", "memory.free") if key in fields]
    load = text("utilization.gpu")
    position = number(text("index"))
    return Sighting(
        tool="nvidia-smi", position=place if position is None else position, vendor=vendor_of(name) or "nvidia", name=name,
        cut_off=False, address=address(text("pci.bus_id", "gpu_bus_id")), uuid=text("uuid", "gpu_uuid"),
        pci_id=joined_pci_id(text("pci.device_id")), memory_bytes=total or None, memory_trust=Trust.DRIVER,
        used_bytes=used, free_bytes=free if free is not None else left_of(total, used),
        memory_kind=MemoryKind.DEDICATED if total else None,
        without_memory=not total and bool(asked) and all(words_for_nothing(value) for value in asked),
        compute_capability=capability if re.fullmatch(r"\d{1,2}\.\d", capability) else None,
        driver=text("driver_version"), driver_model=text("driver_model.current"), ecc=_switch(text("ecc.mode.current")),
        utilization=percent(load) if load and "%" in load else percent(f"{load}%"),
        power_limit_watts=watts(text("enforced.power.limit", "power.limit")), backends=_BACKENDS if vendor_of(name) in {None, "nvidia"} else None,
        reports_load=load is not None or text("power.draw") is not None,
    )  # fmt: skip


def _switch(word: str | None) -> bool | None:
    return {"Enabled": True, "Disabled": False}.get(word or "")


def read_list(text: str) -> Observed | None:
    """`GPU 0: NVIDIA A100-SXM4-80GB (UUID: GPU-…)`, each with its MIG devices below."""
    found: list[Sighting] = []
    card: Sighting | None = None
    for line in text.splitlines():
        if len(found) >= _MOST_ROWS:
            break
        whole = re.match(r"\s*GPU (\d{1,3}): (.{2,120}?) \(UUID: (GPU-[\w-]{4,60})\)", line, re.ASCII)
        if whole is not None:
            name = clean(whole.group(2))
            card = Sighting(
                tool="nvidia-smi", position=int(whole.group(1)), vendor="nvidia", name=name, uuid=whole.group(3), backends=_BACKENDS
            )  # fmt: skip
            found.append(card)
            continue
        part = re.match(r"\s*MIG (\S{1,30})\s+Device\s+(\d{1,3}): \(UUID: (MIG-[\w/-]{4,80})\)", line, re.ASCII)
        if part is not None and card is not None and card.position is not None:
            found.append(_slice(card, card.position, part))
    return Observed(form="nvidia-smi list", gpus=tuple(found)) if found else None


def _slice(card: Sighting, position: int, part: re.Match[str]) -> Sighting:
    return replace(
        card, tool=f"nvidia-smi gpu {position} slices", position=int(part.group(2)), name=f"{card.name} MIG {clean(part.group(1))}",
        uuid=part.group(3), slice_of=position, memory_bytes=slice_size(part.group(1)), memory_trust=Trust.ROUNDED,
        backends=(Backend.CUDA,),
    )  # fmt: skip
