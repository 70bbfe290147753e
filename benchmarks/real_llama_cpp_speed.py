"""Speeds of a real llama-bench on this machine's CPU, beside what the engine says for the same machine."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from llmadvise.catalog.load import load_catalog
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Backend
from llmadvise.engine.device import Device
from llmadvise.engine.memory.header import shape_from_header
from llmadvise.engine.memory.kv_cache import kv_bytes_per_token
from llmadvise.engine.memory.layout import layout_from_tensors
from llmadvise.engine.speed import Traffic, decode_speed, prefill_speed
from real_llama_cpp_models import MadeFile

PROMPT_TOKENS, DECODED_TOKENS, ROUNDS = 128, 32, 2

_READER = """
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
struct part { const uint64_t *from; size_t words; uint64_t mix; };
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + 1e-9 * t.tv_nsec; }
static void *scan(void *given) {
    struct part *part = given;
    uint64_t mix = 0;
    for (size_t i = 0; i < part->words; i++) mix ^= part->from[i];
    part->mix = mix;
    return NULL;
}
int main(int count, char **words) {
    size_t size = (size_t)atol(words[1]) << 20;
    int threads = atoi(words[2]);
    char *memory = aligned_alloc(1 << 21, size);
    double best = 0;
    uint64_t mix = count;
    memset(memory, 1, size);
    size_t each = size / threads / 4096 * 4096;
    for (int round = 0; round < 8; round++) {
        pthread_t running[256];
        struct part parts[256];
        double start = now();
        for (int i = 0; i < threads; i++) {
            parts[i] = (struct part){(uint64_t *)(memory + i * each), each / 8, 0};
            pthread_create(running + i, NULL, scan, parts + i);
        }
        for (int i = 0; i < threads; i++) { pthread_join(running[i], NULL); mix ^= parts[i].mix; }
        double rate = each * threads / (now() - start);
        if (rate > best) best = rate;
    }
    printf("%.0f %d\\n", best, (int)(mix & 1));
    return 0;
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Tokens a second of one model."""

    model: str
    kind: str
    """Speed class of its main quantization."""
    bytes: int
    read_bytes: int
    """Weights read for a token, as the speed model counts them."""
    decode: float
    prefill: float
    said: dict[str, tuple[Range | None, Range | None]]
    """Decode and prefill by the name of the bandwidth."""


def read_bandwidth(before: Sequence[str], folder: Path, megabytes: int, threads: int) -> int:
    """Bytes a second that so many threads read from main memory, the best of eight rounds."""
    source, program = folder / "read_bandwidth.c", folder / "read_bandwidth"
    source.write_text(_READER)
    subprocess.run(["cc", "-O3", "-march=native", "-pthread", source, "-o", program], check=True)
    found = subprocess.run([*before, program, str(megabytes), str(threads)], check=True, capture_output=True, text=True)
    return int(found.stdout.split()[0])


def measure(bench: Sequence[str], made: MadeFile, kind: str, bandwidths: dict[str, int]) -> Measured:
    """Run llama-bench (with what stands before it) on one file and ask the speed model for each bandwidth."""
    threads = os.cpu_count() or 1
    decode, prefill = _bench(bench, made.path, threads)
    traffic = {name: _traffic(made, rate, threads) for name, rate in bandwidths.items()}
    mixture = any(key.endswith(".expert_count") for key in made.metadata)
    return Measured(
        model=made.name,
        kind=kind,
        bytes=made.bytes,
        read_bytes=next(iter(traffic.values())).weight_bytes,
        decode=decode,
        prefill=prefill,
        said={name: _said([work], kind, mixture=mixture) for name, work in traffic.items()},
    )


def _bench(bench: Sequence[str], file: Path, threads: int) -> tuple[float, float]:
    sizes = ["-p", str(PROMPT_TOKENS), "-n", str(DECODED_TOKENS), "-r", str(ROUNDS), "-t", str(threads)]
    found = subprocess.run([*bench, "-m", file, *sizes, "-o", "json"], check=True, capture_output=True, text=True)
    rows = json.loads(found.stdout)
    # The best round: other work on the machine only slows it down.
    best = {row["n_gen"] > 0: max(row["samples_ts"]) for row in rows}
    return best[True], best[False]


def _traffic(made: MadeFile, bandwidth: int, cores: int) -> Traffic:
    shape = shape_from_header(made.metadata)
    assert shape is not None
    layout = layout_from_tensors(made.tensors, shape.layers)
    experts = shape.experts
    routed = sum(
        tensor.shape[0] * tensor.shape[1] * tensor.shape[2] for tensor in made.tensors if "_exps.w" in tensor.name
    )
    active = made.parameters - (routed * (experts.total - experts.used) // experts.total if experts else 0)
    device = Device(
        id="cpu",
        backend=Backend.CPU,
        budget_bytes=1 << 40,
        memory_bandwidth=bandwidth,
        architecture=platform.machine(),
        cores=cores,
    )
    return Traffic(
        device=device,
        weight_bytes=layout.loaded_bytes * active // made.parameters,
        kv_bytes=kv_bytes_per_token(shape) * DECODED_TOKENS // 2,
        active_parameters=active,
        layers=shape.layers,
    )


def _said(traffic: Sequence[Traffic], kind: str, *, mixture: bool) -> tuple[Range | None, Range | None]:
    calibration = load_catalog().calibration.speed
    decode = decode_speed(traffic, speed_class=kind, mixture=mixture, runtime="llama.cpp", calibration=calibration)
    prefill = prefill_speed(
        traffic,
        prompt_tokens=PROMPT_TOKENS,
        speed_class=kind,
        mixture=mixture,
        runtime="llama.cpp",
        calibration=calibration,
    )
    return decode, prefill


def report(found: Sequence[Measured], bandwidths: dict[str, int], threads: int) -> str:
    """The tables in Markdown."""
    names = list(bandwidths)
    lines = [
        f"{threads} threads. Main memory reads {bandwidths['measured'] / 1e9:.1f} GB/s (measured, all threads);",
        f"llmadvise assumes {bandwidths['assumed'] / 1e9:.1f} GB/s where it does not know the processor.",
        "",
        f"llama-bench, the best of {ROUNDS}: {DECODED_TOKENS} tokens decoded, a prompt of {PROMPT_TOKENS} tokens. GB/s: weights",
        "read for a token × tokens a second. Said: tokens a second that the speed model gives, and measured over said.",
        "",
    ]
    for phase, index in (("decode", 0), ("prompt", 1)):
        heads = " | ".join(f"said at {name} bandwidth | factor" for name in names)
        lines += [
            f"| {phase} | class | GB | read GB | measured t/s | GB/s | {heads} |",
            f"| --- | --- | ---: | ---: | ---: | ---: |{' ---: | ---: |' * len(names)}",
            *(_row(item, names, index) for item in found),
            "",
            *(_summary(found, name, index) for name in names),
            "",
        ]
    return "\n".join(lines)


def _summary(found: Sequence[Measured], name: str, index: int) -> str:
    """Median and extremes of measured over said, and how often the interval holds."""
    factors, held = [], 0
    for item in found:
        measured, said = (item.decode, item.prefill)[index], item.said[name][index]
        if said:
            factors.append(measured / said.value)
            held += said.low <= measured <= said.high
    if not factors:
        return f"At the {name} bandwidth nothing is said."
    middle, low, high = median(factors), min(factors), max(factors)
    return (
        f"- {name} bandwidth: measured over said {middle:.2f} in the median, {low:.2f} to {high:.2f}; the interval "
        f"holds {held} of {len(factors)}."
    )


def _row(item: Measured, names: Sequence[str], index: int) -> str:
    measured = (item.decode, item.prefill)[index]
    cells = []
    for name in names:
        said = item.said[name][index]
        cells += (
            [f"{said.value:.1f} ({said.low:.1f} to {said.high:.1f}) | {measured / said.value:.2f}"] if said else [" | "]
        )
    rate = f"{measured * item.read_bytes / 1e9:.1f}" if index == 0 else ""
    sizes = f"{item.bytes / 1e9:.2f} | {item.read_bytes / 1e9:.2f}"
    return f"| {item.model} | {item.kind} | {sizes} | {measured:.2f} | {rate} | {' | '.join(cells)} |"
