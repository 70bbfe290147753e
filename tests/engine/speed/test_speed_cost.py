"""The straight line that bounds rest on says what decode speed says."""

from __future__ import annotations

from itertools import product

import pytest
from speed_devices import CALIBRATION, cpu, gpu, traffic

from llmadvise.engine.device import Device
from llmadvise.engine.speed import decode_speed, kept_model
from llmadvise.engine.speed.cost import decode_cost
from llmadvise.record import replace

GROUPS = {"cpu": [cpu()], "gpu": [gpu()], "two": [gpu(), gpu()], "four": [gpu()] * 4}


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize(
    "work", list(product(("llama.cpp", "vllm", "mlx-lm"), ("q4", "f16", "fp8", None), (False, True)))
)
def test_the_cost_of_a_token_is_the_inverse_of_its_speed(group: str, work: tuple[str, str | None, bool]) -> None:
    devices, (runtime, speed_class, mixture) = GROUPS[group], work
    parts = [traffic(device, 4_000_000_000, 0, 8_000_000_000, 32) for device in devices]
    speed = decode_speed(parts, speed_class=speed_class, mixture=mixture, runtime=runtime, calibration=CALIBRATION)
    cost = decode_cost(devices, work, kept_model(CALIBRATION))
    assert speed is not None
    assert cost is not None
    count = len(devices)
    seconds = cost.seconds(count * 4_000_000_000, count * 32, count * 8_000_000_000)
    assert seconds == pytest.approx(1 / speed.value, rel=1e-12)


def test_an_unknown_bandwidth_has_no_cost() -> None:
    unknown: Device = replace(gpu(), memory_bandwidth=None)
    assert decode_cost([gpu(), unknown], ("llama.cpp", "q4", False), kept_model(CALIBRATION)) is None
