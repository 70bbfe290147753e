"""What `bench` prints, with everything that may be in it."""

from __future__ import annotations

import rendered_advice as made

from llmadvise.domain.estimate import Basis, Estimate
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Platform
from llmadvise.domain.measurement import KnownGpu, KnownMachine
from llmadvise.render.documents.bench import BenchDocument, MeasuredBandwidth, MeasuredSpeed
from llmadvise.units import GIB


def bench() -> BenchDocument:
    """Two rates and a bandwidth, one of them of a model that is not known."""
    return BenchDocument(
        schema="llmadvise.bench/1",
        version=made.VERSION,
        action="take",
        store="/home/you/.local/share/llmadvise/measurements.jsonl",
        machine=KnownMachine(
            platform=Platform.LINUX,
            cpu="cpu-amd-ryzen-5-5600x",
            cores=6,
            ram_bytes=32 * GIB,
            gpus=(KnownGpu(vendor="nvidia", name="nvidia-geforce-rtx-3060-12-gb", memory_bytes=12 * GIB),),
        ),
        speeds=(
            _speed("qwen/qwen3-8b", "Q4_K_M", known=True),
            _speed("mystery \x1b[31m7B Q4_0 of a very long name that nobody can read", None, known=False),
        ),
        bandwidths=(
            MeasuredBandwidth(
                id="09a299211d",
                date="2026-11-21",
                rate=Estimate(value=38_200_000_000, low=37_000_000_000, high=38_200_000_000, basis=Basis.MEASURED),
                threads=6,
                bytes=GIB,
                cache_bytes=32 << 20,
                method="memcmp of the C library, all threads",
                new=True,
                said_before=Estimate(value=41e9, low=41e9, high=41e9, basis=Basis.ASSUMED, sources=("typical",)),
            ),
        ),
        others=3,
        forgotten=0,
        findings=(Finding(rule="measurement-left-out", verdict=Verdict.NOTE, message="Left out: a test."),),
    )


def _speed(model: str, quantization: str | None, *, known: bool) -> MeasuredSpeed:
    return MeasuredSpeed(
        id="3b1a0cef2a" if known else "d831695469",
        date="2026-11-21",
        phase="decode" if known else "prefill",
        model=model,
        quantization=quantization,
        backend="cuda" if known else "unknown",
        rate=Estimate(value=52.4 if known else 1234.5, low=50.0, high=1300.0, basis=Basis.MEASURED, sources=("here",)),
        tokens=128 if known else 512,
        depth=8192 if known else 0,
        runtime="llama.cpp",
        build="b6123 (a8ca18b4)" if known else None,
        source="llama-bench, run here",
        new=known,
        calibrates=known,
        predicted=Estimate(value=47.1, low=38.0, high=55.0, basis=Basis.COMPUTED) if known else None,
    )
