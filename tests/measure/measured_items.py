"""Measurements to keep."""

from __future__ import annotations

from llmadvise.domain.hardware import Backend, Platform
from llmadvise.domain.measurement import (
    BandwidthMeasurement,
    DevicePart,
    KnownGpu,
    KnownMachine,
    Phase,
    SpeedMeasurement,
)
from llmadvise.measure.lines import with_id

GIB = 1 << 30
MACHINE = KnownMachine(
    platform=Platform.LINUX,
    cpu="cpu-amd-ryzen-9-7950x",
    cores=16,
    ram_bytes=64 * GIB,
    gpus=(KnownGpu(vendor="nvidia", name="nvidia-geforce-rtx-4090", memory_bytes=24 * GIB),),
)


def speed(rate: float = 130.0, *, date: str = "2026-11-21", machine: KnownMachine = MACHINE) -> SpeedMeasurement:
    """Make a decode rate of an 8B model."""
    return with_id(
        SpeedMeasurement(
            id="",
            date=date,
            machine=machine,
            phase=Phase.DECODE,
            rate=rate,
            deviation=0.2,
            tokens=128,
            depth=0,
            batch_tokens=512,
            runtime="llama.cpp",
            model="qwen/qwen3-8b",
            quantization="Q4_K_M",
            speed_class="q4",
            mixture=False,
            parts=(
                DevicePart(
                    device="gpu0",
                    backend=Backend.CUDA,
                    weight_bytes=4_920_733_696,
                    kv_bytes=64 * 147_456,
                    active_parameters=8_190_735_360,
                    layers=36,
                    kv_bytes_per_token=147_456.0,
                ),
            ),
            build="b6123",
            source="a test",
        )
    )


def bandwidth(rate: int = 60_000_000_000, *, machine: KnownMachine = MACHINE) -> BandwidthMeasurement:
    """Make a measured bandwidth."""
    return with_id(
        BandwidthMeasurement(
            id="",
            date="2026-11-21",
            machine=machine,
            rate=rate,
            median=rate - 1,
            threads=16,
            bytes=GIB,
            cache_bytes=64 << 20,
            method="a test",
        )
    )
