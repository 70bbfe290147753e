"""`amd-smi`: the text of `static`, `metric` and `list`, and its table; the JSON is read with the other JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from llmadvise.domain.hardware import Backend
from llmadvise.probe.outputs.rocm import PARTS
from llmadvise.probe.outputs.sighting import Observed, Sighting, Trust
from llmadvise.probe.outputs.values import address, gfx_target, left_of, pci_id, percent, size, watts, words_for_nothing
from llmadvise.probe.text import clean

_MOST_CARDS = 512
_BACKENDS = (Backend.ROCM, Backend.VULKAN)


def read_amd_smi(text: str) -> Observed | None:
    """Cards of the sections `GPU: 0`, and of the table."""
    cards: dict[int, dict[str, str]] = {}
    section: dict[str, str] | None = None
    if re.search(r"^\s*GPU: \d", text, re.MULTILINE):
        for line in text.splitlines():
            start = re.match(r"^\s*GPU: (\d{1,3})\s*$", line, re.ASCII)
            if start is not None:
                section = cards.setdefault(int(start.group(1)), {}) if len(cards) < _MOST_CARDS else None
                continue
            pair = re.match(r"^\s+([A-Z][A-Z0-9_ ]{1,60}):\s*(\S.{0,300})$", line)
            if section is not None and pair is not None:
                section.setdefault(pair.group(1).lower(), clean(pair.group(2)))
    named = {"market_name", "bdf", "total_vram", "target_graphics_version", "device_id"}
    found = [from_fields(fields, place) for place, fields in cards.items() if named & fields.keys()]
    found.extend(_table(text))
    return Observed(form="amd-smi", gpus=tuple(found)) if found else None


def from_fields(given: Mapping[str, str], position: int) -> Sighting:
    """A card of amd-smi's fields, flat and in lower case."""
    fields = {name: value for name, value in given.items() if not words_for_nothing(value)}
    total = size(fields.get("total_vram") or fields.get("vram_size") or fields.get("size") or "", "MB")
    used, free = size(fields.get("used_vram", ""), "MB"), size(fields.get("free_vram", ""), "MB")
    mode = (fields.get("accelerator_type") or fields.get("compute_partition") or "").lower()
    cap = fields.get("socket_power_limit") or fields.get("socket_power") if "socket_power_limit" in fields else None
    return Sighting(
        tool="amd-smi", position=position, vendor="amd", name=fields.get("market_name"), address=address(fields.get("bdf")),
        uuid=fields.get("uuid"), pci_id=pci_id("1002", fields.get("device_id")), memory_bytes=total or None,
        memory_trust=Trust.DRIVER, used_bytes=used, free_bytes=free if free is not None else left_of(total, used),
        shared_bytes=size(fields.get("total_gtt", ""), "MB"), gfx_target=gfx_target(fields.get("target_graphics_version")),
        utilization=percent(fields.get("gfx_activity")), power_limit_watts=watts(cap), backends=_BACKENDS,
        parts=PARTS.get(mode, 1),
    )  # fmt: skip


def _table(text: str) -> list[Sighting]:
    """Two lines a card: address and name, then numbers, modes and memory."""
    if "GPU-Name" not in text and "HIP-ID" not in text:
        return []
    found: list[Sighting] = []
    for line in text.splitlines():
        cells = line.strip().strip("|").split("|")
        if len(cells) < 2 or len(found) >= _MOST_CARDS:  # noqa: PLR2004 - left and right
            continue
        first = re.match(
            r"^\s*([0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-9a-fA-F])\s+(\S.{1,100})$", cells[0].rstrip()
        )
        if first is not None:
            power = re.search(r"/\s*(\d{1,5}) W", cells[1])
            found.append(
                Sighting(
                    tool="amd-smi", position=len(found), vendor="amd", name=clean(first.group(2)), address=address(first.group(1)),
                    power_limit_watts=watts(power.group(1)) if power else None, backends=_BACKENDS,
                )
            )  # fmt: skip
            continue
        usage = re.search(r"(\d{1,9})/(\d{1,9}) MB", cells[1])
        second = re.match(r"^\s*(\d{1,3})\s+\S+\s+\S+\s+(?:([A-Z]{3})/\S+)?", cells[0], re.ASCII)
        if found and usage is not None and second is not None and found[-1].memory_bytes is None:
            total, used = size(usage.group(2), "MB"), size(usage.group(1), "MB")
            found[-1] = replace(
                found[-1], position=int(second.group(1)), memory_bytes=total or None, memory_trust=Trust.DRIVER, used_bytes=used,
                free_bytes=left_of(total, used), utilization=percent(cells[1]), parts=PARTS.get((second.group(2) or "").lower(), 1),
            )  # fmt: skip
    return found
