"""Seconds a byte, a layer, an operation: the calibration worked out for one device at one kind of work, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.estimate import NORMAL_DECILE
from llmadvise.domain.hardware import Backend
from llmadvise.engine.device import Device
from llmadvise.engine.speed.effects import (
    Effects,
    Run,
    Setting,
    attention_effects,
    batch_effects,
    cache_effects,
    compute_effects,
    launch_effects,
    link_effects,
    prefill_effects,
    run_effects,
    weight_effects,
)
from llmadvise.engine.speed.traffic import pipelined
from llmadvise.record import dataclass

if TYPE_CHECKING:
    from llmadvise.engine.speed.evidence import Evidence

CURRENT: Final = Run()
UNKNOWN: Final = "unknown"
"""Key part of an architecture, vendor or class that is not known; no row has it, so it counts as unseen."""
CORE_FLOPS: Final = 32e9
"""Operations a second of a CPU core: a unit (the fitted efficiency of CPUs is a multiple of it)."""
NANOSECOND: Final = 1e-9
LINK: Final = 16e9
"""Bytes a second between host and GPU: a unit (four lanes of PCIe 5, eight of PCIe 4)."""

_MOST_KNOWN: Final = 4096
"""Entries kept by identity; a caller that makes new devices all the time must not fill the memory."""

Table = dict[str, tuple[float, float, int]]
Work = tuple[str, str | None, bool]
"""Runtime, speed class, and whether the model is a mixture of experts."""


class Rate(NamedTuple):
    """A time for each unit of work, and the standard deviation of its logarithm."""

    seconds: float
    deviation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeRates:
    """One device while it decodes."""

    weights: Rate
    """A byte of weights."""
    cache: Rate
    """A byte of KV cache."""
    launch: Rate
    """A layer."""
    compute: Rate | None
    """A parameter, on a CPU whose cores are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefillRates:
    """One device while it reads a prompt."""

    operation: Rate
    batch: Rate
    """A layer of a batch."""
    attention: Rate
    """An operation of attention."""
    link: Rate
    """A byte of weights on its way from the host to the GPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """How wide the interval of a phase on a backend is."""

    variance: float
    """Of the logarithm, beside the doubt about the effects."""
    down: float
    """Deviations below the value that one measurement in ten lies under."""
    up: float
    assumed: float
    """Standard deviation added by a bandwidth that is only assumed."""


class Said(NamedTuple):
    """What the calibration says of a run, before anything that was measured here."""

    speed: float
    doubt: float
    """Standard deviation of the logarithm that the effects leave."""
    assumed: float
    """Part of the time that rests on a bandwidth only assumed."""
    interval: Interval


class SpeedModel:
    """The calibration with what was worked out from it.

    Kept by the identity of the device first (a run has a handful of them, and hashing one costs more than the answer),
    then by what the rates depend on.
    """

    __slots__ = ("_decode", "_intervals", "_known", "_prefill", "calibration", "evidence")

    def __init__(self, calibration: SpeedCalibration) -> None:
        self.calibration = calibration
        self.evidence: Evidence | None = None
        """What was measured on the machine at hand, if anything was."""
        self._known: dict[tuple[int, str, str | None, bool, bool, Run], tuple[Device, DecodeRates | None]] = {}
        self._decode: dict[tuple[object, ...], DecodeRates | None] = {}
        self._prefill: dict[tuple[object, ...], PrefillRates | None] = {}
        self._intervals: dict[tuple[str, str], Interval] = {}

    def decode(self, device: Device, work: Work, host: bool, run: Run = CURRENT) -> DecodeRates | None:
        """Rates of a device for one kind of work; None where its bandwidth is unknown."""
        quick = (id(device), *work, host, run)
        entry = self._known.get(quick)
        if entry is not None and entry[0] is device:
            return entry[1]
        key = (
            *(device.architecture, device.backend, device.memory_bandwidth, device.flops),
            *(device.cores, device.shader_flops, device.vectors, work, host, run),
        )
        if key not in self._decode:
            self._decode[key] = self._decode_rates(device, work, host, run)
        rates = self._decode[key]
        if len(self._known) < _MOST_KNOWN:
            # The entry holds the device, so that no other one can take its identity.
            self._known[quick] = (device, rates)
        return rates

    def prefill(self, device: Device, work: Work, host: bool, run: Run = CURRENT) -> PrefillRates | None:
        """Rates of a device that computes a prompt; None where its operations or its bandwidth are unknown."""
        key = (
            device.architecture,
            device.backend.value,
            device.memory_bandwidth,
            device.flops,
            device.cores,
            device.shader_flops,
            device.power_watts,
            device.vectors,
            work,
            host,
            run,
        )
        if key not in self._prefill:
            self._prefill[key] = self._prefill_rates(device, work, host, run)
        return self._prefill[key]

    def interval(self, phase: str, place: str) -> Interval:
        """Return the interval of `decode` or `prefill` on a backend, or where a CPU works beside a GPU (`partial`)."""
        key = (phase, place)
        if key not in self._intervals:
            spread = self.calibration.spread
            # Where no residuals were seen, they are taken to be normal.
            down, up, _ = spread.get(f"{phase} {place}") or spread.get(phase) or (-NORMAL_DECILE, NORMAL_DECILE, 0)
            noise = self.calibration.noise
            known = Interval(
                variance=noise.get(phase, 0.0) ** 2,
                down=min(down, 0.0),
                up=max(up, 0.0),
                assumed=noise.get("bandwidth", 0.0),
            )
            self._intervals[key] = known
        return self._intervals[key]

    def kernels(self, runtime: str) -> str:
        """Name the library that a runtime computes with: its own, unless it shares one."""
        return self.calibration.kernels.get(runtime, runtime)

    def together(self, runtime: str, gpus: int) -> float:
        """How many times as fast so many GPUs decode that share the work, as if one did all of it."""
        gain = self.calibration.parallel.get(f"kernels:{self.kernels(runtime)}") if gpus > 1 else None
        return 1.0 if gain is None else exp(gain[0] * log(gpus))

    def in_a_row(self, runtime: str, gpus: int, count: float) -> float:
        """How many times as fast `count` batches of a prompt run through GPUs that each hold some layers."""
        gain = self.calibration.parallel.get(f"pipeline kernels:{self.kernels(runtime)}") if gpus > 1 else None
        return 1.0 if gain is None else exp(gain[0] * log(pipelined(gpus, count)))

    def _decode_rates(self, device: Device, work: Work, host: bool, run: Run) -> DecodeRates | None:
        setting = self._setting(device, work, device.flops, host)
        if setting is None:
            return None
        known = self.calibration
        compute = None
        if device.cores:
            value, deviation = self._sum("compute", known.compute, compute_effects(setting))
            compute = Rate(exp(value) * NANOSECOND / device.cores, deviation)
        weights, weights_deviation = self._sum("weights", known.weights, weight_effects(setting))
        cache, cache_deviation = self._sum("cache", known.cache, cache_effects(setting, run))
        launch, launch_deviation = self._sum("launch", known.launch, launch_effects(setting))
        return DecodeRates(
            weights=Rate(exp(-weights) / setting.bandwidth, weights_deviation),
            cache=Rate(exp(-cache) / setting.bandwidth, cache_deviation),
            launch=Rate(exp(launch), launch_deviation),
            compute=compute,
        )

    def _prefill_rates(self, device: Device, work: Work, host: bool, run: Run) -> PrefillRates | None:
        flops = prompt_flops(device)
        setting = self._setting(device, work, flops, host)
        if setting is None or not flops:
            return None
        operation, deviation = self._sum("prefill", self.calibration.prefill, prefill_effects(setting))
        batch, batch_deviation = self._sum("batch", self.calibration.batch, batch_effects(setting))
        attention, attention_deviation = self._sum(
            "attention", self.calibration.attention, attention_effects(setting, run)
        )
        link, link_deviation = self._sum("link", self.calibration.link, link_effects())
        return PrefillRates(
            operation=Rate(exp(-operation) / flops, deviation),
            batch=Rate(exp(batch), batch_deviation),
            attention=Rate(exp(-attention) / flops, attention_deviation),
            link=Rate(exp(-link) / LINK, link_deviation),
        )

    def run(self, phase: str, runtime: str, backend: str, run: Run) -> float:
        """Factor on the time of a whole run that was not built and started as one does it now."""
        effects = run_effects(phase, self.kernels(runtime), backend, run)
        return exp(self._sum("run", self.calibration.run, effects)[0]) if effects else 1.0

    def _setting(self, device: Device, work: Work, flops: float | None, host: bool) -> Setting | None:
        if not device.memory_bandwidth:
            return None
        runtime, speed_class, mixture = work
        architecture = device.architecture or UNKNOWN
        return Setting(
            architecture=architecture,
            vendor=self.calibration.vendors.get(architecture, UNKNOWN),
            backend=device.backend.value,
            runtime=runtime,
            kernels=self.kernels(runtime),
            speed_class=speed_class or UNKNOWN,
            mixture=mixture,
            host=host,
            bandwidth=float(device.memory_bandwidth),
            flops=flops,
            cores=device.cores,
            shader_flops=device.shader_flops,
            power_watts=device.power_watts,
            vectors=device.vectors or UNKNOWN,
        )

    def _sum(self, part: str, table: Table, effects: Effects) -> tuple[float, float]:
        """Sum of the effects that apply, with its standard deviation (as if they were independent)."""
        total = variance = 0.0
        unseen = self.calibration.unseen
        for key, factor in effects:
            known = table.get(key)
            if known is None:
                deviation = unseen.get(f"{part}/{key.partition(':')[0]}", 0.0) * factor
            else:
                total += known[0] * factor
                deviation = known[1] * factor
            variance += deviation * deviation
        return total, sqrt(variance)


def prompt_device(device: Device, devices: Sequence[Device]) -> Device:
    """Find what computes a prompt with the weights on a device.

    Beside a GPU, weights in RAM are sent to the GPU and multiplied there, a batch at a time.
    """
    if device.backend is not Backend.CPU:
        return device
    accelerators = [other for other in devices if other.backend is not Backend.CPU]
    return max(accelerators, key=lambda other: other.flops or 0.0, default=device)


def prompt_flops(device: Device) -> float | None:
    """Operations a second to count a part of: those declared for a GPU, a unit for each core of a CPU."""
    if device.backend is not Backend.CPU:
        return device.flops
    return device.cores * CORE_FLOPS if device.cores else None
