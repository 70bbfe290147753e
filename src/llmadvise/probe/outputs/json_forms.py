"""The JSON of tools: each object is known by its keys, wherever in the document it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from llmadvise.domain.hardware import Backend, MemoryKind, Platform
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.outputs import amd_smi, rocm, xpu_smi
from llmadvise.probe.outputs.advisor_json import read_advisor
from llmadvise.probe.outputs.loose_json import find_json, walk
from llmadvise.probe.outputs.macos import mac_gpu
from llmadvise.probe.outputs.records import plain
from llmadvise.probe.outputs.sighting import Observed, Room, Sighting, Trust
from llmadvise.probe.outputs.values import number, pci_id, size, vendor_of, windows_pci_id
from llmadvise.probe.outputs.windows_records import adapter, processor
from llmadvise.probe.text import clean
from llmadvise.record import dataclass
from llmadvise.units import KIB

_MOST_OBJECTS = 4000
Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One object of a document."""

    name: str
    """The key that it stands under."""
    fields: Fields
    place: int
    """How many devices came before it."""


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


def _text(fields: Fields, *names: str) -> str | None:
    found = next((fields[name] for name in names if isinstance(fields.get(name), str) and fields[name]), None)
    return clean(found) if isinstance(found, str) else None


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
    title = _text(fields, "device_name")
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
    title = _text(fields, "name")
    if title is None or not isinstance(memory, dict) or not isinstance(memory.get("dedicated"), dict):
        return None
    shared = memory.get("shared")
    total, used = number(memory["dedicated"].get("total")), number(memory["dedicated"].get("used"))
    integrated = fields.get("type") == "Integrated"
    cores = number(fields.get("coreCount"))
    vendor = vendor_of(title, None) or vendor_of(_text(fields, "vendor"))
    if vendor == "apple":
        return Observed(form="fastfetch", gpus=(mac_gpu(title, vendor, node.place, cores=cores),))
    kind = MemoryKind.SHARED if integrated else MemoryKind.DEDICATED if fields.get("type") == "Discrete" else None
    gpu = Sighting(
        tool="fastfetch", position=node.place, vendor=vendor, name=title, memory_bytes=total or None, driver=_text(fields, "driver"),
        used_bytes=used, free_bytes=max(0, total - used) if total and used is not None else None, memory_kind=kind,
        shared_bytes=number(shared.get("total")) if isinstance(shared, dict) else None,
    )  # fmt: skip
    return Observed(form="fastfetch", gpus=(gpu,))


def _fastfetch_rest(node: Node) -> Observed | None:
    fields = node.fields
    result = fields.get("result")
    if not isinstance(result, dict):
        return None
    if fields.get("type") == "CPU":
        title, cores = _text(result, "cpu"), result.get("cores")
        count = number(cores.get("physical")) if isinstance(cores, dict) else None
        return Observed(form="fastfetch", cpu=CpuReading(names=(title,), cores=count)) if title else None
    total, used = number(result.get("total")), number(result.get("used"))
    if fields.get("type") != "Memory" or not total:
        return None
    return Observed(
        form="fastfetch",
        room=Room(total_bytes=total, available_bytes=max(0, total - used) if used is not None else None),
    )


def _profiler(node: Node) -> Observed | None:
    """Objects of `system_profiler -json`; keys differ between versions, the names of old ones are untranslated."""
    fields = node.fields
    title = _text(fields, "sppci_model") or _text(fields, "_name")
    if (
        any(key.startswith(("spdisplays_", "sppci_")) for key in fields)
        and not any(key.startswith("_spdisplays_") for key in fields)
        and title
    ):
        return Observed(
            form="system_profiler JSON", platform=Platform.MACOS, gpus=(_profiler_gpu(title, fields, node.place),)
        )
    chip = _text(fields, "chip_type", "cpu_type")
    if chip is not None:
        total, cores = (
            size(_text(fields, "physical_memory") or ""),
            re.search(r"proc (\d{1,3}):(\d{1,3})", str(fields.get("number_processors"))),
        )
        count = int(cores.group(2)) if cores else number(fields.get("number_processors"))
        cpu = CpuReading(names=(chip,), cores=count, architecture="aarch64" if chip.startswith("Apple") else "x86_64")
        return Observed(
            form="system_profiler JSON",
            platform=Platform.MACOS,
            cpu=cpu,
            room=Room(total_bytes=total) if total else None,
        )
    whole = size(_text(fields, "SPMemoryDataType") or "")
    if whole:
        return Observed(
            form="system_profiler JSON", platform=Platform.MACOS, room=Room(total_bytes=whole, trust=Trust.DRIVER)
        )
    module = size(_text(fields, "dimm_size") or "")
    if module:
        return Observed(form="memory module", platform=Platform.MACOS, room=Room(total_bytes=module))
    version = re.match(r"macOS (\d{1,2}(?:\.\d{1,3}){0,2})", _text(fields, "os_version") or "")
    return (
        Observed(form="system_profiler JSON", platform=Platform.MACOS, system_version=version.group(1))
        if version
        else None
    )


def _profiler_gpu(title: str, fields: Fields, place: int) -> Sighting:
    key = re.fullmatch(r"kHW_Apple(M\d{1,2})(Pro|Max|Ultra)?Item", title)
    label = " ".join(part for part in ("Apple", key.group(1), key.group(2)) if part) if key else title
    maker = _text(fields, "spdisplays_vendor", "sppci_vendor") or ""
    numbers = re.search(r"0x[0-9a-fA-F]{4}", maker)
    memory = size(_text(fields, "spdisplays_vram", "_spdisplays_vram") or "")
    shared = size(_text(fields, "spdisplays_vram_shared") or "")
    vendor = vendor_of(label) or vendor_of(re.sub(r"sppci_vendor_", "", maker))
    return mac_gpu(
        label, vendor, place, cores=number(fields.get("sppci_cores")), memory=memory, shared=shared,
        pci=pci_id(numbers.group(0), fields.get("spdisplays_device-id")) if numbers else None,
        built_in="builtin" in str(fields.get("sppci_bus", "")),
    )  # fmt: skip


def _windows(node: Node) -> Observed | None:
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


def _dxgi(node: Node) -> Observed | None:
    """Adapters with dedicated and shared memory, in bytes or, where the key says so, in mebibytes."""
    fields = node.fields
    flat = {plain(key): value for key, value in fields.items()}
    title = _text({plain(key): value for key, value in fields.items()}, "description", "name", "adapter")
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


def _vulkan(node: Node) -> Observed | None:
    fields = node.fields
    title = _text(fields, "deviceName")
    if title is None or "deviceType" not in fields:
        return None
    kinds = {
        "INTEGRATED_GPU": MemoryKind.SHARED,
        "DISCRETE_GPU": MemoryKind.DEDICATED,
        "1": MemoryKind.SHARED,
        "2": MemoryKind.DEDICATED,
    }
    word = str(fields["deviceType"]).removeprefix("VK_").removeprefix("PHYSICAL_DEVICE_TYPE_")
    pci = pci_id(fields.get("vendorID"), fields.get("deviceID"))
    gpu = Sighting(
        tool="vulkaninfo", position=node.place, vendor=vendor_of(title, pci), name=title, pci_id=pci, software=word in {"CPU", "4"},
        memory_kind=kinds.get(word), backends=(Backend.VULKAN,),
    )  # fmt: skip
    return Observed(form="vulkaninfo JSON", gpus=(gpu,))


def _ggml(node: Node) -> Observed | None:
    """`--list-devices` of llama.cpp as JSON."""
    fields = node.fields
    title = _text(fields, "description")
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
    _rocm, _amd_smi, _xpu, _fastfetch, _fastfetch_rest, _profiler, _windows, _dxgi, _vulkan, _ggml, _advisor,
)  # fmt: skip
