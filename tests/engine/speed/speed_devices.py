"""The calibration as it is shipped, and devices and traffic; bandwidths and rates from catalog/hardware."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml

from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.hardware import Backend
from llmadvise.engine.device import Device
from llmadvise.engine.speed import Traffic

_FITTED = Path(__file__).parents[3] / "catalog" / "calibration" / "speed.yaml"
CALIBRATION: Final = SpeedCalibration(**yaml.load(_FITTED.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def gpu(
    architecture: str | None = "Ada Lovelace",
    bandwidth: int | None = 1_008_000_000_000,
    flops: float | None = 1.652e14,
    *,
    shader: float | None = 8.258e13,
    watts: int | None = 450,
    backend: Backend = Backend.CUDA,
    name: str = "gpu0",
    assumed: bool = False,
) -> Device:
    """Make an RTX 4090, unless said otherwise."""
    return Device(
        id=name,
        backend=backend,
        budget_bytes=24 << 30,
        memory_bandwidth=bandwidth,
        bandwidth_assumed=assumed,
        architecture=architecture,
        flops=flops,
        shader_flops=shader,
        power_watts=watts,
    )


def cpu(
    bandwidth: int | None = 66_600_000_000, cores: int | None = 16, architecture: str = "x86_64", assumed: bool = False
) -> Device:
    """Make a Ryzen 9 7950X with two channels of DDR5-5200, unless said otherwise."""
    return Device(
        id="cpu",
        backend=Backend.CPU,
        budget_bytes=48 << 30,
        memory_bandwidth=bandwidth,
        bandwidth_assumed=assumed,
        architecture=architecture,
        cores=cores,
    )


def traffic(
    device: Device,
    weights: int = 4_920_733_696,
    kv: int = 64 * 131_072,
    parameters: int = 8_030_000_000,
    layers: int = 32,
    *,
    slope: float = 0.0,
) -> Traffic:
    """Llama-3.1-8B as Q4_K_M at a depth of 64 tokens, unless said otherwise."""
    return Traffic(
        device=device,
        weight_bytes=weights,
        kv_bytes=kv,
        active_parameters=parameters,
        layers=layers,
        kv_bytes_per_token=slope,
    )
