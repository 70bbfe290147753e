"""The machine of what the outputs say: kinds of memory, catalog rows, budgets, and findings for each gap."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Cpu, CpuFacts, Gpu, GpuFacts, Hardware, Memory, MemoryKind, Platform, ProbeSource
from llmadvise.engine.machine import ASSUMED_RAM
from llmadvise.probe.amd_names import graphics_of_cpu
from llmadvise.probe.bandwidth import with_bandwidth
from llmadvise.probe.complete import complete_cpu, note_tie, shared_bandwidth
from llmadvise.probe.described import complete_described
from llmadvise.probe.identify import Match
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.outputs.macos import mac_gpu
from llmadvise.probe.outputs.memory_kinds import Sized, kind_of, sized
from llmadvise.probe.outputs.merge import is_generic, merge_devices
from llmadvise.probe.outputs.rooms import memory_of
from llmadvise.probe.outputs.rows import find_row
from llmadvise.probe.outputs.sighting import Observed, Sighting, note, warn
from llmadvise.probe.outputs.slices import as_parts, settle_slice
from llmadvise.probe.record import Record
from llmadvise.probe.text import gib

_NO_DRIVER = frozenset({"gpu-driver-broken", "gpu-driver-missing", "gpu-not-visible"})
_OTHER_DRIVERS = frozenset({"nouveau", "vfio-pci", "pci-stub"})
"""Kernel modules on which nothing computes: the free one for NVIDIA, and those that hand a card to a virtual machine."""
_BUSY = 50
"""Per cent of the time in use; below, another program's share is within what estimates allow for."""


def settle(
    observed: Sequence[Observed],
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
    platform: Platform | None = None,
    ram_bytes: int | None = None,
) -> Hardware:
    """The machine; `ram_bytes` is its RAM where the caller knows it."""
    record = Record()
    memory, findings = memory_of(observed, ram_bytes=ram_bytes)
    reading = _processor(observed)
    cpu, row = complete_cpu(reading, cpus)
    cpu = with_bandwidth(cpu, row, None)
    devices, more = merge_devices(observed)
    place = platform or _platform(observed, devices)
    if place is Platform.MACOS:
        devices.extend(_own_chip(devices, observed))
    inside = graphics_of_cpu(reading.names)
    settled = _settle_all(
        devices, observed, memory, gpus, record, platform=place, inside=inside, calibration=calibration
    )
    whole = any(output.complete for output in observed)
    shown = [gpu for gpu, _ in settled]
    settled.extend(_unseen(inside, shown, gpus, whole=whole, record=record))
    described = Hardware(
        platform=place, cpu=cpu, memory=memory, gpus=tuple(replace(gpu, index=index) for index, (gpu, _) in enumerate(settled)),
        sources=tuple(ProbeSource(source=output.form, status="read") for output in observed if output.form),
    )  # fmt: skip
    opened = frozenset(index for index, (_, is_open) in enumerate(settled) if is_open)
    done = complete_described(described, gpus=gpus, cpus=cpus, calibration=calibration, open_backends=opened)
    own = (finding for output in observed for finding in output.findings)
    gaps = _gaps(done.cpu, memory, done.gpus)
    everything = dict.fromkeys((*own, *more, *findings, *record.findings, *done.findings, *gaps, *_busy(done.gpus)))
    return replace(done, gpus=shared_bandwidth(done.gpus, done.cpu, row), findings=tuple(everything))


def _processor(observed: Sequence[Observed]) -> CpuReading:
    """The best name, the cores that may be used, and the features of all that speak of the processor."""
    found = [output.cpu for output in observed if output.cpu is not None]
    names = tuple(dict.fromkeys(name for cpu in found for name in cpu.names))
    limits = [cpu.cores for cpu in found if cpu.cores is not None and not cpu.names]
    cores = next((cpu.cores for cpu in found if cpu.cores is not None and cpu.names), None)
    usable = min([*limits, *([cores] if cores else [])], default=None)
    return CpuReading(
        names=names, cores=usable, architecture=next((cpu.architecture for cpu in found if cpu.architecture), None),
        features=next((cpu.features for cpu in found if cpu.features), ()), packages=max((cpu.packages for cpu in found), default=1),
    )  # fmt: skip


def _platform(observed: Sequence[Observed], devices: Sequence[Sighting]) -> Platform:
    told = next((output.platform for output in observed if output.platform is not None), None)
    if told is not None:
        return told
    if any(gpu.vendor == "apple" for gpu in devices):
        return Platform.MACOS
    return Platform.WINDOWS if any(gpu.driver_model for gpu in devices) else Platform.LINUX


def _settle_all(
    devices: Sequence[Sighting],
    observed: Sequence[Observed],
    memory: Memory,
    gpus: Mapping[str, GpuFacts],
    record: Record,
    *,
    platform: Platform,
    inside: str | None,
    calibration: MemoryCalibration,
) -> list[tuple[Gpu, bool]]:
    """Cards and slices, each with whether its backends are open; a card that is divided is its slices."""
    cards = [_driven(gpu, observed) for gpu in devices if gpu.slice_of is None]
    slices = [gpu for gpu in devices if gpu.slice_of is not None]
    divided = {gpu.slice_of for gpu in slices}
    limit = next((output.wired_limit_bytes for output in observed if output.wired_limit_bytes), None)
    version = next((output.system_version for output in observed if output.system_version), None)
    found: list[tuple[Gpu, bool]] = []
    for card in cards:
        named = _named(card, record)
        own = kind_of(named, gpus)
        match = find_row(named, gpus, integrated=own.shares, total_bytes=_installed(named, memory, own), inside=inside)
        if card.position in divided and card.tool.startswith("nvidia"):
            parts = [part for part in slices if part.slice_of == card.position]
            found.extend(settle_slice(part, named, match) for part in parts)
            slices = [part for part in slices if part.slice_of != card.position]
            continue
        result = sized(named, own, memory, record, calibration=calibration, limit=limit, version=version)
        whole = _gpu(named, match, result, record, len(found), inside=inside)
        _note_mac(named, match, platform, record)
        found.extend((part, named.backends is None) for part in as_parts(whole, named, match))
    found.extend(settle_slice(part, None, None) for part in slices)
    if slices:
        record.note(
            "mig-card-unknown",
            "Slices of a card are listed, but not the card; add the output of `nvidia-smi -L`.",
            "MIG devices",
        )
    return found


def _own_chip(devices: Sequence[Sighting], observed: Sequence[Observed]) -> list[Sighting]:
    """The GPU of an Apple chip that only the processor's name tells of: every one has one."""
    names = [
        name
        for output in observed
        if output.cpu is not None
        for name in output.cpu.names
        if re.match(r"Apple M\d", name)
    ]
    return [mac_gpu(names[0], "apple", 0)] if names and not any(gpu.vendor == "apple" for gpu in devices) else []


def _driven(card: Sighting, observed: Sequence[Observed]) -> Sighting:
    """A card that only the bus shows, without backends where its driver is said to fail or is another one."""
    failed = any(
        finding.rule in _NO_DRIVER and finding.message.startswith("NVIDIA")
        for output in observed
        for finding in output.findings
    )
    if card.tool == "lspci" and ((failed and card.vendor == "nvidia") or card.driver in _OTHER_DRIVERS):
        return replace(card, backends=())
    return card


def _installed(gpu: Sighting, memory: Memory, own: Sized) -> int | None:
    """The size that an integrated device's row goes by: the RAM with what the firmware keeps of it."""
    carve = gpu.memory_bytes if own.kind is MemoryKind.CARVE_OUT else None
    return memory.total_bytes + (carve or 0) if memory.total_bytes is not None else None


def _named(gpu: Sighting, record: Record) -> Sighting:
    """A device of NVIDIA without a name, told by what its driver cannot say.

    A driver that counts load and power but no memory is that of GB10: on Jetson Orin, the other devices without
    memory of their own, nvidia-smi gives neither.
    """
    if gpu.vendor != "nvidia" or gpu.name is not None or not (gpu.without_memory and gpu.reports_load):
        return gpu
    message = "The output names no device; one that tells load and power but no memory of its own is taken for a GB10."
    record.warn("gpu-name-assumed", message, "memory.total: [N/A]")
    return replace(gpu, name="NVIDIA GB10")


def _gpu(card: Sighting, match: Match | None, size: Sized, record: Record, index: int, *, inside: str | None) -> Gpu:
    name = card.name or (
        match.facts.name
        if match
        else f"{(card.vendor or 'unknown').upper()} GPU {card.gfx_target or card.pci_id or ''}".strip()
    )
    if size.shares and card.vendor == "amd" and inside and is_generic(card):
        name = inside
    if card.cut_off and match is not None:
        record.note(
            "gpu-name-cut-off",
            f"The name {name!r} is cut off; by its memory it is taken for {match.facts.name}.",
            match.facts.id,
        )
        name = match.facts.name
    if match is not None and not (size.shares and _same_speed(match)):
        note_tie(f"GPU {index} ({name})", match, record)
    return Gpu(
        index=index, vendor=card.vendor or "unknown", name=name, id=match.facts.id if match else None, memory_bytes=size.memory_bytes,
        free_bytes=size.free_bytes, budget_bytes=size.budget_bytes, unified=size.shares, compute_capability=card.compute_capability,
        driver=card.driver, backends=card.backends or (), memory_kind=size.kind, carve_out_bytes=size.carve_out_bytes,
        shared_bytes=size.shared_bytes, pci_id=card.pci_id, pci_address=card.address,
        gfx_target=card.gfx_target or (match.facts.gfx_target if match else None),
        gpu_cores=card.gpu_cores,
        architecture=card.architecture if card.vendor == "nvidia" else match.facts.architecture if match else None,
        cuda_version=card.cuda_version, driver_model=card.driver_model, ecc=card.ecc, utilization=card.utilization,
        power_limit_watts=card.power_limit_watts,
    )  # fmt: skip


def _note_mac(card: Sighting, match: Match | None, platform: Platform, record: Record) -> None:
    if platform is not Platform.MACOS:
        return
    if card.vendor != "apple":
        record.note(
            "gpu-not-supported",
            "On a Mac with an Intel processor models run on the CPU; its GPU is not used.",
            card.name,
        )
    elif (
        card.gpu_cores is None
        and match is not None
        and len({row.gpu_cores for row in (match.facts, *match.others)}) > 1
    ):
        message = "The number of GPU cores is not told; the slower variant is assumed. `ioreg -rc AGXAccelerator -d 1` tells it."
        record.note("gpu-cores-unknown", message, card.name)


def _same_speed(match: Match) -> bool:
    """Whether rows tie that differ in RAM alone, which for shared memory is no difference."""
    return len({row.memory_bandwidth for row in (match.facts, *match.others)}) == 1


def _unseen(
    inside: str | None, found: Sequence[Gpu], facts: Mapping[str, GpuFacts], *, whole: bool, record: Record
) -> list[tuple[Gpu, bool]]:
    """The graphics that a processor's name tells of and no output shows; nothing is planned on it."""
    if inside is None or whole or any(gpu.vendor == "amd" and gpu.unified for gpu in found):
        return []
    match = find_row(Sighting(tool="name", vendor="amd", name=inside), facts, integrated=True, total_bytes=None)
    record.note(
        "gpu-by-processor-name",
        f"The processor's name tells of {inside}, which no output lists; it is not planned with.",
        inside,
    )
    identity = match.facts.id if match else None
    gpu = Gpu(index=0, vendor="amd", name=inside, id=identity, unified=True, memory_kind=MemoryKind.SHARED)
    return [(gpu, False)]


def _gaps(cpu: Cpu, memory: Memory, gpus: Sequence[Gpu]) -> list[Finding]:
    found = []
    if memory.total_bytes is None:
        beside = any(gpu.budget_bytes and not gpu.unified for gpu in gpus)
        planned = f"{gib(ASSUMED_RAM)} beside the GPU are planned with" if beside else "nothing is planned in it"
        message = (
            f"These outputs do not tell the RAM, so {planned}; "
            "give --ram, or add the output of `free`, `sysctl hw.memsize`, dxdiag or the like."
        )
        found.append(warn("ram-unknown", message, "--ram"))
    if cpu.name is None:
        message = "These outputs do not tell the processor, so no speed is told for what lies in the RAM; add the output of `lscpu`."
        found.append(note("cpu-unknown", message, "lscpu"))
    return found


def _busy(gpus: Sequence[Gpu]) -> list[Finding]:
    return [
        warn("gpu-busy", f"GPU {gpu.index} ({gpu.name}) was {gpu.utilization} % in use; what is told of its speed shares it with that.", f"gpu{gpu.index}")
        for gpu in gpus
        if gpu.utilization is not None and gpu.utilization >= _BUSY
    ]  # fmt: skip
