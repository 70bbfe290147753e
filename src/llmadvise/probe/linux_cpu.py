"""The processor of a Linux machine: name, cores that this process may use, instruction sets."""

from __future__ import annotations

from llmadvise.probe.asahi import read_chip
from llmadvise.probe.cgroup import read_processor_quota
from llmadvise.probe.parallel import Part
from llmadvise.probe.record import Record
from llmadvise.probe.text import clean, number_list, whole_number
from llmadvise.record import dataclass

FEATURES = {
    "avx": "avx", "avx2": "avx2", "fma": "fma", "f16c": "f16c", "avx512f": "avx512f", "avx512_vnni": "avx512_vnni",
    "avx512_bf16": "avx512_bf16", "avx_vnni": "avx_vnni", "amx_tile": "amx_tile", "amx_int8": "amx_int8",
    "amx_bf16": "amx_bf16", "asimd": "neon", "asimddp": "asimddp", "i8mm": "i8mm", "sve": "sve", "sve2": "sve2",
    "bf16": "bf16",
}  # fmt: skip
"""Flags of /proc/cpuinfo that engines have kernels for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """What /proc/cpuinfo says: one entry a logical processor."""

    name: str | None
    features: tuple[str, ...]
    cores: dict[int, tuple[str, str]]
    """Physical core by logical processor, as (package, core)."""
    packages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuReading:
    """The processor before its row in the catalog is looked up."""

    names: tuple[str, ...] = ()
    """What it may be called, the best name first."""
    architecture: str | None = None
    cores: int | None = None
    features: tuple[str, ...] = ()
    packages: int = 1


def parse_cpuinfo(text: str) -> Processor:
    """Name, features and physical cores of /proc/cpuinfo; x86 gives all, arm64 neither name nor cores."""
    name: str | None = None
    features: tuple[str, ...] = ()
    cores: dict[int, tuple[str, str]] = {}
    for block in text.split("\n\n"):
        fields = _fields(block)
        number = whole_number(fields.get("processor"))
        if number is None:
            continue
        cores[number] = (fields.get("physical id", "0"), fields.get("core id", str(number)))
        if not features:
            name = fields.get("model name")
            flags = fields.get("flags", fields.get("Features", "")).split()
            features = tuple(known for flag, known in FEATURES.items() if flag in flags)
    packages = len({package for package, _ in cores.values()})
    return Processor(name=clean(name) if name else None, features=features, cores=cores, packages=max(1, packages))


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in block.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def usable_cores(
    cores: dict[int, tuple[str, str]], *, allowed: frozenset[int], performance: frozenset[int], quota: float | None
) -> int | None:
    """Physical cores among the allowed processors: only performance cores where there are some, at most the quota."""
    usable = {number: core for number, core in cores.items() if not allowed or number in allowed}
    fast = {number: core for number, core in usable.items() if number in performance}
    count = len(set((fast or usable).values()))
    if quota is not None and count:
        count = max(1, min(count, int(quota)))
    return count or None


def read_linux_cpu(record: Record, *, allowed: frozenset[int] | None = None) -> CpuReading:
    """The processor as this process may use it; `allowed` stands in for the scheduler's affinity mask."""
    processor = parse_cpuinfo(record.read("/proc/cpuinfo", listed=True) or "")
    if allowed is None:
        allowed = record.door.allowed_processors()
    quota = Part("processor quota", read_processor_quota, record).take(record.door.seconds_left() / 4)
    performance = number_list(record.read("/sys/devices/cpu_core/cpus"))
    cores = usable_cores(_topology(record, processor), allowed=allowed, performance=performance, quota=quota)
    if quota is not None and quota < len(allowed or processor.cores):
        record.note("cpu-quota", f"A control group limits this process to {quota:g} processors' worth of time.")
    if cores is None:
        record.warn("cpu-unknown", "The number of processor cores could not be read.", "/proc/cpuinfo")
    return CpuReading(
        names=_names(record, processor),
        architecture=clean(record.door.architecture() or "") or _architecture(processor),
        cores=cores,
        features=processor.features,
        packages=processor.packages,
    )


def _topology(record: Record, processor: Processor) -> dict[int, tuple[str, str]]:
    """Physical cores by logical processor; from /sys where /proc/cpuinfo has no core ids (arm64)."""
    if processor.name is not None:
        return processor.cores
    found: dict[int, tuple[str, str]] = {}
    for number, core in processor.cores.items():
        folder = f"/sys/devices/system/cpu/cpu{number}/topology"
        package, identity = record.read(f"{folder}/physical_package_id"), record.read(f"{folder}/core_id")
        # Clusters of arm64 number their cores from zero, so the list of siblings is the safer identity.
        siblings = record.read(f"{folder}/core_cpus_list") or record.read(f"{folder}/thread_siblings_list") or identity
        found[number] = ((package or core[0]).strip(), (siblings or core[1]).strip())
    return found


def _names(record: Record, processor: Processor) -> tuple[str, ...]:
    """The model name, or what the device tree calls the board (`Raspberry Pi 5 Model B Rev 1.0`)."""
    board = clean((record.read("/proc/device-tree/model") or "").replace("\0", ""))
    names = [name for name in (processor.name, read_chip(record) if processor.name is None else None, board) if name]
    if board:
        names.append(board.split(" Model ")[0].split(" Rev ")[0])
    return tuple(dict.fromkeys(names))


def _architecture(processor: Processor) -> str | None:
    if not processor.features:
        return None
    return "aarch64" if "neon" in processor.features else "x86_64"
