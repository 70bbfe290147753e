"""A Mac in the words of `system_profiler`, `sysctl`, `ioreg` and `sw_vers`."""

from __future__ import annotations

import re

from llmadvise.domain.hardware import Backend, MemoryKind, Platform
from llmadvise.probe.apple import FEATURES, parse_gpu_cores, parse_sysctl
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.outputs.sighting import Observed, Room, Sighting, Trust
from llmadvise.probe.outputs.values import pci_id, size, vendor_of
from llmadvise.probe.text import clean, whole_number
from llmadvise.units import MIB

_MOST_GPUS = 16
_BARE = (
    "machdep.cpu.brand_string",
    "hw.memsize",
    "hw.physicalcpu",
    "hw.perflevel0.physicalcpu",
    "iogpu.wired_limit_mb",
)


def read_profiler(text: str) -> Observed | None:
    """Graphics, hardware and memory sections of the report as text."""
    gpus: list[Sighting] = []
    for section in re.split(r"^\s*Chipset Model:", text, flags=re.MULTILINE)[1 : _MOST_GPUS + 1]:
        gpus.append(_gpu(re.split(r"^\S", section, maxsplit=1, flags=re.MULTILINE)[0], len(gpus)))
    overview = _overview(text)
    modules = re.search(r"^\s*Memory:\s*\n", text, re.MULTILINE)
    total = size(overview.get("memory", "")) or (_modules(text[modules.end() :]) if modules else None)
    name = overview.get("chip") or overview.get("processor name")
    version = re.search(r"^\s*System Version: macOS (\d{1,2}(?:\.\d{1,3}){0,2})", text, re.MULTILINE)
    if not gpus and not name and total is None and version is None:
        return None
    return Observed(
        form="system_profiler", gpus=tuple(gpus), platform=Platform.MACOS, cpu=_processor(name, overview.get("total number of cores")),
        room=Room(total_bytes=total, trust=Trust.DRIVER) if total else None, system_version=version.group(1) if version else None,
    )  # fmt: skip


def _overview(text: str) -> dict[str, str]:
    """`Chip: Apple M1 Pro`, `Memory: 16 GB` of the hardware section, or of a memory section of Apple silicon."""
    labels = r"Chip|Processor Name|Memory|Total Number of Cores"
    found: dict[str, str] = {}
    start = re.search(r"Hardware Overview:", text)
    body = text[start.end() :] if start else re.split(r"Chipset Model:", text)[0]
    for label, value in re.findall(rf"^\s*({labels}): (\S[^\n]{{0,100}})$", body, re.MULTILINE):
        found.setdefault(label.lower(), clean(value))
    return found


def _modules(text: str) -> int | None:
    """The sizes of memory modules together."""
    sizes = [size(value) for value in re.findall(r"^\s*Size: (\d{1,4} [MG]B)\s*$", text, re.MULTILINE)]
    return sum(value for value in sizes if value) or None


def _gpu(section: str, position: int) -> Sighting:
    name = clean(section.split("\n", 1)[0])
    fields = {
        key.strip().lower(): clean(value)
        for key, value in re.findall(r"^\s*([\w ().,-]{2,40}): (\S[^\n]{0,120})$", section, re.MULTILINE)
    }
    cores = whole_number(fields.get("total number of cores"))
    memory = size(fields.get("vram (total)", ""))
    vendor = vendor_of(fields.get("vendor")) or vendor_of(name)
    numbers = re.search(r"\((0x[0-9a-fA-F]{4})\)", fields.get("vendor", ""))
    shared = size(fields.get("vram (dynamic, max)", ""))
    return mac_gpu(
        name, vendor, position, cores=cores, memory=memory, shared=shared,
        pci=pci_id(numbers.group(1), fields.get("device id")) if numbers else None, built_in="built" in fields.get("bus", "").lower(),
    )  # fmt: skip


def mac_gpu(
    name: str,
    vendor: str | None,
    position: int,
    *,
    cores: int | None = None,
    memory: int | None = None,
    shared: int | None = None,
    pci: str | None = None,
    built_in: bool = False,
) -> Sighting:
    """A GPU of a Mac: Apple's is one with the RAM, others are cards; on those no runtime computes well with Metal."""
    apple = vendor == "apple"
    kind = (
        MemoryKind.UNIFIED
        if apple
        else MemoryKind.SHARED
        if shared or (built_in and vendor == "intel")
        else MemoryKind.DEDICATED
    )
    return Sighting(
        tool="system_profiler", position=position, name=name, vendor=vendor, gpu_cores=cores, pci_id=pci, memory_kind=kind,
        memory_bytes=None if apple else memory, shared_bytes=shared, memory_trust=Trust.DRIVER,
        backends=(Backend.METAL,) if apple else (),
    )  # fmt: skip


def _processor(name: str | None, cores: str | None) -> CpuReading | None:
    if name is None:
        return None
    count = re.search(r"(\d{1,3}) (?:performance|Performance|super|Super)", cores or "") or re.match(
        r"(\d{1,3})", cores or ""
    )
    apple = name.startswith("Apple ")
    return CpuReading(
        names=(name,), architecture="aarch64" if apple else "x86_64", cores=int(count.group(1)) if count else None,
    )  # fmt: skip


def read_sysctl(text: str, command: str | None) -> Observed | None:
    """Values of sysctl, with names or, where the command is known, without (`-n`)."""
    values = {**_legacy(text), **parse_sysctl(text)}
    words = (command or "").split()
    if words[:1] == ["sysctl"] and "-n" in words:
        names = [word for word in words[1:] if not word.startswith("-")]
        values.update(zip(names, (clean(line) for line in text.splitlines()), strict=False))
    if not any(name in values for name in _BARE):
        return None
    total, chip = whole_number(values.get("hw.memsize")), values.get("machdep.cpu.brand_string")
    cores = whole_number(values.get("hw.perflevel0.physicalcpu")) or whole_number(values.get("hw.physicalcpu"))
    silicon = values.get("hw.optional.arm64") == "1" or (chip or "").startswith(("Apple", "VirtualApple"))
    cpu = CpuReading(
        names=(chip,) if chip else (), architecture="aarch64" if silicon else "x86_64", cores=cores,
        features=tuple(feature for name, feature in FEATURES.items() if values.get(name) == "1"),
    )  # fmt: skip
    gpu = mac_gpu(chip or "Apple GPU", "apple", 0) if silicon and chip and chip.startswith("Apple") else None
    limit = whole_number(values.get("iogpu.wired_limit_mb")) or 0
    older = whole_number(values.get("debug.iogpu.wired_limit")) or 0
    return Observed(
        form="sysctl", platform=Platform.MACOS, cpu=cpu if chip or cores else None, gpus=(gpu,) if gpu else (),
        room=Room(total_bytes=total, trust=Trust.DRIVER) if total else None, wired_limit_bytes=limit * MIB or older or None,
        system_version=values.get("kern.osproductversion"),
    )  # fmt: skip


def _legacy(text: str) -> dict[str, str]:
    """Names and values written `name = value`, as older versions do."""
    return {
        name: clean(value)
        for name, value in re.findall(
            r"^\s*((?:hw|machdep|kern|iogpu)\.[\w.]{2,60}) ?[=:] ?(\S[^\n]{0,200})$", text, re.MULTILINE
        )
    }


def read_ioreg(text: str) -> Observed | None:
    """The number of GPU cores, and the chip where its model is given."""
    cores = parse_gpu_cores(text)
    if cores is None:
        return None
    model = re.search(r'"model"\s*=\s*"(Apple M\d[\w ]{0,20})"', text)
    gpu = mac_gpu(clean(model.group(1)) if model else "Apple GPU", "apple", 0, cores=cores)
    return Observed(form="ioreg", platform=Platform.MACOS, gpus=(gpu,))


def read_version(text: str) -> Observed | None:
    """`ProductVersion: 15.1` of sw_vers."""
    match = re.search(r"^\s*ProductVersion:\s*(\d{1,2}(?:\.\d{1,3}){0,2})\s*$", text, re.MULTILINE)
    return Observed(form="sw_vers", platform=Platform.MACOS, system_version=match.group(1)) if match else None


def read_apple_gpu_info(text: str) -> Observed | None:
    """`GPU name: Apple M4 Max`, `GPU core count: 40`, `GPU memory: 128 GB`; its bandwidth is a guess and not taken."""
    name = re.search(r"^\s*GPU name: (Apple \S[^\n]{0,40})$", text, re.MULTILINE)
    cores = re.search(r"^\s*GPU core count: (\d{1,3})\s*$", text, re.MULTILINE | re.ASCII)
    if name is None or cores is None:
        return None
    total = re.search(r"^\s*GPU memory: (\d{1,5} GB)\s*$", text, re.MULTILINE | re.ASCII)
    memory = size(total.group(1)) if total else None
    chip = clean(name.group(1))
    return Observed(
        form="applegpuinfo", platform=Platform.MACOS, gpus=(mac_gpu(chip, "apple", 0, cores=int(cores.group(1))),),
        cpu=CpuReading(names=(chip,), architecture="aarch64"), room=Room(total_bytes=memory) if memory else None,
    )  # fmt: skip
