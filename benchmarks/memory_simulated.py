"""Holds the memory engine against llama.cpp on architectures, dimensions and settings outside the truth table.

memory_simulated.cpp gives llama.cpp GPUs that allocate by the CUDA backend's rules and hold nothing; placement, graph
and buffers are the engine's own. Build it against a llama.cpp b11434 (any build without CUDA will do), then run:

    c++ -std=c++17 -Iinclude -Iggml/include -Iggml/src -Isrc memory_simulated.cpp BUILT_LIBRARIES -o simulated
    python benchmarks/memory_simulated.py ./simulated

Writes benchmarks/data/memory_simulated.json, which benchmarks/memory_accuracy.py puts into docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from llmadvise.domain.hardware import Backend
from llmadvise.engine.memory.header import shape_from_header
from llmadvise.engine.memory.layout import WeightLayout, layout_from_tensors
from llmadvise.engine.memory.llama_cpp import DeviceTerms, llama_cpp_memory
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.memory.shape import Shape
from llmadvise.gguf.header import read_file
from memory_rows import ROOT
from memory_simulated_families import FAMILIES
from memory_simulated_file import write

OUTPUT = ROOT / "benchmarks" / "data" / "memory_simulated.json"
_MIB = 1 << 20
_SECONDS = 60
_SIZES = 4
_FLASH = {"auto": None, "on": True, "off": False}
_PLAIN = ("f16", "bf16", "f32")


@dataclass(slots=True)
class Count:
    """How near the forecasts of one architecture are."""

    devices: int = 0
    kept: int = 0
    """Weights, cache and state exact."""
    compute: int = 0
    """Compute buffer within 0.1 % or 16 KiB."""
    near: int = 0
    """Compute buffer within 5 % or 16 MiB."""
    total: int = 0
    """Total within 1 %."""
    refused: int = 0
    foreseen: int = 0
    worst: int = 0
    gpu: dict[str, int] = field(default_factory=dict)


def main() -> None:
    """Load every family so many times, under settings drawn by chance."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("simulator", type=Path)
    parser.add_argument("--cases", type=int, default=24, help="loads of each family")
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    found: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for family in FAMILIES:
            path = Path(folder) / f"{family.architecture}.gguf"
            write(path, family)
            chance = random.Random(f"{asked.seed} {family.architecture}")  # noqa: S311 (settings, no secrets)
            count = _held(asked.simulator, path, chance, asked.cases)
            found[family.architecture] = {
                name: getattr(count, name)
                for name in ("devices", "kept", "compute", "near", "total", "refused", "foreseen", "worst")
            }
            print(family.architecture, found[family.architecture])
    OUTPUT.write_text(json.dumps({"cases": asked.cases, "seed": asked.seed, "architectures": found}, indent=1) + "\n")


def _held(simulator: Path, path: Path, chance: random.Random, cases: int) -> Count:
    header = read_file(path)
    shape = shape_from_header(header.metadata)
    assert shape is not None
    layout = layout_from_tensors(header.tensors, shape.layers)
    count = Count()
    for _ in range(cases):
        settings, gpus = _drawn_by_chance(chance, shape, layout)
        measured = _measured(simulator, path, settings, gpus)
        backend = Backend.CUDA if gpus else Backend.CPU
        forecast = llama_cpp_memory(shape, layout, settings, gpus=gpus, backend=backend)
        if measured is None:
            count.refused += 1
            count.foreseen += bool(forecast.findings)
            continue
        for terms in forecast.by_device:
            _add(count, terms, measured.get(terms.device, (0, 0, 0)))
    return count


def _add(count: Count, said: DeviceTerms, was: tuple[int, int, int]) -> None:
    """Weights of the host are left out: those that are mapped are not counted by the engine."""
    model, context, compute = was
    host = said.device == "host"
    kept = said.kv + said.recurrent
    off = abs(said.compute - compute)
    count.devices += 1
    count.kept += kept == context and (host or said.model == model)
    count.compute += off <= max(16 * 1024, compute // 1000)
    count.near += off <= max(16 * _MIB, compute // 20)
    mine = (0 if host else said.model) + kept + said.compute
    whole = (0 if host else model) + context + compute
    count.total += abs(mine - whole) <= whole // 100
    count.worst = max(count.worst, off)


def _drawn_by_chance(chance: random.Random, shape: Shape, layout: WeightLayout) -> tuple[EngineSettings, int]:
    gpus = chance.choice((0, 1, 1, 1, 2, 3))
    layers = None if chance.random() < 0.5 else chance.randint(0, shape.layers + 1)
    flash = chance.choice(("auto", "auto", "on", "off"))
    key = chance.choice(("f16", "f16", "q8_0", "q4_0", "bf16"))
    value = key if shape.latent_rank or chance.random() < 0.7 else chance.choice(("f16", "q8_0"))
    if flash == "off" and value not in _PLAIN:
        value = "f16"
        key = value if shape.latent_rank else key
    split = tuple(float(chance.randint(1, 9)) for _ in range(gpus)) if gpus > 1 and chance.random() < 0.5 else None
    settings = EngineSettings(
        context_length=chance.choice((777, 4096, 8192, 20000, 65536)),
        ubatch=chance.choice((16, 128, 512, 512, 1000, 2048)),
        slots=chance.choice((1, 1, 2, 4)),
        kv_unified=chance.random() < 0.5,
        outputs=chance.choice((0, 4, 8)),
        kv_type_k=key,
        kv_type_v=value,
        flash_attention=_FLASH[flash],
        swa_full=chance.random() < 0.1,
        kv_offload=chance.random() > 0.1,
        gpu_layers=layers if gpus else 0,
        cpu_moe_layers=chance.choice((0, 0, 0, chance.randint(1, shape.layers))) if layout.expert_bytes else 0,
        tensor_split=split,
        op_offload=chance.random() > 0.1,
    )
    return settings, gpus


def _measured(
    simulator: Path, path: Path, settings: EngineSettings, gpus: int
) -> dict[str, tuple[int, int, int]] | None:
    """What the engine says of each memory, ordinary and pinned host memory together; None where it refuses."""
    names = {None: "auto", True: "on", False: "off"}
    given = {
        "c": settings.context_length, "b": settings.batch, "ub": settings.ubatch, "ctk": settings.kv_type_k,
        "ctv": settings.kv_type_v, "fa": names[settings.flash_attention], "np": settings.slots,
        "kvu": int(settings.kv_unified), "nout": settings.outputs or 0, "gpus": gpus,
        "ngl": 999 if settings.gpu_layers is None else settings.gpu_layers, "nkvo": int(not settings.kv_offload),
        "swafull": int(settings.swa_full), "ncmoe": settings.cpu_moe_layers, "opo": int(settings.op_offload), "real": 1,
    }  # fmt: skip
    if settings.tensor_split:
        given["ts"] = ",".join(f"{part:.0f}" for part in settings.tensor_split)
    command = [str(simulator), str(path), *(f"{name}={value}" for name, value in given.items())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    found: dict[str, list[int]] = {}
    for line in done.stdout.splitlines():
        name, *sizes = line.split()
        if len(sizes) == _SIZES - 1:
            device = name.lower() if name.startswith("GPU") else "host"
            sums = found.setdefault(device, [0, 0, 0])
            for index, size in enumerate(sizes):
                sums[index] += int(size)
    return {device: (sums[0], sums[1], sums[2]) for device, sums in found.items()} or None


if __name__ == "__main__":
    main()
