"""The measured rows of benchmarks/data/memory_truth.jsonl.gz as the memory engine's own types.

Source: llama.cpp b11434 and 0c1e57098 loading headers of published models on simulated devices with the CUDA
backend's allocation rules; see docs/accuracy.md.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from llmadvise.engine.memory.header import shape_from_header
from llmadvise.engine.memory.layout import WeightLayout, layout_from_tensors
from llmadvise.engine.memory.settings import EngineSettings, SplitMode
from llmadvise.engine.memory.shape import Shape
from llmadvise.gguf.header import Header, read_header
from llmadvise.gguf.source import BytesSource

ROOT = Path(__file__).parent.parent
TRUTH = ROOT / "benchmarks" / "data" / "memory_truth.jsonl.gz"
HEADERS = ROOT / "tests" / "data" / "gguf_headers"
_WITH_WEIGHTS = 1 << 50
"""Bytes; headers say where the weights end, and the reader asks whether a file is that long."""
_FLASH = {"auto": None, "on": True, "off": False}
_ALL_LAYERS = 999
_EVERY_LAYER = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What the engine said of one device."""

    model: int
    context: int
    compute: int
    """A real allocation where there is one, else the engine's forecast."""
    allocated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement."""

    model: str
    quantization: str
    architecture: str
    engine: str
    settings: EngineSettings
    gpus: int
    refused: bool
    devices: dict[str, Device]
    tensor_bytes: int
    parameters: int
    vocabulary: int

    @property
    def kind(self) -> str:
        """What kind of placement it is."""
        settings = self.settings
        if self.gpus == 0:
            return "CPU only"
        if settings.cpu_moe_layers:
            return "experts on the host"
        if not settings.kv_offload:
            return "cache on the host"
        if settings.gpu_layers is not None:
            return "part of the layers"
        if self.gpus > 1 and settings.split_mode is SplitMode.LAYER:
            return "several GPUs"
        return "one GPU"


@cache
def header_of(model: str, quantization: str) -> Header:
    """The real header of a published file; its weights are not kept."""
    data = gzip.decompress((HEADERS / f"{model}.{quantization}.gguf.gz").read_bytes())
    return read_header(BytesSource(data, size=_WITH_WEIGHTS))


@cache
def files(model: str, quantization: str) -> tuple[Shape, WeightLayout]:
    """Shape and layout from the model's real header."""
    header = header_of(model, quantization)
    shape = shape_from_header(header.metadata)
    assert shape is not None
    return shape, layout_from_tensors(header.tensors, shape.layers)


def rows() -> Iterator[Row]:
    """Every row of the truth table."""
    with gzip.open(TRUTH, "rt") as lines:
        for line in lines:
            yield _row(json.loads(line))


def _row(raw: dict[str, object]) -> Row:
    run = raw["run"]
    result = raw.get("result") or {}
    assert isinstance(run, dict)
    assert isinstance(result, dict)
    hparams = raw["hparams"]
    assert isinstance(hparams, dict)
    return Row(
        model=str(raw["model"]),
        quantization=str(raw["quant"]),
        architecture=str(raw["arch"]),
        engine=str(raw["engine"]),
        settings=_settings(run, str(raw["engine"])),
        gpus=run["n_gpus"],
        refused=not raw["ok"],
        devices=_devices(result.get("buffers", {}), raw, run["n_gpus"]),
        tensor_bytes=_integer(raw["tensor_bytes"]),
        parameters=result.get("n_params", 0),
        vocabulary=_integer(hparams[f"{raw['arch']}.vocab_size"]),
    )


def _integer(value: object) -> int:
    assert isinstance(value, int)
    return value


def _settings(run: dict[str, object], engine: str) -> EngineSettings:
    split = run["tensor_split"]
    layers, experts = _integer(run["n_gpu_layers"]), _integer(run["n_cpu_moe"])
    return EngineSettings(
        context_length=_integer(run["n_ctx_requested"]),
        batch=_integer(run["n_batch"]),
        ubatch=_integer(run["n_ubatch_requested"]),
        slots=_integer(run["n_parallel"]),
        kv_unified=bool(run["kv_unified"]),
        outputs=_integer(run["n_outputs_max"]),
        kv_type_k=str(run["type_k"]),
        kv_type_v=str(run["type_v"]),
        flash_attention=_FLASH[str(run["flash_attn"])],
        swa_full=bool(run["swa_full"]),
        kv_offload=bool(run["offload_kqv"]),
        gpu_layers=None if layers == _ALL_LAYERS else layers,
        cpu_moe_layers=_EVERY_LAYER if run["cpu_moe"] else experts,
        tensor_split=tuple(float(part) for part in str(split).split(",")) if split else None,
        split_mode=SplitMode(str(run["split_mode"])),
        gpu_has_flash_attention=bool(run["gpu_supports_fa"]),
        engine_build=engine,
    )


def _devices(buffers: dict[str, dict[str, int]], raw: dict[str, object], gpus: int) -> dict[str, Device]:
    """GPUs as they are; pinned and ordinary host memory together.

    Where everything lies on the host some rows count a tied embedding twice; the mapping holds it once.
    """
    devices = {
        name.lower(): Device(
            model=parts["model"],
            context=parts["context"],
            compute=parts.get("compute_allocated", parts["compute"]),
            allocated=gpus == 1 or "compute_allocated" in parts,
        )
        for name, parts in buffers.items()
        if name.startswith("GPU")
    }
    host = [buffers[name] for name in ("HOST", "CPU") if name in buffers]
    if host:
        model = sum(parts["model"] for parts in host)
        embedding = _integer(raw["token_embd_bytes"])
        if model > _integer(raw["tensor_bytes"]) + embedding // 2:
            model -= embedding
        devices["host"] = Device(
            model=model,
            context=sum(parts["context"] for parts in host),
            compute=sum(parts.get("compute_allocated", parts["compute"]) for parts in host),
            allocated=True,
        )
    return devices
