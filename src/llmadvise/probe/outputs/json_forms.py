"""The JSON of tools: each object is known by its keys, wherever in the document it stands."""

from __future__ import annotations

import re
from collections.abc import Callable

from llmadvise.domain.hardware import Backend, MemoryKind
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.outputs import amd_smi, json_macos, json_windows, rocm, vulkaninfo, xpu_smi
from llmadvise.probe.outputs.advisor_json import read_advisor
from llmadvise.probe.outputs.json_node import Fields, Node, text_of
from llmadvise.probe.outputs.loose_json import find_json, walk
from llmadvise.probe.outputs.macos import mac_gpu
from llmadvise.probe.outputs.sighting import Observed, Room, Sighting, Trust
from llmadvise.probe.outputs.values import left_of, number, pci_id, vendor_of
from llmadvise.probe.text import clean

_MOST_OBJECTS = 4000


def read_json_forms(text: str) -> Observed | None:
    """All that the objects of the JSON in a text say."""
    if "{" not in text:
        return None
    parts: list[Observed] = []
    for value in find_json(text):
        for name, fields in walk(value)[:_MOST_OBJECTS]:
            for read in _FORMS:
                part = read(Node(name=name, fields=fields, place=sum(len(known.gpus) for known in parts)))
                if part is not None:
                    parts.append(part)
                    break
    return joined(parts) if parts else None


def joined(parts: list[Observed]) -> Observed:
    """Parts of one document as one."""
    cpus = [part.cpu for part in parts if part.cpu is not None]
    rooms = [part.room for part in parts if part.room is not None]
    modules = [part.room.total_bytes or 0 for part in parts if part.form == "memory module" and part.room is not None]
    room = Room(total_bytes=sum(modules)) if modules else next(iter(rooms), None)
    return Observed(
        form=next((part.form for part in parts if part.gpus), parts[0].form), gpus=tuple(_by_position(parts)),
        cpu=cpus[0] if cpus else None, room=room,
        platform=next((part.platform for part in parts if part.platform is not None), None),
        system_version=next((part.system_version for part in parts if part.system_version), None),
        findings=tuple(finding for part in parts for finding in part.findings),
    )  # fmt: skip


def _by_position(parts: list[Observed]) -> list[Sighting]:
    return [gpu for part in parts for gpu in part.gpus]


def _flat(fields: Fields) -> dict[str, str]:
    """Texts and numbers by lower-case name, also those one object deeper; `{"value": 1, "unit": "MB"}` is a size."""
    flat: dict[str, str] = {}
    for key, value in fields.items():
        if isinstance(value, dict) and "value" in value:
            flat.setdefault(key.lower(), f"{value.get('value')} {value.get('unit', '')}".strip())
        elif isinstance(value, dict):
            for inner, item in _flat(value).items():
                flat.setdefault(f"{key.lower()}_{inner}" if inner == "size" else inner, item)
        elif isinstance(value, str | int | float):
            flat.setdefault(key.lower(), clean(str(value)))
    return flat


def _rocm(node: Node) -> Observed | None:
    fields = node.fields
    card = re.fullmatch(r"card(\d{1,3})", node.name, re.ASCII)
    flat = {key: clean(str(value)) for key, value in fields.items() if isinstance(value, str | int | float)}
    if card is None or not any(key.startswith(("Card ", "VRAM ", "GFX", "GPU use", "Device ")) for key in flat):
        return None
    return Observed(
        form="rocm-smi JSON",
        gpus=(rocm.from_fields(flat, int(card.group(1))),),
    )


def _amd_smi(node: Node) -> Observed | None:
    fields = node.fields
    position = number(fields.get("gpu"))
    known = {"asic", "bus", "vram", "mem_usage", "bdf", "uuid", "market_name"}
    if position is None or not known & fields.keys():
        return None
    return Observed(form="amd-smi JSON", gpus=(amd_smi.from_fields(_flat(fields), position),))


def _xpu(node: Node) -> Observed | None:
    fields = node.fields
    title = text_of(fields, "device_name")
    if (
        title is None
        or not {"pci_bdf_address", "pci_device_id", "vendor_name", "memory_physical_size_byte"} & fields.keys()
    ):
        return None
    box = {key.replace("_", " "): clean(str(value)) for key, value in fields.items() if isinstance(value, str | int)}
    box.setdefault("memory physical size", box.get("memory physical size byte", ""))
    position = number(fields.get("device_id"))
    return Observed(form="xpu-smi JSON", gpus=(xpu_smi.from_fields(box, node.place if position is None else position),))


def _fastfetch(node: Node) -> Observed | None:
    fields = node.fields
    memory = fields.get("memory")
    title = text_of(fields, "name")
    if title is None or not isinstance(memory, dict) or not isinstance(memory.get("dedicated"), dict):
        return None
    shared = memory.get("shared")
    total, used = number(memory["dedicated"].get("total")), number(memory["dedicated"].get("used"))
    integrated = fields.get("type") == "Integrated"
    cores = number(fields.get("coreCount"))
    vendor = vendor_of(title, None) or vendor_of(text_of(fields, "vendor"))
    if vendor == "apple":
        return Observed(form="fastfetch", gpus=(mac_gpu(title, vendor, node.place, cores=cores),))
    kind = MemoryKind.SHARED if integrated else MemoryKind.DEDICATED if fields.get("type") == "Discrete" else None
    gpu = Sighting(
        tool="fastfetch", position=node.place, vendor=vendor, name=title, memory_bytes=total or None, driver=text_of(fields, "driver"),
        used_bytes=used, free_bytes=left_of(total or None, used), memory_kind=kind,
        shared_bytes=number(shared.get("total")) if isinstance(shared, dict) else None,
    )  # fmt: skip
    return Observed(form="fastfetch", gpus=(gpu,))


def _fastfetch_rest(node: Node) -> Observed | None:
    fields = node.fields
    result = fields.get("result")
    if not isinstance(result, dict):
        return None
    if fields.get("type") == "CPU":
        title, cores = text_of(result, "cpu"), result.get("cores")
        count = number(cores.get("physical")) if isinstance(cores, dict) else None
        return Observed(form="fastfetch", cpu=CpuReading(names=(title,), cores=count)) if title else None
    total, used = number(result.get("total")), number(result.get("used"))
    if fields.get("type") != "Memory" or not total:
        return None
    return Observed(
        form="fastfetch",
        room=Room(total_bytes=total, available_bytes=left_of(total, used)),
    )


def _vulkan(node: Node) -> Observed | None:
    fields = node.fields
    title = text_of(fields, "deviceName")
    if title is None or "deviceType" not in fields:
        return None
    word = str(fields["deviceType"]).removeprefix("VK_").removeprefix("PHYSICAL_DEVICE_TYPE_")
    pci = pci_id(fields.get("vendorID"), fields.get("deviceID"))
    gpu = Sighting(
        tool="vulkaninfo", position=node.place, vendor=vendor_of(title, pci), name=title, pci_id=pci, software=word in vulkaninfo.SOFTWARE,
        memory_kind=vulkaninfo.KINDS.get(word), backends=(Backend.VULKAN,),
    )  # fmt: skip
    return Observed(form="vulkaninfo JSON", gpus=(gpu,))


def _ggml(node: Node) -> Observed | None:
    """`--list-devices` of llama.cpp as JSON."""
    fields = node.fields
    title = text_of(fields, "description")
    total = number(fields.get("memory_total"))
    if title is None or total is None or "backend" not in fields:
        return None
    backend = {
        "cuda": Backend.CUDA,
        "rocm": Backend.ROCM,
        "hip": Backend.ROCM,
        "vulkan": Backend.VULKAN,
        "sycl": Backend.SYCL,
    }.get(str(fields["backend"]).lower())
    if backend is None or str(fields.get("type", "GPU")).upper() not in {"GPU", "IGPU"}:
        return None
    attributes = fields.get("attributes")
    capability = attributes.get("compute_capability") if isinstance(attributes, dict) else None
    free = number(fields.get("memory_free"))
    gpu = Sighting(
        tool=f"ggml_{backend.value}", position=node.place, vendor=vendor_of(title), name=title, memory_bytes=total or None, memory_trust=Trust.ROUNDED,
        free_bytes=free if free is not None and free <= total else None, backends=(backend, Backend.VULKAN) if backend is not Backend.VULKAN else (backend,),
        memory_kind=MemoryKind.SHARED if str(fields.get("type")).upper() == "IGPU" else None,
        compute_capability=capability if isinstance(capability, str) and re.fullmatch(r"\d{1,2}\.\d", capability) else None,
    )  # fmt: skip
    return Observed(form="llama.cpp devices", gpus=(gpu,))


def _advisor(node: Node) -> Observed | None:
    return read_advisor(node.fields)


_FORMS: tuple[Callable[[Node], Observed | None], ...] = (
    _rocm, _amd_smi, _xpu, _fastfetch, _fastfetch_rest, json_macos.read_profiler, json_windows.read_windows, json_windows.read_dxgi, _vulkan, _ggml, _advisor,
)  # fmt: skip
