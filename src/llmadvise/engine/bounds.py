"""The most that a model or a variant could score, from what is known before it is laid out.

Ranking is branch and bound: what cannot beat the worst of the best found so far is not laid out. A bound is never
below the score itself, so the answer is the same as if every case had been laid out; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.catalog import ModelSummary
from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.profile import Profile
from llmadvise.engine.criteria import CRITERIA, parameter_grade, score, speed_grade, weights_of
from llmadvise.engine.device import Device
from llmadvise.engine.machine import Machine
from llmadvise.engine.speed import Traffic, decode_speed

_SLACK = 1.5
"""A layout over several devices may have effects that one device has not; none is worth that much."""
_FASTER_THAN_BANDWIDTH = 2.0
"""No kernel reads memory faster than its bandwidth; measured peaks reach 1.1 of the nominal one (docs/speed.md)."""
_INDEX = {criterion.id: position for position, criterion in enumerate(CRITERIA)}


class Bounds:
    """Bounds for one use case on one machine."""

    def __init__(self, profile: Profile, machine: Machine, calibration: SpeedCalibration) -> None:
        self._profile = profile
        self._calibration = calibration
        self._weights = weights_of(profile)
        self._groups = _groups(machine)
        devices = [device for group in self._groups for device in group]
        known = [device.memory_bandwidth for device in devices if device.memory_bandwidth is not None]
        self._bandwidth = max(known) if len(known) == len(devices) else None
        self._parallel = max(len(group) for group in self._groups)

    def of_model(self, summary: ModelSummary, quality: float) -> float:
        """The most any variant of a model could score; `quality` is that of the unquantized model."""
        speed = 1.0
        if self._bandwidth is not None and summary.smallest_bytes:
            read = summary.smallest_bytes * summary.active_parameters / max(1, summary.total_parameters)
            fastest = self._bandwidth * self._parallel * _FASTER_THAN_BANDWIDTH / max(1.0, read)
            speed = speed_grade(fastest, self._profile)
        parameters = parameter_grade(summary.total_parameters)
        return self._score({"quality": quality / 100, "parameter-count": parameters, "speed": speed})

    def of_variant(self, quality: float, fastest: float | None, fixed: dict[str, float]) -> float:
        """The most a variant could score: its quality, a bound of its speed, and the grades of the model alone."""
        speed = 1.0 if fastest is None else speed_grade(fastest, self._profile)
        return self._score({**fixed, "quality": quality / 100, "speed": speed})

    def fastest(self, model: Model, variant: Variant, speed_class: str | None, runtime: str) -> float | None:
        """More tokens a second than any layout here could decode; None where a bandwidth is unknown."""
        if self._bandwidth is None or not variant.bytes:
            return None
        parameters = model.parameters
        weights = variant.bytes * parameters.active // max(1, parameters.total)
        layers = model.architecture.layers if model.architecture else 0
        mixture = model.architecture is not None and model.architecture.experts is not None
        best = 0.0
        for group in self._groups:
            part = len(group)
            traffic = [
                Traffic(
                    device=device,
                    weight_bytes=weights // part,
                    kv_bytes=0,
                    active_parameters=parameters.active // part,
                    layers=layers // part,
                )
                for device in group
            ]
            speed = decode_speed(
                traffic, speed_class=speed_class, mixture=mixture, runtime=runtime, calibration=self._calibration
            )
            if speed is None:
                return None
            best = max(best, speed.value)
        return best * _SLACK

    def _score(self, known: dict[str, float]) -> float:
        """The score with these grades, and the best grade for every other criterion."""
        grades = [1.0] * len(CRITERIA)
        for criterion, grade in known.items():
            grades[_INDEX[criterion]] = min(1.0, max(0.0, grade))
        return score(tuple(grades), self._weights)


def _groups(machine: Machine) -> list[Sequence[Device]]:
    """What could hold all weights: the CPU, each kind of GPU with each of its backends, all GPUs of one backend."""
    groups: dict[tuple[object, ...], Sequence[Device]] = {("cpu",): (machine.cpu,)}
    by_backend: dict[Backend, list[Device]] = {}
    for position, gpu in enumerate(machine.gpus):
        for backend in gpu.backends:
            device = machine.device(position, backend)
            groups.setdefault((gpu.name, gpu.memory_bandwidth, backend), (device,))
            by_backend.setdefault(backend, []).append(device)
    together = {("all", backend): devices for backend, devices in by_backend.items() if len(devices) > 1}
    return [*groups.values(), *together.values()]
