"""Apple machines: chip, RAM, GPU cores and what the GPU may wire, from sysctl and ioreg."""

from __future__ import annotations

import re

from llmadvise.domain.hardware import Backend
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.system_values import read_values as read_json
from llmadvise.probe.text import clean, whole_number
from llmadvise.record import dataclass
from llmadvise.units import GIB, MIB

NAMES = (
    "machdep.cpu.brand_string", "hw.memsize", "hw.physicalcpu", "hw.perflevel0.physicalcpu", "hw.optional.arm64",
    "kern.osproductversion", "iogpu.wired_limit_mb", "debug.iogpu.wired_limit",
    "hw.optional.arm.FEAT_DotProd", "hw.optional.arm.FEAT_I8MM", "hw.optional.arm.FEAT_BF16", "hw.optional.avx2_0",
)  # fmt: skip
FEATURES = {
    "hw.optional.arm.FEAT_DotProd": "asimddp", "hw.optional.arm.FEAT_I8MM": "i8mm",
    "hw.optional.arm.FEAT_BF16": "bf16", "hw.optional.avx2_0": "avx2",
}  # fmt: skip
"""Values of sysctl that tell of instructions that engines have kernels for, with Linux' names of these."""
_LIBRARY = "libc.sysctlbyname"
_TAHOE = 26
_TRANSLATED = "VirtualApple"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppleReading:
    """One Mac, before its catalog rows are looked up."""

    cpu: CpuReading
    total_bytes: int | None
    gpus: tuple[GpuReading, ...]


def parse_sysctl(text: str, command: str = "") -> dict[str, str]:
    """Values by name of `sysctl name…`, or the one of `sysctl -n name`; names that the system does not have are left out."""
    words = command.split()
    if words[1:2] == ["-n"] and len(words) == 3:  # noqa: PLR2004 - program, option, name
        return {words[2]: clean(text)} if text.strip() else {}
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name.strip(): clean(value) for name, _, value in pairs if value}


def parse_gpu_cores(text: str) -> int | None:
    """The `"gpu-core-count" = 40` of ioreg."""
    match = re.search(r'"gpu-core-count"\s*=\s*(\d{1,4})\b', text)
    return int(match.group(1)) if match else None


def default_wired_fraction(*, total_bytes: int, system_version: str | None) -> float:
    """The part of the RAM that the GPU may wire when no limit is set.

    Up to macOS 15 Metal's recommendedMaxWorkingSetSize is 2/3 of the RAM up to 32 GiB and 3/4 above (llama.cpp logs:
    11453.25 MB of 16 GiB, 51539.61 MB of 64 GiB). macOS 26 raised it: 12713.12 MB of 16 GiB, 107.52 GiB of 128 GiB;
    between those two no measurement is known, so the larger of the older rule and 0.74 holds there.
    """
    older = 2 / 3 if total_bytes <= 32 * GIB else 3 / 4
    major = whole_number((system_version or "").split(".")[0])
    if major is None or major < _TAHOE:
        return older
    return 0.84 if total_bytes >= 128 * GIB else max(older, 0.74)


def wired_limit(values: dict[str, str], total_bytes: int) -> int:
    """Bytes that the GPU may wire: the limit that is set, else the system's default."""
    configured = whole_number(values.get("iogpu.wired_limit_mb")) or 0
    if configured:
        return min(configured * MIB, total_bytes)
    older = whole_number(values.get("debug.iogpu.wired_limit")) or 0
    if older:
        return min(older, total_bytes)
    fraction = default_wired_fraction(total_bytes=total_bytes, system_version=values.get("kern.osproductversion"))
    return int(total_bytes * fraction)


def parse_apple(values: dict[str, str], *, gpu_cores: int | None, available_bytes: int | None) -> AppleReading:
    """The Mac that these sysctl values describe."""
    silicon = values.get("hw.optional.arm64") == "1"
    chip, total = values.get("machdep.cpu.brand_string"), whole_number(values.get("hw.memsize"))
    cores = whole_number(values.get("hw.perflevel0.physicalcpu")) or whole_number(values.get("hw.physicalcpu"))
    cpu = CpuReading(
        names=(chip,) if chip else (),
        architecture="aarch64" if silicon else "x86_64",
        cores=cores,
        features=tuple(feature for name, feature in FEATURES.items() if values.get(name) == "1"),
    )
    if not silicon:
        return AppleReading(cpu=cpu, total_bytes=total, gpus=())
    gpu = GpuReading(
        vendor="apple", name=chip or "Apple GPU", unified=True, memory_bytes=total, installed_bytes=total,
        free_bytes=available_bytes, budget_bytes=wired_limit(values, total) if total is not None else None,
        gpu_cores=gpu_cores, backends=(Backend.METAL,),
    )  # fmt: skip
    return AppleReading(cpu=cpu, total_bytes=total, gpus=(gpu,))


def read_values(record: Record) -> dict[str, str]:
    """What sysctl says; it fails as a whole when one name is unknown, but prints the others.

    A program for Intel processors is told of a virtual one; the native sysctl knows the real one.
    """
    values = _library_values(record) or parse_sysctl(record.run(("sysctl", *NAMES)).text or "")
    if record.door.is_capture():
        # Other hands ask sysctl in words of their own.
        for line in record.door.answered("sysctl "):
            values = {**parse_sysctl(record.door.run(tuple(line.split())).text or "", line), **values}
    if values.get("machdep.cpu.brand_string", "").startswith(_TRANSLATED):
        record.warn(
            "cpu-translated",
            "This Python was made for Intel processors and runs under Rosetta; programs started from here would too. "
            "Install Python and llmadvise for arm64.",
            "machdep.cpu.brand_string",
        )
        native = parse_sysctl(record.run(("arch", "-arm64", "sysctl", *NAMES)).text or "")
        values = {**values, "hw.optional.arm64": "1", **native}
    return values


def _library_values(record: Record) -> dict[str, str]:
    """The values by the C library; none where it does not even tell the size of the RAM."""
    answer = record.door.system_values(_LIBRARY)
    values = read_json(answer.text)
    record.look(_LIBRARY, answer.status, answer.detail)
    if not isinstance(values, dict) or "hw.memsize" not in values:
        return {}
    return {str(name): clean(str(value)) for name, value in values.items()}


def read_gpu_cores(record: Record) -> int | None:
    """The number of GPU cores, which sysctl does not tell; None where ioreg does not either."""
    return parse_gpu_cores(record.run(("ioreg", "-rc", "AGXAccelerator", "-d", "1")).text or "")


def read_apple(
    record: Record, *, values: dict[str, str], cores: int | None, available_bytes: int | None
) -> AppleReading:
    """The Mac of these answers, with what they leave open."""
    reading = parse_apple(values, gpu_cores=cores, available_bytes=available_bytes)
    if not reading.gpus:
        record.note("gpu-not-supported", "On a Mac with an Intel processor models run on the CPU; its GPU is not used.")
    elif cores is None:
        record.note("gpu-cores-unknown", "The number of GPU cores could not be read; the slower variant is assumed.")
    return reading
