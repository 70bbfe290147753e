"""Machines as other advisors describe them in JSON, and as their debug text does; their guesses are not taken over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from llmadvise.domain.hardware import MemoryKind
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.outputs.sighting import Observed, Room, Sighting, Trust
from llmadvise.probe.outputs.values import decimal, gfx_target, number, size, vendor_of
from llmadvise.probe.text import clean
from llmadvise.units import GIB

_SAME = 0.02
"""A GPU with as much memory as there is RAM, within two per cent, is one whose memory the advisor did not know."""
_MOST_GPUS = 64


def read_advisor(fields: Mapping[str, object]) -> Observed | None:
    """An object with RAM, processor and GPU side by side."""
    total = _gib(fields.get("total_ram_gb")) or number(fields.get("ram_bytes")) or _gib(fields.get("ram_gb"))
    cpu_name = fields.get("cpu_name") or fields.get("cpu")
    if total is None or not ("gpu_name" in fields or "cpu_name" in fields or "gpus" in fields):
        return None
    available = _gib(fields.get("available_ram_gb"))
    listed = fields.get("gpus")
    rows = [row for row in listed if isinstance(row, dict)][:_MOST_GPUS] if isinstance(listed, list) else []
    gpus = [_gpu(row, total, spot) for spot, row in enumerate(rows)] or [_gpu(_own(fields), total, 0)]
    return _observed(
        cpu_name,
        total,
        available,
        [gpu for gpu in gpus if gpu],
    )


def _own(fields: Mapping[str, object]) -> dict[str, object]:
    return {
        "name": fields.get("gpu_name"), "vram_gb": fields.get("gpu_vram_gb"), "count": fields.get("gpu_count"),
        "unified_memory": fields.get("unified_memory"),
    }  # fmt: skip


def _observed(cpu_name: object, total: int, available: int | None, gpus: list[Sighting]) -> Observed:
    name = clean(cpu_name) if isinstance(cpu_name, str) else None
    # Advisors count logical processors, so the cores are left to the catalog's row.
    cpu = CpuReading(names=(name,)) if name else None
    room = Room(
        total_bytes=total, available_bytes=available if available and available <= total else None, trust=Trust.ROUNDED
    )
    return Observed(form="machine of another advisor", cpu=cpu, room=room, gpus=tuple(gpus))


def _gib(value: object) -> int | None:
    figure = decimal(value)
    return round(figure * GIB) if figure else None


def _gpu(row: Mapping[str, object], total: int, position: int) -> Sighting | None:
    name = row.get("name") or row.get("gpu_name")
    if not isinstance(name, str) or not name.strip():
        return None
    label = clean(name)
    memory = _gib(row.get("vram_gb")) or number(row.get("vram_bytes"))
    unified = row.get("unified_memory") is True or row.get("unified") is True
    known = memory is not None and abs(memory - total) > _SAME * total
    count = number(row.get("count")) or 1
    return Sighting(
        tool="advisor", position=position, vendor=vendor_of(label) or vendor_of(str(row.get("vendor", ""))), name=label,
        memory_bytes=memory if known and not unified else None, memory_trust=Trust.ROUNDED, count=min(count, _MOST_GPUS),
        memory_kind=MemoryKind.SHARED if unified and vendor_of(label) != "apple" else None, gfx_target=gfx_target(label),
    )  # fmt: skip


def read_debug(text: str) -> Observed | None:
    """`SystemSpecs { total_ram_gb: 62.4, gpu_name: Some("…"), … }`, as Rust prints structures."""
    start = text.find("total_ram_gb:")
    if start < 0:
        return None
    fields: dict[str, object] = {}
    for key, value in re.findall(
        r"\b([a-z_]{3,30}):\s*(?:Some\(\s*)?(\"[^\"\n]{0,200}\"|\d{1,12}(?:\.\d{1,20})?|true|false)",
        text[start : start + 20_000],
    ):
        if key not in fields:
            fields[key] = (
                value.strip('"')
                if value[0] == '"'
                else value == "true"
                if value in {"true", "false"}
                else float(value[:18])
            )
    return read_advisor(fields)


def read_summary(text: str) -> Observed | None:
    """`Dedicated GPUs: …`, `Summary:` of llm-checker: a label of the instruction set may stand for a name."""
    if not re.search(r"^\s*(?:Tier|Max model size|Best backend|Dedicated GPUs|Integrated GPUs):", text, re.MULTILINE):
        return None
    found: list[Sighting] = []
    cpu: CpuReading | None = None
    first = re.search(
        r"^\s*(\S[^\n]{2,120}?) \((\d{1,5}(?:\.\d{1,2})?)GB(?: VRAM)?\) \+ (\S[^\n]{2,120})$", text, re.MULTILINE
    )
    if first is not None:
        found.append(_labelled(first.group(1), size(f"{first.group(2)} GB"), 0))
        cpu = CpuReading(names=(clean(first.group(3)),))
    for kind, label in re.findall(r"^\s*(Dedicated|Integrated) GPUs: (\S[^\n]{1,200})$", text, re.MULTILINE):
        for part in label.split(", "):
            gpu = _labelled(part, None, len(found))
            gpu = replace(gpu, memory_kind=MemoryKind.SHARED) if kind == "Integrated" else gpu
            known = any((other.name, other.gfx_target) == (gpu.name, gpu.gfx_target) for other in found)
            if part.strip().lower() not in {"none", "n/a"} and not known:
                found.append(gpu)
    return Observed(form="summary of another advisor", gpus=tuple(found), cpu=cpu) if found or cpu else None


def _labelled(text: str, memory: int | None, position: int) -> Sighting:
    target = gfx_target(text)
    name = None if target else clean(text)
    return Sighting(
        tool="advisor", position=position, vendor="amd" if target else vendor_of(name), name=name, gfx_target=target,
        memory_bytes=memory, memory_trust=Trust.ROUNDED,
    )  # fmt: skip
