"""Looks at a machine: every vendor's probe, joined with the catalog; never raises for what it cannot see."""

from __future__ import annotations

import os
from collections.abc import Mapping

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, Download, GpuFacts, Hardware, Platform
from llmadvise.domain.runtime import Runtime
from llmadvise.probe.bandwidth import assumed_bandwidth
from llmadvise.probe.complete import shared_bandwidth
from llmadvise.probe.installed import read_runtimes
from llmadvise.probe.parallel import Part, explain
from llmadvise.probe.record import Record
from llmadvise.probe.sources import Sources
from llmadvise.probe.stores import read_downloads
from llmadvise.record import replace


def probe_machine(
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    runtimes: Mapping[str, Runtime],
    calibration: MemoryCalibration,
    door: Sources | None = None,
    own_files: bool = True,
    thorough: bool = False,
) -> Hardware:
    """Look at the machine behind the door, by default this one. Each gap is a finding, each look a source.

    A `thorough` look starts programs and asks ports for what they are; advice does without.
    Without `own_files` nobody looks for downloaded models: their names are the user's business.
    """
    record = Record(door=Sources() if door is None else door)
    environment, platform = record.door.environment(), record.door.platform
    installed = Part("runtimes", lambda part: read_runtimes(runtimes, part, thorough=thorough), record)
    downloads = Part("downloads", lambda part: _read_downloads(part, own_files=own_files), record)
    try:
        found = _read_platform(
            record, platform, gpus=gpus, cpus=cpus, calibration=calibration, environment=environment
        )  # fmt: skip
    except Exception as error:  # noqa: BLE001 - a probe never raises; the failure becomes a finding
        explain(record, platform.value, error)
        found = Hardware(platform=platform)
    if found.cpu.memory_bandwidth is None and found.cpu.cores is not None:
        cpu = assumed_bandwidth(found.cpu, record)
        row = cpus.get(cpu.id) if cpu.id else None
        found = replace(found, cpu=cpu, gpus=shared_bandwidth(found.gpus, cpu, row))
    found = replace(found, runtimes=installed.take() or (), downloads=downloads.take() or ())
    record.door.close()
    if record.door.is_composed() or record.door.others():
        from llmadvise.probe.others import join_others  # noqa: PLC0415 - only for captures

        found = join_others(found, record, gpus=gpus, cpus=cpus, calibration=calibration)
    return replace(found, sources=tuple(record.sources), findings=tuple(record.findings))


def _read_platform(
    record: Record,
    platform: Platform,
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
    environment: Mapping[str, str],
) -> Hardware:
    match platform:
        case Platform.LINUX:
            from llmadvise.probe.linux import probe_linux  # noqa: PLC0415 - one system is loaded, not three

            return probe_linux(record, gpus=gpus, cpus=cpus, calibration=calibration, environment=environment)
        case Platform.MACOS:
            from llmadvise.probe.mac import probe_mac  # noqa: PLC0415

            return probe_mac(record, gpus=gpus, cpus=cpus, calibration=calibration)
        case Platform.WINDOWS:
            from llmadvise.probe.windows import probe_windows  # noqa: PLC0415

            return probe_windows(record, gpus=gpus, cpus=cpus, calibration=calibration, environment=environment)


def _read_downloads(record: Record, *, own_files: bool) -> tuple[Download, ...]:
    if not own_files or record.door.is_capture():
        return ()
    home = os.path.expanduser("~")  # noqa: PTH111
    return read_downloads(record.door.environment(), home=home, platform=record.door.platform)
