"""What an AMD GPU is called: by libdrm's list, by the processor around it, or by its instruction set."""

from __future__ import annotations

import re
from collections.abc import Sequence

from llmadvise.probe.pci import PciDevice
from llmadvise.probe.record import Record
from llmadvise.probe.text import clean, whole_number

_LIST = "/usr/share/libdrm/amdgpu.ids"
KFD_NODES = "/sys/class/kfd/kfd/topology/nodes"


def parse_gfx_target(text: str | None) -> str | None:
    """`gfx1151` of the 110501 that KFD writes: major, minor and step, the last two as hex digits."""
    number = whole_number(text)
    if not number:
        return None
    return f"gfx{number // 10000}{number // 100 % 100:x}{number % 100:x}"


def parse_properties(text: str | None) -> dict[str, str]:
    """Names and values of a KFD properties file."""
    return dict(line.split(" ", 1) for line in (text or "").splitlines() if " " in line)


def parse_marketing_name(text: str | None, *, device: str, revision: str | None) -> str | None:
    """The name in libdrm's list, which keys by device and revision: 744c alone is four different cards."""
    if revision is None:
        return None
    for line in (text or "").splitlines():
        fields = [field.strip() for field in line.split(",", 2)]
        if len(fields) == 3 and fields[0].lower() == device and _hex(fields[1]) == _hex(revision):  # noqa: PLR2004
            return clean(fields[2]) or None
    return None


def _hex(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None


def graphics_of_cpu(cpu_names: Sequence[str]) -> str | None:
    """`AMD Radeon 8060S` of `AMD RYZEN AI MAX+ 395 w/ Radeon 8060S`: the APU's own name for its GPU."""
    for name in cpu_names:
        match = re.search(r"(?:w/|with) (Radeon [0-9]+[A-Z]+)", name)
        if match:
            return f"AMD {match.group(1)}"
    return None


def read_name(record: Record, device: PciDevice, *, cpu_names: Sequence[str], integrated: bool) -> str:
    """The best name there is; a generic one keeps the instruction set, which tells whether ROCm may run."""
    product = clean(record.read(f"{device.folder}/product_name") or "")
    number = device.pci_id.split(":")[1]
    listed = parse_marketing_name(record.read(_LIST), device=number, revision=device.revision)
    inside = graphics_of_cpu(cpu_names) if integrated else None
    return product or inside or listed or f"AMD GPU {_read_gfx_target(record, number) or device.pci_id}"


def _read_gfx_target(record: Record, number: str) -> str | None:
    for node in record.names(KFD_NODES):
        properties = parse_properties(record.read(f"{KFD_NODES}/{node}/properties"))
        if whole_number(properties.get("device_id")) == int(number, 16):
            return parse_gfx_target(properties.get("gfx_target_version"))
    return None
