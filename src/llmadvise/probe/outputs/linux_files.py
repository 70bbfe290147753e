"""Files of Linux and the tools that print them: meminfo, cpuinfo, control groups, `free`, `lscpu`, sysfs of amdgpu."""

from __future__ import annotations

import re
from collections.abc import Mapping

from llmadvise.domain.hardware import MemoryKind, Platform
from llmadvise.probe.cgroup import parse_cpu_max
from llmadvise.probe.linux_cpu import FEATURES, CpuReading, parse_cpuinfo
from llmadvise.probe.linux_memory import parse_meminfo
from llmadvise.probe.outputs.sighting import Observed, Room, Sighting, Trust
from llmadvise.probe.outputs.values import address, left_of, number, pci_id, size
from llmadvise.probe.text import clean, whole_number
from llmadvise.units import GIB

_LIMIT_FILES = r"memory\.(?:max|high|limit_in_bytes)"
_USE_FILES = r"memory\.(?:current|usage_in_bytes)"
_NO_LIMIT = 1 << 50
"""A petabyte: version 1 writes a number near 2**63 for no limit."""


def read_meminfo(text: str) -> Observed | None:
    """Total and available RAM of /proc/meminfo; numbers may be grouped."""
    sizes = parse_meminfo("\n".join(line.strip() for line in text.splitlines() if line.rstrip().endswith("kB")))
    total = sizes.get("MemTotal")
    if not total:
        return None
    room = Room(total_bytes=total, available_bytes=sizes.get("MemAvailable"), trust=Trust.DRIVER)
    return Observed(form="/proc/meminfo", room=room, platform=Platform.LINUX)


def read_free(text: str, command: str | None) -> Observed | None:
    """The line `Mem:` of `free` in KiB, or in the unit that the options or the numbers say."""
    line = re.search(r"^\s*Mem:((?:[^\S\n]+\d[\w.,]{0,20}){3,7})\s*$", text, re.MULTILINE)
    if line is None:
        return None
    unit = {"-b": "B", "-m": "MiB", "-g": "GiB", "--mebi": "MiB", "--gibi": "GiB"}
    given = next((unit[word] for word in (command or "").split() if word in unit), "KiB")
    cells = [size(word, given) for word in line.group(1).split()]
    head = re.search(r"^\s*total\s+used\s+free\b.*\bavailable\s*$", text, re.MULTILINE)
    available = cells[-1] if head and len(cells) >= 6 else None  # noqa: PLR2004 - the newer form has six
    exact = all(word.isdigit() for word in line.group(1).split())
    return Observed(
        form="free", room=Room(total_bytes=cells[0], available_bytes=available, trust=Trust.SYSTEM if exact else Trust.ROUNDED)
    )  # fmt: skip


def read_cpuinfo(text: str) -> Observed | None:
    """Name, features and cores of /proc/cpuinfo."""
    if not re.search(r"^processor\s*:\s*\d", text, re.MULTILINE):
        return None
    processor = parse_cpuinfo(re.sub(r"\n(?=processor\s*:)", "\n\n", text))
    if not processor.cores:
        return None
    arm = "neon" in processor.features
    reading = CpuReading(
        names=(processor.name,) if processor.name else (), cores=len(set(processor.cores.values())) if processor.name else len(processor.cores),
        features=processor.features, packages=processor.packages, architecture=("aarch64" if arm else "x86_64") if processor.features else None,
    )  # fmt: skip
    return Observed(form="/proc/cpuinfo", cpu=reading, platform=Platform.LINUX)


def read_lscpu(text: str) -> Observed | None:
    """Fields of `lscpu`."""
    fields: dict[str, str] = {}
    for key, value in re.findall(r"^\s*([A-Z][\w() -]{1,40}):\s+(\S[^\n]{0,4000})$", text, re.MULTILINE):
        fields.setdefault(key, value.strip())
    if not ("Core(s) per socket" in fields or ("Model name" in fields and "CPU(s)" in fields)):
        return None
    each = whole_number(fields.get("Core(s) per socket") or fields.get("Core(s) per cluster"))
    sockets = whole_number(fields.get("Socket(s)")) or whole_number(fields.get("Cluster(s)")) or 1
    flags = set(fields.get("Flags", "").split())
    name = clean(fields.get("Model name", ""))
    reading = CpuReading(
        names=(name,) if name and name != "-" else (), architecture=clean(fields.get("Architecture", "")) or None,
        cores=each * sockets if each and sockets <= 64 else whole_number(fields.get("CPU(s)")), packages=min(sockets, 64),  # noqa: PLR2004
        features=tuple(dict.fromkeys(known for flag, known in FEATURES.items() if flag in flags)),
    )  # fmt: skip
    return Observed(form="lscpu", cpu=reading, platform=Platform.LINUX)


def read_cgroup(text: str, command: str | None) -> Observed | None:
    """Limits of control groups: a file by its path, or `path:value` lines of grep."""
    files = _files(text, command)
    limits = [
        (value, path)
        for path, body in files.items()
        if re.search(rf"{_LIMIT_FILES}$", path) and (value := number(body)) is not None
    ]
    limits = [(value, path) for value, path in limits if value < _NO_LIMIT]
    used = [
        value
        for path, body in files.items()
        if re.search(rf"{_USE_FILES}$", path) and (value := number(body)) is not None
    ]
    asked = [path for path in files if re.search(rf"(?:{_LIMIT_FILES}|{_USE_FILES}|cpu\.max)$", path)]
    quotas = [quota for path, body in files.items() if path.endswith("cpu.max") and (quota := parse_cpu_max(body))]
    if not asked:
        return None
    cpu = CpuReading(cores=max(1, int(min(quotas)))) if quotas else None
    if not limits:
        return Observed(
            form="control group", room=Room(used_bytes=min(used, default=None)), platform=Platform.LINUX, cpu=cpu
        )
    limit, path = min(limits)
    room = Room(limit_bytes=limit, used_bytes=min(used, default=None), limited_by=clean(path))
    return Observed(form="control group", room=room, platform=Platform.LINUX, cpu=cpu)


def _files(text: str, command: str | None) -> dict[str, str]:
    """Texts by path: of the one file that the command names, or of lines that begin with a path."""
    found: dict[str, str] = {}
    for line in text.splitlines()[:20_000]:
        match = re.match(r"^(/(?:sys|proc)/\S{1,300}?|[a-z_]{2,20}\.[a-z_]{2,20}):\s*(\S.{0,100})$", line)
        if match is not None and re.search(r"(?:memory|cpu)\.\w+$|mem_info_\w+$|/(?:vendor|device)$", match.group(1)):
            found[match.group(1)] = match.group(2).strip()
    words = (command or "").replace('"', " ").replace("'", " ").split()
    paths = [word for word in words if word.startswith(("/sys", "/proc"))]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if paths and not found and len(lines) == len(paths):
        found.update(zip(paths, lines, strict=True))
    return found


def read_amdgpu(text: str, command: str | None) -> Observed | None:
    """`mem_info_vram_total` and its like of sysfs, by card."""
    cards: dict[str, dict[str, str]] = {}
    for path, value in _files(text, command).items():
        match = re.match(r"^(.*?)/(mem_info_\w+|vendor|device)$", path)
        if match is not None:
            cards.setdefault(match.group(1), {})[match.group(2)] = value
    found = [
        _card(folder, fields, place)
        for place, (folder, fields) in enumerate(cards.items())
        if "mem_info_vram_total" in fields
    ]
    return Observed(form="sysfs of amdgpu", gpus=tuple(found), platform=Platform.LINUX) if found else None


def _card(folder: str, fields: Mapping[str, str], place: int) -> Sighting:
    total, used = number(fields.get("mem_info_vram_total")), number(fields.get("mem_info_vram_used"))
    return Sighting(
        tool="amdgpu", position=place, vendor="amd", memory_bytes=total or None, memory_trust=Trust.DRIVER, used_bytes=used,
        free_bytes=left_of(total or None, used), address=address(folder),
        shared_bytes=number(fields.get("mem_info_gtt_total")), pci_id=pci_id(fields.get("vendor"), fields.get("device")),
        memory_kind=MemoryKind.CARVE_OUT if total and total < GIB else None,
    )  # fmt: skip
