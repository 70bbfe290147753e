"""Answers of a capture that the probe of a machine does not ask for: outputs of other tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts, Hardware
from llmadvise.probe.outputs.readers import read_pieces
from llmadvise.probe.outputs.settle import settle
from llmadvise.probe.outputs.sighting import Piece
from llmadvise.probe.outputs.split import plain_command
from llmadvise.probe.record import Record
from llmadvise.probe.sources import Answer
from llmadvise.probe.text import clean

_MOST_NAMED = 4
_WITHOUT_GPU = frozenset({"gpu-none", "gpu-not-found", "gpu-driver-missing"})
"""What the probe says of a machine whose GPUs it did not see."""


def join_others(
    found: Hardware,
    record: Record,
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
) -> Hardware:
    """The machine with what such outputs tell: GPUs that the probe has not seen, and what it does not know otherwise."""
    unread = [(source, answer) for source, answer in record.door.others() if answer.text]
    silent = [source for source, answer in unread if not read_pieces(_pieces([(source, answer)]))]
    _name_unread([source for source in silent if source != "/proc/self/status"], record)
    readable = record.door.answers() if record.door.is_composed() else unread
    if not read_pieces(_pieces(readable)):
        return found
    observed = read_pieces(_pieces(record.door.answers()))
    told = settle(observed, gpus=gpus, cpus=cpus, calibration=calibration, platform=found.platform)
    if len(told.gpus) < len(found.gpus):
        return found
    if len(told.gpus) > len(found.gpus) or not _asked_drivers(record):
        found = replace(found, gpus=told.gpus)
    if told.gpus or any(finding.rule.startswith("gpu-") for finding in told.findings):
        record.findings[:] = [finding for finding in record.findings if finding.rule not in _WITHOUT_GPU]
    record.findings += [finding for finding in told.findings if finding not in record.findings]
    return replace(
        found,
        cpu=found.cpu if found.cpu.name or not told.cpu.name else told.cpu,
        memory=found.memory if found.memory.total_bytes is not None else told.memory,
    )


def _asked_drivers(record: Record) -> bool:
    """Whether a driver's library or the kernel answered, which tell more of a GPU than what a tool prints of it."""
    return any(
        answer.text and (source == "nvml" or source.startswith("/sys/class/"))
        for source, answer in record.door.answers()
    )


def _pieces(answers: Sequence[tuple[str, Answer]]) -> list[Piece]:
    return [
        Piece(text=answer.text, command=plain_command(source), exit=answer.exit)
        for source, answer in answers
        if answer.text
    ]


def _name_unread(sources: Sequence[str], record: Record) -> None:
    """Name those that nobody reads, so that no silence is taken for none."""
    if not sources:
        return
    more = f" and {len(sources) - _MOST_NAMED} more" if len(sources) > _MOST_NAMED else ""
    names = ", ".join(clean(source) for source in sources[:_MOST_NAMED])
    record.note("source-not-read", f"Not read: {names}{more}; nothing is known from there.", "capture")
