"""Looks at this machine: every vendor's probe in turn, joined with the catalog; never raises for what it cannot see."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts, Hardware, Platform
from llmadvise.domain.runtime import Runtime
from llmadvise.probe.bandwidth import assumed_bandwidth
from llmadvise.probe.complete import shared_bandwidth
from llmadvise.probe.installed import read_runtimes
from llmadvise.probe.record import Record
from llmadvise.probe.stores import read_downloads


def probe_machine(
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    runtimes: Mapping[str, Runtime],
    calibration: MemoryCalibration,
) -> Hardware:
    """Look at this machine. Each gap is a finding, each place that was looked at a source."""
    platform = this_platform()
    record = Record()
    match platform:
        case Platform.LINUX:
            from llmadvise.probe.linux import probe_linux  # noqa: PLC0415 - one system is loaded, not three

            found = probe_linux(record, gpus=gpus, cpus=cpus, calibration=calibration, environment=os.environ)
        case Platform.MACOS:
            from llmadvise.probe.mac import probe_mac  # noqa: PLC0415

            found = probe_mac(record, gpus=gpus, cpus=cpus, calibration=calibration)
        case Platform.WINDOWS:
            from llmadvise.probe.windows import probe_windows  # noqa: PLC0415

            found = probe_windows(record, gpus=gpus, cpus=cpus, calibration=calibration, environment=os.environ)
    if found.cpu.memory_bandwidth is None:
        cpu = assumed_bandwidth(found.cpu, record)
        row = cpus.get(cpu.id) if cpu.id else None
        found = replace(found, cpu=cpu, gpus=shared_bandwidth(found.gpus, cpu, row))
    installed = read_runtimes(runtimes, environment=os.environ, platform=platform)
    downloads = read_downloads(os.environ, home=os.path.expanduser("~"), platform=platform)  # noqa: PTH111
    return replace(
        found, runtimes=installed, downloads=downloads, sources=tuple(record.sources), findings=tuple(record.findings)
    )


def this_platform() -> Platform:
    """The system this program runs on; other Unix systems are read like Linux, as far as that goes."""
    if sys.platform == "darwin":
        return Platform.MACOS
    return Platform.WINDOWS if sys.platform == "win32" else Platform.LINUX
