"""Display devices and accelerators in the lists of `lspci`, with or without numbers (`-nn`) and domains (`-D`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from llmadvise.domain.hardware import MemoryKind
from llmadvise.probe.intel import INTEGRATED_SLOT
from llmadvise.probe.outputs.rocm import bracketed
from llmadvise.probe.outputs.sighting import Observed, Sighting
from llmadvise.probe.outputs.values import address, vendor_of
from llmadvise.probe.text import clean

_MOST_DEVICES = 256
_LINE = re.compile(r"^[^\n\S]*((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\s+([^\n:\[\]]{3,60}?)(?: \[([0-9a-f]{4})\])?:\s+(\S[^\n]{0,400})$", re.MULTILINE)  # fmt: skip
_KINDS = ("VGA compatible controller", "3D controller", "Display controller", "Processing accelerators")


def read_lspci(text: str) -> Observed | None:
    """The devices of display classes and what drives them; other lines say that the list is whole."""
    found: list[Sighting] = []
    lines = 0
    for match in _LINE.finditer(text):
        lines += 1
        kind, code, rest = match.group(2).strip(), match.group(3) or "", match.group(4)
        if len(found) >= _MOST_DEVICES or not (code.startswith("03") or code == "1200" or kind in _KINDS):
            continue
        found.append(_device(match.group(1), rest, len(found), _driver(text, match.end())))
    if not found:
        return None
    return Observed(form="lspci", gpus=tuple(found), complete=lines > len(found))


def _driver(text: str, end: int) -> str | None:
    """The `Kernel driver in use` of the indented lines below."""
    for line in _indented(text, end):
        match = re.match(r"\s+Kernel driver in use: ([\w-]{2,30})", line)
        if match is not None:
            return match.group(1)
    return None


def _indented(text: str, end: int) -> Iterator[str]:
    for line in text[end + 1 : end + 4000].splitlines():
        if not line[:1].isspace():
            return
        yield line


def _device(place: str, rest: str, position: int, driver: str | None) -> Sighting:
    number = re.search(r"\[([0-9a-f]{4}):([0-9a-f]{4})\]", rest)
    unnamed = re.search(r"\bDevice ([0-9a-f]{4})\b", rest)
    maker = vendor_of(rest, number.group(1) if number else None)
    makers = {"nvidia": "10de", "amd": "1002", "intel": "8086"}
    pci = (
        f"{number.group(1)}:{number.group(2)}"
        if number
        else f"{makers[maker]}:{unnamed.group(1)}"
        if unnamed and maker in makers
        else None
    )
    name = re.sub(r"\s*\[[0-9a-f]{4}:[0-9a-f]{4}\].*$|\s*\(rev [0-9a-f]{2}\).*$|\s*\(prog-if.*$", "", rest)
    product = clean(bracketed(name.strip()))
    if product == clean(name):
        product = clean(
            re.sub(
                r"^(?:NVIDIA|Intel|Advanced Micro Devices, Inc\.(?: \[AMD(?:/ATI)?\])?)(?: Corporation)?\s+",
                "",
                product,
            )
        )
    where = address(place)
    sighting = Sighting(
        tool="lspci", position=position, vendor=maker, name=None if unnamed and product.startswith("Device ") else product,
        address=where, pci_id=pci, driver=driver,
    )  # fmt: skip
    if maker == "intel" and where is not None and where.endswith(INTEGRATED_SLOT):
        return replace(sighting, memory_kind=MemoryKind.SHARED)
    return sighting if maker is not None else replace(sighting, software=True)
