"""The most that a model or a variant could score, from what is known before it is laid out.

Ranking is branch and bound: what cannot beat the worst of the best found so far is not laid out. A bound is never
below the score itself, so the answer is the same as if every case had been laid out; a test holds the two together.
"""

from __future__ import annotations

from llmadvise.domain.catalog import ModelSummary
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.profile import Profile
from llmadvise.engine.criteria import CRITERIA, parameter_grade, score, speed_grade, weights_of
from llmadvise.engine.machine import Machine

_FASTER_THAN_BANDWIDTH = 2.0
"""No kernel reads memory faster than its bandwidth; measured peaks reach 1.1 of the nominal one (docs/speed.md)."""
_INDEX = {criterion.id: position for position, criterion in enumerate(CRITERIA)}


class Bounds:
    """Bounds for one use case on one machine."""

    def __init__(self, profile: Profile, machine: Machine) -> None:
        self._profile = profile
        self._weights = weights_of(profile)
        devices = [machine.cpu.memory_bandwidth, *(gpu.memory_bandwidth for gpu in machine.gpus)]
        known = [bandwidth for bandwidth in devices if bandwidth is not None]
        unknown = len(known) < len(devices)
        self._bandwidth = None if unknown else max(known) * max(1, len(machine.gpus)) * _FASTER_THAN_BANDWIDTH

    def of_model(self, summary: ModelSummary, quality: float) -> float:
        """The most any variant of a model could score; `quality` is that of the unquantized model."""
        return self._score(
            {"quality": quality / 100, "parameter-count": parameter_grade(summary.total_parameters)}
        )

    def of_variant(self, model: Model, variant: Variant, quality: float, fixed: dict[str, float]) -> float:
        """The most a variant could score, given its quality and the grades that depend on the model alone."""
        fastest = self.fastest(model, variant)
        speed = 1.0 if fastest is None else speed_grade(fastest, self._profile)
        return self._score({**fixed, "quality": quality / 100, "speed": speed})

    def fastest(self, model: Model, variant: Variant) -> float | None:
        """More tokens a second than any device here could decode; None where a bandwidth is unknown."""
        if self._bandwidth is None or not variant.bytes:
            return None
        parameters = model.parameters
        return self._bandwidth * max(1, parameters.total) / (variant.bytes * max(1, parameters.active))

    def _score(self, known: dict[str, float]) -> float:
        """The score with these grades, and the best grade for every other criterion."""
        grades = [1.0] * len(CRITERIA)
        for criterion, grade in known.items():
            grades[_INDEX[criterion]] = min(1.0, max(0.0, grade))
        return score(tuple(grades), self._weights)
