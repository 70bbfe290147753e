"""Windows by WMI, CIM, the registry, msinfo32 and dxdiag."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from llmadvise.domain.hardware import Backend, Platform
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.outputs.ignored import names_no_gpu
from llmadvise.probe.outputs.records import Fields, pairs, plain, separated, tables
from llmadvise.probe.outputs.sighting import Observed, Room, Sighting, Trust
from llmadvise.probe.outputs.values import number, size, vendor_of, windows_pci_id
from llmadvise.probe.text import clean
from llmadvise.units import KIB, MIB

_MOST_ADAPTERS = 64
CAPPED = 0xFFF00000
"""The adapter's memory in WMI has 32 bits; from here on it says nothing."""
_COLUMNS = frozenset(
    {
        "name", "adapterram", "caption", "description", "driverversion", "pnpdeviceid", "videoprocessor", "adaptercompatibility",
        "deviceid", "status", "node", "totalphysicalmemory", "capacity", "configuredclockspeed", "speed", "memorytype",
        "smbiosmemorytype", "numberofcores", "numberoflogicalprocessors", "totalvisiblememorysize", "freephysicalmemory",
        "driverdesc", "matchingdeviceid", "hardwareinformationqwmemorysize", "index", "videomodedescription",
    }
)  # fmt: skip


_SIGNS = (
    r"Adapter ?RAM|qwMemorySize|Video_?Controller|DriverDesc|PNPDeviceID|NumberOfCores|Total ?(?:Physical|VisibleMemory)|"
    r"VideoProcessor|MatchingDeviceId|Win32_|ConfiguredClockSpeed|AdapterCompatibility"
)  # fmt: skip


def read_windows(text: str, command: str | None) -> Observed | None:
    """Adapters, processor and RAM of every record in a text that has the words of such records."""
    asked = re.search(r"wmic|Win32_|powershell|reg query", command or "", re.IGNORECASE)
    if (
        not asked
        and not re.search(_SIGNS, text, re.IGNORECASE)
        and not re.match(r"\s*Name\s*\n", text)
        and not any(_piped(text))
    ):
        return None
    gpus: list[Sighting] = []
    cpu: CpuReading | None = None
    total = available = modules = 0
    for fields in (*registry(text), *pairs(text), *tables(text, _COLUMNS), *separated(text, _COLUMNS), *_piped(text)):
        gpu = adapter(fields, len(gpus))
        if gpu is not None and len(gpus) < _MOST_ADAPTERS:
            gpus.append(gpu)
        cpu = cpu or processor(fields)
        total = (
            total
            or _grouped(fields.get("totalphysicalmemory"))
            or (number(fields.get("totalvisiblememorysize")) or 0) * KIB
        )
        available = (
            available
            or _grouped(fields.get("availablephysicalmemory"))
            or (number(fields.get("freephysicalmemory")) or 0) * KIB
        )
        modules += (number(fields.get("capacity")) or 0) if "speed" in fields or "capacity" in fields else 0
    if not gpus and cpu is None and not total and not modules:
        return None
    room = Room(
        total_bytes=total or modules,
        available_bytes=available if available and available <= (total or modules) else None,
    )
    return Observed(
        form="Windows records", gpus=tuple(_once(gpus)), cpu=cpu, room=room if total or modules else None, platform=Platform.WINDOWS
    )  # fmt: skip


def _grouped(text: str | None) -> int | None:
    """Bytes as a number, or the `32,510 MB` of systeminfo."""
    return size(text.replace(",", "")) if text is not None else None


def _once(gpus: list[Sighting]) -> Iterator[Sighting]:
    """Adapters once each: the forms overlap, and a key of the registry may stand for a card of WMI."""
    kept: list[Sighting] = []
    for gpu in gpus:
        same = next((place for place, other in enumerate(kept) if gpu == replace(other, position=gpu.position)), None)
        if same is None:
            kept.append(gpu)
    yield from (replace(gpu, position=place) for place, gpu in enumerate(kept))


def adapter(fields: Mapping[str, str], position: int) -> Sighting | None:
    """A record of Win32_VideoController or of a driver's key."""
    exact = fields.get("hardwareinformationqwmemorysize")
    name = fields.get("driverdesc") or fields.get("name") or fields.get("caption") or fields.get("description")
    device = fields.get("pnpdeviceid") or fields.get("matchingdeviceid")
    is_one = (
        "adapterram" in fields or exact is not None or "videoprocessor" in fields or ("driverdesc" in fields and device)
    )
    if not name or not (is_one or _only_names(fields, name)):
        return None
    if name in {"Name", "DriverDesc"} or "HKEY_" in name:
        return None
    sized = _adapter_size(fields.get("adapterram"))
    memory = _exact_size(exact) if exact is not None else None
    pci = windows_pci_id(device or "")
    code = re.search(r"\(0x([0-9A-Fa-f]{4})\)", fields.get("videoprocessor", "") or fields.get("adaptertype", ""))
    vendor = vendor_of(name, pci) or vendor_of(fields.get("adaptercompatibility"))
    if pci is None and code is not None and vendor == "amd":
        pci = f"1002:{code.group(1).lower()}"
    return Sighting(
        tool="registry" if exact is not None else "wmi", position=position, vendor=vendor, name=name, pci_id=pci,
        driver=fields.get("driverversion") or None, memory_bytes=memory or (sized if sized and sized < CAPPED else None),
        memory_trust=Trust.DRIVER if memory else Trust.CAPPED, backends=windows_backends(vendor),
    )  # fmt: skip


def windows_backends(vendor: str | None) -> tuple[Backend, ...] | None:
    """What works there: CUDA on NVIDIA's driver, Vulkan on any; ROCm's support on Windows is not told by these tools."""
    return {
        "nvidia": (Backend.CUDA, Backend.VULKAN),
        "amd": (Backend.VULKAN,),
        "intel": (Backend.SYCL, Backend.VULKAN),
    }.get(vendor or "")


def _only_names(fields: Mapping[str, str], name: str) -> bool:
    """A list of names alone (`wmic path win32_VideoController get name`): those that sound like adapters."""
    return fields.keys() <= {"name", "caption", "driverversion", "status", "node", "deviceid", "description"} and (
        names_no_gpu(name) or (vendor_of(name) in {"nvidia", "amd", "intel"} and re.search(r"RTX|GTX|Radeon|Graphics|GeForce|Quadro|Arc|Tesla", name) is not None)
    ) and not re.search(r"processor|cpu", name, re.IGNORECASE)  # fmt: skip


def _adapter_size(text: str | None) -> int | None:
    """A number of bytes, or the `512.00 MB (536,870,912 bytes)` of msinfo32."""
    inside = re.search(r"\(([\d,]{4,20}) bytes\)", text or "")
    return number(inside.group(1)) if inside else number(text)


def _exact_size(text: str) -> int | None:
    """A number, hex with `0x`, or bytes in little-endian order: `00 00 00 80 05` and `{0, 0, 0, 128, 5}`."""
    plain_number = number(text)
    if plain_number is not None:
        return plain_number
    listed = re.fullmatch(r"\{\s*(\d{1,3}(?:\s*,\s*\d{1,3}){0,15})[ ,.]*\}", text, re.ASCII)
    if listed is not None:
        values = [int(value) for value in listed.group(1).split(",")]
        return number(sum(value << 8 * place for place, value in enumerate(values[:8]))) if max(values) < 256 else None  # noqa: PLR2004
    digits = re.sub(r"^hex(?:\(b\))?:|[\s,]", "", text)
    if re.fullmatch(r"[0-9a-fA-F]{8,16}", digits) and len(digits) % 2 == 0:
        return number(int.from_bytes(bytes.fromhex(digits), "little"))
    return None


def registry(text: str) -> Iterator[Fields]:
    """Keys of `reg query`: a path, then indented values with their types."""
    fields: Fields = {}
    for line in text.splitlines():
        if re.match(r"^\s*(?:\[)?HKEY_", line):
            if fields:
                yield fields
            fields = {}
        match = re.match(r"^\s+([\w.]{2,80})\s+REG_(QWORD|DWORD|SZ|BINARY|MULTI_SZ)\s+(\S.{0,300})$", line)
        if match is not None:
            fields[plain(match.group(1))] = ("hex:" if match.group(2) == "BINARY" else "") + clean(match.group(3))
    if fields:
        yield fields


def _piped(text: str) -> Iterator[Fields]:
    """`NAME|BYTES`, as scripts join the two fields."""
    for line in text.splitlines()[:20_000]:
        match = re.match(r"^\s*([^|\n]{3,120})\|(\d{6,20})(?:\|([\d.]{3,40}))?\s*$", line, re.ASCII)
        if match is not None and vendor_of(match.group(1)):
            yield {"name": clean(match.group(1)), "adapterram": match.group(2), "driverversion": match.group(3) or ""}


def processor(fields: Mapping[str, str]) -> CpuReading | None:
    """A record of Win32_Processor."""
    name = fields.get("name") or ""
    if "numberofcores" not in fields and not re.search(
        r"\bCPU\b|Ryzen|Core\(TM\)|EPYC|Xeon|Threadripper|Snapdragon", name
    ):
        return None
    if "adapterram" in fields or not name:
        return None
    return CpuReading(names=(clean(name),), cores=number(fields.get("numberofcores")))


def read_dxdiag(text: str) -> Observed | None:
    """Display devices with dedicated and shared memory, processor and RAM."""
    if "Card name:" not in text and "Available OS Memory:" not in text:
        return None
    gpus: list[Sighting] = []
    for section in re.split(r"^\s*Card name:", text, flags=re.MULTILINE)[1 : _MOST_ADAPTERS + 1]:
        gpus.append(_display(section, len(gpus)))
    head = text.partition("Card name:")[0]
    name = re.search(r"^\s*Processor: (\S[^\n]{2,160}?)(?: \(\d{1,3} CPUs\).{0,40})?$", head, re.MULTILINE)
    usable = re.search(r"Available OS Memory: (\d{1,9})MB RAM", head)
    fitted = re.search(r"^\s*Memory: (\d{1,9})MB RAM", head, re.MULTILINE)
    size_ = usable or fitted
    return Observed(
        form="dxdiag", gpus=tuple(_unrepeated(gpus)), platform=Platform.WINDOWS,
        cpu=CpuReading(names=(re.sub(r",? ~[\d.]+GHz$", "", clean(name.group(1))),)) if name else None,
        room=Room(total_bytes=int(size_.group(1)) * MIB) if size_ else None,
    )  # fmt: skip


def _unrepeated(gpus: list[Sighting]) -> Iterator[Sighting]:
    """A card once, though it stands there for each of its monitors: those share the device's key."""
    seen: set[tuple[str | None, str | None, int | None]] = set()
    for gpu in gpus:
        key = (gpu.uuid or gpu.pci_id, gpu.name, gpu.memory_bytes)
        if key not in seen or key[0] is None:
            seen.add(key)
            yield gpu


def _display(section: str, position: int) -> Sighting:
    def field(label: str) -> str:
        match = re.search(rf"^\s*{label}: (\S[^\n]{{0,200}})$", section, re.MULTILINE)
        return clean(match.group(1)) if match else ""

    name = clean(section.split("\n", 1)[0])
    pci = windows_pci_id(field("Device Key"))
    vendor = vendor_of(name, pci) or vendor_of(field("Manufacturer"))
    return Sighting(
        tool="dxdiag", position=position, vendor=vendor, name=name, pci_id=pci, memory_bytes=size(field("Dedicated Memory")) or None,
        shared_bytes=size(field("Shared Memory")), memory_trust=Trust.SYSTEM, driver=field("Driver Version") or None,
        driver_model=(re.match(r"(WDDM|TCC|MCDM)", field("Driver Model")) or [None])[0], backends=windows_backends(vendor),
        software=field("Device Type").lower().startswith("render-only") and vendor is None,
    )  # fmt: skip
