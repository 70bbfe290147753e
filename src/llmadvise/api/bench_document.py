"""`llmadvise.bench/1`, filled in: each measurement beside what is said where nothing was measured."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from math import exp
from typing import Literal

from llmadvise import __version__
from llmadvise.api.measured import run_of
from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.estimate import NORMAL_DECILE, Basis, Estimate, Range
from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Backend, Hardware
from llmadvise.domain.measurement import BandwidthMeasurement, Phase, SpeedMeasurement, known_machine
from llmadvise.engine.machine import machine_of
from llmadvise.engine.speed import decode_speed, prefill_speed
from llmadvise.engine.speed.measured import MeasuredRun, with_runs
from llmadvise.render.documents.bench import BenchDocument, MeasuredBandwidth, MeasuredSpeed

_FORMULA = "bytes read over bandwidth, fitted efficiency (docs/speed.md)"


def document_of(
    hardware: Hardware,
    catalog: Catalog,
    *,
    action: Literal["list", "take", "run", "memory", "forget"],
    speeds: Sequence[SpeedMeasurement] = (),
    bandwidths: Sequence[BandwidthMeasurement] = (),
    new: Collection[str],
    findings: Iterable[Finding] = (),
    others: int = 0,
    path: str | None,
) -> BenchDocument:
    """The document; `path` is where they are kept, None nowhere."""
    return BenchDocument(
        schema="llmadvise.bench/1",
        version=__version__,
        action=action,
        store=path,
        machine=known_machine(hardware),
        speeds=tuple(_speed(item, hardware, catalog, new=item.id in new) for item in speeds),
        bandwidths=tuple(_bandwidth(item, hardware, new=item.id in new) for item in bandwidths),
        others=others,
        forgotten=0,
        findings=tuple(findings),
    )


def _speed(item: SpeedMeasurement, hardware: Hardware, catalog: Catalog, *, new: bool) -> MeasuredSpeed:
    backends = dict.fromkeys(sorted((part.backend.value for part in item.parts), key=lambda name: name == "cpu"))
    run = _run(item, hardware, catalog)
    calibration = catalog.calibration.speed
    again = None if run is None else _said(run, with_runs(calibration, [run]))
    if again is None:
        scatter = exp(NORMAL_DECILE * (item.deviation or 0.0) / item.rate)
        again = Range(item.rate, item.rate / scatter, item.rate * scatter)
    return MeasuredSpeed(
        id=item.id,
        date=item.date,
        phase="decode" if item.phase is Phase.DECODE else "prefill",
        model=item.model,
        quantization=item.quantization,
        backend="+".join(backends) or "unknown",
        rate=Estimate(
            value=round(item.rate, 3),
            low=round(again.low, 3),
            high=round(again.high, 3),
            basis=Basis.MEASURED,
            sources=(item.source,),
        ),
        tokens=item.tokens,
        depth=item.depth,
        runtime=item.runtime,
        build=item.build,
        source=item.source,
        new=new,
        calibrates=bool(item.parts),
        predicted=None if run is None else _predicted(run, calibration),
    )


def _run(item: SpeedMeasurement, hardware: Hardware, catalog: Catalog) -> MeasuredRun | None:
    """The run on this machine's devices; None where its model is not known, or a device is not there."""
    gpus = tuple(replace(gpu, budget_bytes=gpu.budget_bytes or 1) for gpu in hardware.gpus)
    cpu_only = all(part.backend is Backend.CPU for part in item.parts)
    machine = machine_of(replace(hardware, gpus=gpus), catalog.gpus, catalog.calibration.memory, cpu_only=cpu_only)
    return run_of(item, machine) if item.parts else None


def _said(run: MeasuredRun, calibration: SpeedCalibration) -> Range | None:
    """What is said of the run."""
    runtime, speed_class, mixture = run.work
    if run.phase == Phase.DECODE:
        return decode_speed(
            run.traffic, speed_class=speed_class, mixture=mixture, runtime=runtime, calibration=calibration
        )
    return prefill_speed(
        run.traffic,
        prompt_tokens=run.tokens,
        speed_class=speed_class,
        mixture=mixture,
        runtime=runtime,
        calibration=calibration,
        batch_tokens=run.batch_tokens,
    )


def _predicted(run: MeasuredRun, calibration: SpeedCalibration) -> Estimate | None:
    """What is said of the same run by the calibration alone."""
    said = _said(run, calibration)
    if said is None:
        return None
    assumed = any(entry.device.bandwidth_assumed for entry in run.traffic)
    return Estimate(
        value=round(said.value, 3),
        low=round(said.low, 3),
        high=round(said.high, 3),
        basis=Basis.ASSUMED if assumed else Basis.COMPUTED,
        sources=(_FORMULA,),
    )


def _bandwidth(item: BandwidthMeasurement, hardware: Hardware, *, new: bool) -> MeasuredBandwidth:
    cpu = hardware.cpu
    before = None
    if cpu.memory_bandwidth is not None and cpu.bandwidth_basis is not None:
        rate = cpu.memory_bandwidth
        sources = (cpu.bandwidth_source,) if cpu.bandwidth_source else ()
        before = Estimate(value=rate, low=rate, high=rate, basis=cpu.bandwidth_basis, sources=sources)
    return MeasuredBandwidth(
        id=item.id,
        date=item.date,
        rate=Estimate(
            value=item.rate,
            low=min(item.median, item.rate),
            high=item.rate,
            basis=Basis.MEASURED,
            sources=(item.method,),
        ),
        threads=item.threads,
        bytes=item.bytes,
        cache_bytes=item.cache_bytes,
        method=item.method,
        new=new,
        said_before=before,
    )
