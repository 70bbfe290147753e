"""What was measured on this machine before, as the estimates of today take it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmadvise.domain.estimate import Basis
from llmadvise.measure.place import store_path
from llmadvise.record import replace

if TYPE_CHECKING:
    from llmadvise.api.request import Request
    from llmadvise.domain.catalog import Catalog
    from llmadvise.domain.finding import Finding
    from llmadvise.domain.hardware import Hardware
    from llmadvise.domain.measurement import BandwidthMeasurement, DevicePart, Measurements, SpeedMeasurement
    from llmadvise.engine.device import Device
    from llmadvise.engine.machine import Machine
    from llmadvise.engine.speed.measured import MeasuredRun
    from llmadvise.engine.speed.traffic import Traffic


def kept_here(request: Request, hardware: Hardware) -> tuple[Measurements | None, tuple[Finding, ...]]:
    """What is kept of this machine, and lines that could not be read; None where nothing is, or nothing is wanted.

    A machine that options describe is none that anything was measured on.
    """
    path = store_path()
    # One look at the disk where nothing was ever measured: this is on the way to every answer.
    if not request.measurements or request.gpus or request.ram_bytes is not None or not os.path.exists(path):  # noqa: PTH110
        return None, ()
    from llmadvise.domain.measurement import known_machine  # noqa: PLC0415 - few have measured anything
    from llmadvise.measure.store import of_machine, read  # noqa: PLC0415 - see above

    items, findings = read(path)
    return of_machine(items, known_machine(hardware)) or None, findings


def with_bandwidth(hardware: Hardware, kept: Measurements | None) -> Hardware:
    """The machine with the bandwidth of its RAM as it was last measured, if it was."""
    if kept is None or not kept.bandwidths:
        return hardware
    last = max(kept.bandwidths, key=lambda item: (item.date, item.id))
    cpu = replace(
        hardware.cpu,
        memory_bandwidth=last.rate,
        bandwidth_basis=Basis.MEASURED,
        bandwidth_source=bandwidth_source(last),
    )
    return replace(hardware, cpu=cpu)


def bandwidth_source(item: BandwidthMeasurement) -> str:
    """Where a measured bandwidth comes from, in words."""
    return f"measured on this machine on {item.date} ({item.method})"


def with_measured(catalog: Catalog, kept: Measurements | None, machine: Machine) -> Catalog:
    """The catalog with its speeds drawn to what was measured on this machine."""
    if kept is None or not kept.speeds:
        return catalog
    from llmadvise.engine.speed.measured import with_runs  # noqa: PLC0415 - few have measured anything

    speed = with_runs(catalog.calibration.speed, runs_of(kept.speeds, machine))
    return replace(catalog, calibration=replace(catalog.calibration, speed=speed))


def runs_of(speeds: Sequence[SpeedMeasurement], machine: Machine) -> list[MeasuredRun]:
    """Measured rates as runs on the devices of this machine; those on devices that are left out now are left out."""
    found = [run_of(item, machine) for item in speeds if item.parts]
    return [run for run in found if run is not None]


def run_of(item: SpeedMeasurement, machine: Machine) -> MeasuredRun | None:
    """One measured rate; None where a device of it is not there."""
    from llmadvise.engine.speed.measured import MeasuredRun  # noqa: PLC0415 - few have measured anything

    traffic = [_traffic(part, machine) for part in item.parts]
    known = tuple(entry for entry in traffic if entry is not None)
    if len(known) < len(traffic):
        return None
    return MeasuredRun(
        id=item.id,
        date=item.date,
        phase=item.phase.value,
        rate=item.rate,
        deviation=(item.deviation or 0.0) / item.rate,
        traffic=known,
        work=(item.runtime, item.speed_class, item.mixture),
        tokens=item.tokens,
        batch_tokens=item.batch_tokens,
    )


def _traffic(part: DevicePart, machine: Machine) -> Traffic | None:
    from llmadvise.engine.speed.traffic import Traffic  # noqa: PLC0415 - few have measured anything

    device = _device(part, machine)
    if device is None:
        return None
    return Traffic(
        device=device,
        weight_bytes=part.weight_bytes,
        kv_bytes=part.kv_bytes,
        active_parameters=part.active_parameters,
        layers=part.layers,
        kv_bytes_per_token=part.kv_bytes_per_token,
        expert_bytes=part.expert_bytes,
        expert_ratio=part.expert_ratio,
    )


def _device(part: DevicePart, machine: Machine) -> Device | None:
    if part.device == "cpu":
        return machine.cpu
    for position, gpu in enumerate(machine.gpus):
        if f"gpu{gpu.index}" == part.device and part.backend in gpu.backends:
            return machine.device(position, part.backend)
    return None
