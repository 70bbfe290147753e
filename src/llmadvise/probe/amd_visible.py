"""What hides AMD's devices from programs: the variables of ROCm's two libraries, each read as its library reads it.

ROCR_VISIBLE_DEVICES acts below all of ROCm (ROCR-Runtime core/runtime/amd_filter_device.cpp, core/util/flag.h). HIP numbers
what that leaves, and reads HIP_VISIBLE_DEVICES, or CUDA_VISIBLE_DEVICES where that is empty (clr
rocclr/device/rocm/rocdevice.cpp). The same place shows that GPU_DEVICE_ORDINAL is for OpenCL alone, on which no runtime
here computes, though AMD's page on isolation names HIP too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from llmadvise.domain.hardware import Backend
from llmadvise.probe.amd_names import KFD_NODES, parse_properties
from llmadvise.probe.pci import PciDevice
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.text import clean, whole_number
from llmadvise.record import dataclass

_ROCR, _HIP, _CUDA = "ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES"
_SHORTEST_UUID, _LONGEST_UUID = 5, 20
Found = list[tuple[PciDevice, GpuReading]]
Choose = Callable[[str, Sequence[str | None]], list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KfdNode:
    """One device as ROCm lists it."""

    address: str
    """On the PCI bus, such as `0000:03:00.0`; parts of one card share it."""
    uuid: str | None
    """`GPU-` and sixteen hex digits; None where the chip has no number of its own."""


def parse_node(text: str | None) -> KfdNode | None:
    """The GPU of a KFD properties file; None for a processor."""
    fields = {name: whole_number(value) for name, value in parse_properties(text).items()}
    place, domain, number = fields.get("location_id"), fields.get("domain") or 0, fields.get("unique_id")
    if not fields.get("simd_count") or place is None:
        return None
    address = f"{domain:04x}:{place >> 8 & 0xFF:02x}:{place >> 3 & 0x1F:02x}.{place & 7}"
    return KfdNode(address=address, uuid=f"GPU-{number:016x}" if number else None)


def read_nodes(record: Record) -> list[KfdNode]:
    """The GPUs in the order in which ROCm counts them."""
    numbers = sorted(number for name in record.names(KFD_NODES) if (number := whole_number(name)) is not None)
    nodes = (parse_node(record.read(f"{KFD_NODES}/{number}/properties")) for number in numbers)
    return [node for node in nodes if node is not None]


def rocr_positions(value: str, uuids: Sequence[str | None]) -> list[int]:
    """Positions that ROCR_VISIBLE_DEVICES names, in its order; the first invalid or repeated entry ends the list.

    An entry is an index, or the beginning of one UUID in any letter case. An empty value hides every device.
    """
    chosen: list[int] = []
    for entry in (part.strip() for part in value.split(",")):
        number = whole_number(entry)
        known = _SHORTEST_UUID <= len(entry) <= _LONGEST_UUID and entry.upper().startswith("GPU-")
        begun = [place for place, uuid in enumerate(uuids) if known and uuid and uuid.upper().startswith(entry.upper())]
        place = number if number is not None else begun[0] if len(begun) == 1 else None
        if place is None or place >= len(uuids) or place in chosen:
            break
        chosen.append(place)
    return chosen


def hip_positions(value: str, uuids: Sequence[str | None]) -> list[int]:
    """Positions that HIP_VISIBLE_DEVICES names, in its order: the first invalid entry ends the list, a repeated one is skipped.

    An entry is an index without any space, or a part of a UUID from its `GPU-` on; the first device that has it is meant.
    """
    chosen: list[int] = []
    for entry in value.split(","):
        number = whole_number(entry)
        place = number if number is not None and str(number) == entry else None
        if "GPU-" in entry:
            place = next((spot for spot, uuid in enumerate(uuids) if uuid and entry in uuid), None)
        if place is None or place >= len(uuids):
            break
        if place not in chosen:
            chosen.append(place)
    return chosen


def visible_devices(found: Found, environment: Mapping[str, str], record: Record) -> list[GpuReading]:
    """The devices that programs of ROCm started from here would see, in their order, then those that ROCm does not list.

    What AMD's own variables hide is left out. CUDA_VISIBLE_DEVICES is written for other cards: what it hides from HIP is
    still there for Vulkan.
    """
    readings = [gpu for _, gpu in found]
    by_rocr, by_hip = environment.get(_ROCR), environment.get(_HIP) or None
    by_cuda = None if by_hip is not None else environment.get(_CUDA) or None
    if by_rocr is None and by_hip is None and by_cuda is None:
        return readings
    nodes = read_nodes(record) or _by_bus(found)
    governed = {node.address for node in nodes}
    for name, value, choose in ((_ROCR, by_rocr, rocr_positions), (_HIP, by_hip, hip_positions)):
        if value is not None:
            left = _chosen(nodes, value, choose)
            _note(record, name, value, before=_in_order(found, nodes), after=_in_order(found, left))
            nodes = left
    seen = _in_order(found, nodes)
    if by_cuda is not None:
        seen = _without_rocm(seen, _chosen(nodes, by_cuda, hip_positions), by_cuda, record)
    return [gpu for _, gpu in (*seen, *(item for item in found if item[0].address not in governed))]


def _by_bus(found: Found) -> list[KfdNode]:
    """Where ROCm's own list cannot be read: its cards in the order of the bus."""
    return [KfdNode(address=device.address, uuid=None) for device, gpu in found if Backend.ROCM in (gpu.backends or ())]


def _chosen(nodes: list[KfdNode], value: str, choose: Choose) -> list[KfdNode]:
    return [nodes[place] for place in choose(value, [node.uuid for node in nodes])]


def _in_order(found: Found, nodes: Sequence[KfdNode]) -> Found:
    """The cards that these nodes are, in their order; parts of one card are one card."""
    by_address = {device.address: (device, gpu) for device, gpu in found}
    addresses = dict.fromkeys(node.address for node in nodes)
    return [by_address[address] for address in addresses if address in by_address]


def _without_rocm(seen: Found, left: Sequence[KfdNode], value: str, record: Record) -> Found:
    """The cards with ROCm only where HIP still sees them."""
    kept = {node.address for node in left}
    hidden = [device.address for device, _ in seen if device.address not in kept]
    if hidden:
        record.look(_CUDA, "read", value)
        record.note(
            "gpu-hidden",
            f"{len(hidden)} of {len(seen)} AMD GPUs are hidden from ROCm by {_CUDA}={clean(value)!r}, which HIP reads where "
            f"{_HIP} is empty; Vulkan still sees them.",
            _CUDA,
        )
    return [
        (device, gpu if device.address in kept else replace(gpu, backends=_but_rocm(gpu.backends)))
        for device, gpu in seen
    ]


def _but_rocm(backends: tuple[Backend, ...] | None) -> tuple[Backend, ...] | None:
    return None if backends is None else tuple(backend for backend in backends if backend is not Backend.ROCM)


def _note(record: Record, name: str, value: str, *, before: Found, after: Found) -> None:
    record.look(name, "read", value or "(empty)")
    hidden = len(before) - len(after)
    if hidden:
        record.note("gpu-hidden", f"{hidden} of {len(before)} AMD GPUs are hidden by {name}={clean(value)!r}.", name)
