"""What a token costs a group of devices, as a straight line in what it reads and computes: quick to ask for bounds."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.domain.hardware import Backend
from llmadvise.engine.device import Device
from llmadvise.engine.speed.rates import CURRENT, SpeedModel, Work
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeCost:
    """Seconds that devices which hold equal parts of a model take for one token, without any cache to read."""

    byte: float
    """For each byte of weights that a token reads."""
    layer: float
    parameter: float
    """For each parameter that a token is multiplied with; 0 where that takes no time of its own."""

    def seconds(self, weight_bytes: float, layers: float, parameters: float) -> float:
        """Of one token."""
        return weight_bytes * self.byte + layers * self.layer + parameters * self.parameter


def decode_cost(devices: Sequence[Device], work: Work, model: SpeedModel) -> DecodeCost | None:
    """The cost as `decode_speed` counts it; None where a bandwidth is unknown.

    Where this machine was measured, it is no more than that of any run with this traffic or more.
    """
    byte = layer = parameter = 0.0
    for device in devices:
        rates = model.decode(device, work, False)
        if rates is None:
            return None
        byte += rates.weights.seconds
        layer += rates.launch.seconds
        parameter += rates.compute.seconds if rates.compute is not None else 0.0
    part = _factor(devices, work[0], model) / max(1, len(devices))
    return DecodeCost(byte=byte * part, layer=layer * part, parameter=parameter * part)


def _factor(devices: Sequence[Device], runtime: str, model: SpeedModel) -> float:
    """How many times as long the whole takes as its parts one after the other."""
    gpus = sum(device.backend is not Backend.CPU for device in devices)
    measured = model.evidence.most if model.evidence is not None else 1.0
    run = model.run("decode", runtime, devices[0].backend.value, CURRENT)
    return run / model.together(runtime, gpus) / measured
