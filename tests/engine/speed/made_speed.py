"""A speed calibration of round numbers, and devices for it, so that what follows can be worked out by hand."""

from __future__ import annotations

from math import log
from typing import Final

from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.hardware import Backend
from llmadvise.engine.device import Device
from llmadvise.engine.speed import Traffic

Row = tuple[float, float, int]


def half(deviation: float = 0.0) -> Row:
    """An effect that halves."""
    return (log(0.5), deviation, 1)


def of(value: float, deviation: float = 0.0) -> Row:
    """An effect of so much."""
    return (log(value), deviation, 1)


MADE: Final = SpeedCalibration(
    weights={"general": half(0.3), "cpu general": half(0.3)},
    cache={"general": of(0.25, 0.1), "cpu general": of(0.25, 0.1)},
    launch={"general": of(1e-5, 0.2), "cpu general": of(1e-5, 0.2)},
    compute={"general": of(2.0, 0.5)},
    prefill={"general": half(0.2), "cpu general": half(0.2)},
    batch={"general": of(1e-4, 0.4), "cpu general": of(1e-4, 0.4)},
    attention={"general": of(0.1, 0.6), "cpu general": of(0.1, 0.6)},
    link={"general": half(0.7)},
    parallel={"kernels:ggml": (0.5, 0.0, 1), "pipeline kernels:ggml": (1.0, 0.0, 1)},
    kernels={"llama.cpp": "ggml", "ollama": "ggml"},
    noise={"decode": 0.1, "prefill": 0.2, "bandwidth": 0.4},
    spread={"decode": (-1.0, 2.0, 9), "decode partial": (-3.0, 3.0, 9), "prefill cpu": (-4.0, 4.0, 9)},
)
"""GPUs and CPUs read weights at half their bandwidth, caches at a quarter of it, and do half of their operations."""


def gpu(name: str = "gpu0", *, assumed: bool = False, bandwidth: int = 10**12, flops: float | None = 1e14) -> Device:
    """A terabyte and a hundred trillion operations a second."""
    return Device(
        id=name, backend=Backend.CUDA, budget_bytes=1 << 34, memory_bandwidth=bandwidth, bandwidth_assumed=assumed,
        architecture="Made", flops=flops,
    )  # fmt: skip


def cpu(*, cores: int | None = None, assumed: bool = False) -> Device:
    """A hundred gigabytes a second."""
    return Device(
        id="cpu", backend=Backend.CPU, budget_bytes=1 << 36, memory_bandwidth=10**11, bandwidth_assumed=assumed,
        architecture="x86_64", cores=cores,
    )  # fmt: skip


def work_on(device: Device, weights: int = 5 * 10**9, **changes: float) -> Traffic:
    """Five gigabytes of weights and nothing else: 10 ms on the GPU, 100 ms on the CPU."""
    given = {"kv_bytes": 0, "active_parameters": 0, "layers": 0, **changes}
    return Traffic(device=device, weight_bytes=weights, **given)  # type: ignore[arg-type]  # the tests name fields
