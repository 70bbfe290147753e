"""The most that a model or a variant could score, from what is known before it is laid out.

Ranking is branch and bound: what cannot beat the worst of the best found so far is not laid out. A bound is never
below the score itself, so the answer is the same as if every case had been laid out; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import product

from llmadvise.domain.catalog import Catalog, ModelSummary
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.profile import Profile, SpeedMeasure
from llmadvise.engine.criteria import CRITERIA, parameter_grade, quality_grade
from llmadvise.engine.device import Device
from llmadvise.engine.felt_speed import speed_grade
from llmadvise.engine.machine import Machine
from llmadvise.engine.scoring import weights_of
from llmadvise.engine.speed import kept_model
from llmadvise.engine.speed.cost import DecodeCost, decode_cost
from llmadvise.engine.speed.rates import Work

_SLACK = 1.25
"""A layout over several devices may have effects that one device has not; none is worth that much. Alone, none has."""
_ROUNDING = 0.001
"""Points: more than the parts of a score lose or gain when they are rounded."""


class Bounds:
    """Bounds for one use case on one machine."""

    def __init__(self, profile: Profile, machine: Machine, catalog: Catalog, runtimes: Collection[str] = ()) -> None:
        """`runtimes`: those that run on this machine; none: any of them may."""
        self._profile = profile
        self._model = kept_model(catalog.calibration.speed)
        self._known: dict[Work, list[DecodeCost] | None] = {}
        weights = weights_of(profile)
        self._points = {
            criterion.id: 100 * weight / sum(weights) for criterion, weight in zip(CRITERIA, weights, strict=True)
        }
        """What a criterion gives at most."""
        # Decoding bounds the whole of an answer too, but not the reading of a prompt.
        self._reads = profile.speed.measure is SpeedMeasure.READING
        self._groups = _groups(machine)
        self._slack = _SLACK if len(self._groups) > 1 else 1.0
        self._costs = self._least_costs(catalog, runtimes)

    def of_model(self, summary: ModelSummary, quality: float) -> float:
        """The most any variant of a model could score; `quality` is the grade of the unquantized model's."""
        fastest = self.fastest_of_model(summary)
        speed = 1.0 if fastest is None else speed_grade(fastest, self._profile)
        parameters = parameter_grade(summary.total_parameters)
        return self._score({"quality": quality, "parameter-count": parameters, "speed": speed})

    def fastest_of_model(self, summary: ModelSummary) -> float | None:
        """More tokens a second than any variant could decode here; None where a bandwidth is unknown."""
        if self._costs is None or not summary.smallest_bytes or self._reads:
            return None
        read = summary.smallest_bytes * summary.active_parameters / max(1, summary.total_parameters)
        least = min(read * byte + summary.active_parameters * parameter for byte, parameter in self._costs)
        return self._slack / least if least > 0 else None

    def of_candidate(self, quality: Range, fixed: Mapping[str, float]) -> float:
        """The most any variant could score, from the unquantized quality and the grades that all variants share.

        Quantization lowers the best guess and the low end alike, and so never raises the grade of the quality.
        """
        return self._score({**fixed, "quality": quality_grade(quality)})

    def of_variant(self, most: float, fastest: float | None, bits: float) -> float:
        """The most a variant could score: what any could, less what its speed and the grade of its bits take away."""
        speed = 1.0 if fastest is None else speed_grade(fastest, self._profile)
        return most - self._points["speed"] * (1.0 - speed) - self._points["quantization-bits"] * (1.0 - bits)

    def lost(self, unquantized: Range, quality: Range) -> float:
        """Points of the bound of a variant that its quality, once it is known, takes away."""
        return self._points["quality"] * (quality_grade(unquantized) - quality_grade(quality)) - _ROUNDING

    def fastest(self, model: Model, variant: Variant, speed_class: str | None, runtime: str) -> float | None:
        """More tokens a second than any layout here could decode; None where a bandwidth is unknown."""
        if self._costs is None or not variant.bytes or self._reads:
            return None
        parameters = model.parameters
        weights = variant.bytes * parameters.active // max(1, parameters.total)
        layers = model.architecture.layers if model.architecture else 0
        mixture = model.architecture is not None and model.architecture.experts is not None
        costs = self._costs_of((runtime, speed_class, mixture))
        if costs is None:
            return None
        best = 0.0
        for group, cost in zip(self._groups, costs, strict=True):
            seconds = cost.seconds(weights, layers, parameters.active)
            if seconds <= 0.0:
                return None
            best = max(best, min(1.0 / seconds, self._spilled(model, variant, group)))
        return best * self._slack

    def _costs_of(self, work: Work) -> list[DecodeCost] | None:
        """What a kind of work costs each group, kept; None where a bandwidth is unknown."""
        if work not in self._known:
            costs = [decode_cost(group, work, self._model) for group in self._groups]
            known = [cost for cost in costs if cost is not None]
            self._known[work] = known if len(known) == len(costs) else None
        return self._known[work]

    def _spilled(self, model: Model, variant: Variant, group: Sequence[Device]) -> float:
        """More tokens a second than the host could read of what these GPUs cannot hold: of experts only those used."""
        budget = sum(device.budget_bytes for device in group)
        spilled = (variant.bytes or 0) - budget
        if spilled <= 0 or self._costs is None or group[0].backend is Backend.CPU:
            return float("inf")
        experts = model.architecture.experts if model.architecture else None
        part = experts.used / experts.total if experts else 1.0
        return 1.0 / max(spilled * part * self._costs[0][0], 1e-12)

    def _score(self, known: Mapping[str, float]) -> float:
        """The score with these grades, and the best grade for every other criterion."""
        lost = 0.0
        for criterion, grade in known.items():
            lost += self._points[criterion] * (1.0 - min(1.0, max(0.0, grade)))
        return 100.0 - lost + _ROUNDING

    def _least_costs(self, catalog: Catalog, runtimes: Collection[str]) -> list[tuple[float, float]] | None:
        """By group, the least seconds a byte and a parameter over all kernels; None where a bandwidth is unknown."""
        classes = sorted({row.speed_class for row in catalog.quantizations.values() if row.speed_class})
        kernels = {self._model.kernels(id_): id_ for id_ in sorted(runtimes or catalog.runtimes)}
        found: list[list[DecodeCost]] = []
        for work in product(kernels.values(), classes, (False, True)):
            costs = self._costs_of(work)
            if costs is None:
                return None
            found.append(costs)
        if not found:
            return None
        return [
            (min(cost.byte for cost in costs), min(cost.parameter for cost in costs))
            for costs in zip(*found, strict=True)
        ]


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
