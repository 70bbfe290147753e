"""Answers of a capture that the probe of a machine does not ask for: outputs of other tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import CpuFacts, Gpu, GpuFacts, Hardware, Memory, MemoryKind
from llmadvise.probe.budget import budget_bytes
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.outputs.merge import bare_key, merge_devices
from llmadvise.probe.outputs.readers import read_pieces
from llmadvise.probe.outputs.settle import settle
from llmadvise.probe.outputs.sighting import Observed, Piece, Room, Sighting, Trust
from llmadvise.probe.outputs.slices import is_profile, profile_card
from llmadvise.probe.record import Record
from llmadvise.probe.sources import Answer
from llmadvise.probe.text import clean

_MOST_NAMED = 4
_GAPS = frozenset({"gpu-none", "gpu-not-found", "ram-unknown", "cpu-unknown"})
"""Findings of a probe that saw nothing, which other outputs may fill."""


def join_others(
    found: Hardware,
    others: Sequence[tuple[str, Answer]],
    record: Record,
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
    ram_bytes: int | None = None,
) -> Hardware:
    """The machine with what such answers add. Those that nobody reads are named, so that no silence is taken for none."""
    _name_unread(others, record)
    observed = [said for source, answer in record.door.everything() for said in _said(source, answer)]
    if not observed:
        return found
    own = _answered(found, observed)
    devices, findings = merge_devices([Observed(gpus=tuple(map(_sighting, own, range(len(own))))), *observed])
    # Slices stand for their card, and what a variable hides from programs stays hidden.
    whole = any(gpu.partition_of is not None for gpu in own) or any(
        each.rule == "gpu-hidden" for each in record.findings
    )
    new = [gpu for gpu in devices[len(own) :] if not (whole and gpu.vendor == "nvidia")]
    rest = [_known(found), *(replace(output, gpus=()) for output in observed), Observed(gpus=tuple(new))]
    added = settle(
        rest, gpus=gpus, cpus=cpus, calibration=calibration, platform=found.platform, ram_bytes=ram_bytes, seen=own
    )
    _keep_findings(record, [*findings, *added.findings], some=bool(added.gpus) or bool(own))
    filled = [_filled(gpu, device, added.memory, calibration) for gpu, device in zip(own, devices, strict=False)]
    return replace(
        found,
        cpu=found.cpu if found.cpu.name is not None else added.cpu,
        memory=found.memory if found.memory.total_bytes is not None else added.memory,
        gpus=tuple(replace(gpu, index=index) for index, gpu in enumerate((*filled, *added.gpus))),
    )


def _said(source: str, answer: Answer) -> list[Observed]:
    return read_pieces([Piece(text=answer.text or "", command=source.partition(" #")[0], exit=answer.exit)])


def _name_unread(others: Sequence[tuple[str, Answer]], record: Record) -> None:
    unread = []
    for source, answer in others:
        said = _said(source, answer)
        for output in said:
            record.look(clean(source), "read", output.form)
        if not said and answer.text and source != "/proc/self/status":
            unread.append(clean(source))
    if unread:
        more = f" and {len(unread) - _MOST_NAMED} more" if len(unread) > _MOST_NAMED else ""
        record.note(
            "source-not-read",
            f"Not read: {', '.join(unread[:_MOST_NAMED])}{more}; nothing is known from there.",
            "capture",
        )


def _answered(found: Hardware, observed: Sequence[Observed]) -> list[Gpu]:
    """The probe's GPUs without those that it could not even name and that the outputs show."""
    shown = {gpu.vendor for output in observed for gpu in output.gpus}
    return [gpu for gpu in found.gpus if gpu.id is not None or bare_key(gpu.name) or gpu.vendor not in shown]


def _filled(gpu: Gpu, device: Sighting, memory: Memory, calibration: MemoryCalibration) -> Gpu:
    """The probe's GPU with what it did not ask for and an output tells."""
    whole = gpu.partition_of or (profile_card(gpu.name) if is_profile(gpu.name) else None)
    filled = replace(
        gpu, partition_of=whole, driver=gpu.driver or device.driver, pci_id=gpu.pci_id or device.pci_id,
        pci_address=gpu.pci_address or device.address, cuda_version=device.cuda_version, driver_model=device.driver_model,
        ecc=device.ecc, utilization=device.utilization, power_limit_watts=device.power_limit_watts, gpu_cores=gpu.gpu_cores or device.gpu_cores,
        gfx_target=gpu.gfx_target or device.gfx_target, compute_capability=gpu.compute_capability or device.compute_capability,
    )  # fmt: skip
    if gpu.free_bytes is not None or device.free_bytes is None or gpu.unified or gpu.memory_bytes is None:
        return filled
    filled = replace(filled, free_bytes=min(device.free_bytes, gpu.memory_bytes))
    budget = budget_bytes(filled, memory=memory, calibration=calibration) if gpu.budget_bytes is not None else None
    return replace(filled, budget_bytes=budget)


def _sighting(gpu: Gpu, place: int) -> Sighting:
    return Sighting(
        tool="probe", position=place, vendor=gpu.vendor, name=gpu.name, memory_bytes=gpu.memory_bytes, memory_trust=Trust.DRIVER,
        memory_kind=MemoryKind.SHARED if gpu.unified else MemoryKind.DEDICATED,
    )  # fmt: skip


def _known(found: Hardware) -> Observed:
    """RAM and processor as the probe read them."""
    memory, cpu = found.memory, found.cpu
    room = Room(total_bytes=memory.total_bytes, available_bytes=memory.available_bytes, trust=Trust.DRIVER)
    reading = (
        CpuReading(names=(cpu.name,), architecture=cpu.architecture, cores=cpu.cores, features=cpu.features)
        if cpu.name
        else None
    )
    return Observed(cpu=reading, room=room if memory.total_bytes is not None else None)


def _keep_findings(record: Record, new: Sequence[Finding], *, some: bool) -> None:
    """Findings of both without repetitions; gaps that the outputs have filled are none any more."""
    rules = {finding.rule for finding in new}
    kept = []
    for finding in record.findings:
        if finding.rule in _GAPS and (finding.rule not in {"gpu-none", "gpu-not-found"} or some or rules & _BROKEN):
            continue
        kept.append(finding)
    record.findings[:] = list(dict.fromkeys((*kept, *new)))


_BROKEN = frozenset({"gpu-driver-broken", "gpu-driver-missing", "gpu-not-visible", "gpu-not-found"})
"""What an output says of a GPU that nobody lists."""
