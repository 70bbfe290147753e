"""Objects of PowerShell's `ConvertTo-Json`, and DXGI's adapters as programs write them."""

from __future__ import annotations

from llmadvise.domain.hardware import Platform
from llmadvise.probe.outputs.json_node import Node, text_of
from llmadvise.probe.outputs.records import plain
from llmadvise.probe.outputs.sighting import Observed, Room, Sighting, Trust
from llmadvise.probe.outputs.values import number, pci_id, size, vendor_of, windows_pci_id
from llmadvise.probe.outputs.windows_records import adapter, processor
from llmadvise.probe.text import clean
from llmadvise.units import KIB


def read_windows(node: Node) -> Observed | None:
    """Objects of `ConvertTo-Json`."""
    fields = node.fields
    flat = {plain(key): clean(str(value)) for key, value in fields.items() if isinstance(value, str | int)}
    listed = fields.get("HardwareInformation.qwMemorySize")
    if isinstance(listed, list):
        flat["hardwareinformationqwmemorysize"] = "{" + ",".join(str(value) for value in listed[:16]) + "}"
    if "adapterram" in flat or "hardwareinformationqwmemorysize" in flat or "VEN_" in flat.get("pnpdeviceid", ""):
        gpu = adapter({"adapterram": "", **flat}, node.place)
        return Observed(form="Windows JSON", platform=Platform.WINDOWS, gpus=(gpu,)) if gpu is not None else None
    total = number(flat.get("totalphysicalmemory")) or (number(flat.get("totalvisiblememorysize")) or 0) * KIB
    if total:
        return Observed(form="Windows JSON", platform=Platform.WINDOWS, room=Room(total_bytes=total))
    capacity = number(flat.get("capacity")) if "configuredclockspeed" in flat or "smbiosmemorytype" in flat else None
    if capacity:
        return Observed(form="memory module", platform=Platform.WINDOWS, room=Room(total_bytes=capacity))
    cpu = processor(flat) if "numberofcores" in flat else None
    return Observed(form="Windows JSON", platform=Platform.WINDOWS, cpu=cpu) if cpu is not None else None


def read_dxgi(node: Node) -> Observed | None:
    """Adapters with dedicated and shared memory, in bytes or, where the key says so, in mebibytes."""
    flat = {plain(key): value for key, value in node.fields.items()}
    title = text_of(flat, "description", "name", "adapter")
    units = (
        ("dedicatedvideomemory", ""),
        ("dedicatedmemorymib", "MiB"),
        ("dedicatedmemory", ""),
        ("dedicatedmemorybytes", ""),
    )
    dedicated = next((size(flat[key], unit) for key, unit in units if key in flat), None)
    if title is None or dedicated is None:
        return None
    kinds = (("sharedsystemmemory", ""), ("sharedmemorymib", "MiB"), ("sharedmemory", ""), ("sharedmemorybytes", ""))
    shared = next((size(flat[key], unit) for key, unit in kinds if key in flat), None)
    pci = pci_id(number(flat.get("vendorid")), number(flat.get("deviceid")))
    gpu = Sighting(
        tool="dxgi", position=node.place, vendor=vendor_of(title, pci), name=title, pci_id=pci or windows_pci_id(str(flat.get("pnpdeviceid"))),
        memory_bytes=dedicated or None, shared_bytes=shared, memory_trust=Trust.SYSTEM, software=(number(flat.get("flags")) or 0) & 2 == 2,  # noqa: PLR2004 - DXGI_ADAPTER_FLAG_SOFTWARE
    )  # fmt: skip
    return Observed(form="DXGI adapters", platform=Platform.WINDOWS, gpus=(gpu,))
