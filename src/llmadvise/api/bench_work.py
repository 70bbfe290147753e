"""Which work a test of llama-bench did: its model looked up or read, laid out on this machine as the test ran it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from llmadvise.api.estimate_file import IMPOSSIBLE, read_path
from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.domain.catalog import Catalog, summaries
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.hardware import Backend, Hardware
from llmadvise.domain.measurement import DevicePart
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.requirements import Requirements
from llmadvise.engine import estimate as estimating
from llmadvise.engine.computed_variant import computed_variant
from llmadvise.engine.estimate_file import lay_out
from llmadvise.engine.estimate_read import read_model
from llmadvise.engine.most_trusted import most_trusted
from llmadvise.engine.naming import find_model, find_target
from llmadvise.engine.question import Question
from llmadvise.engine.speed.traffic import Traffic
from llmadvise.errors import InvalidFileError, LLMAdviseError, UsageError
from llmadvise.measure.bench_output import quantization_of
from llmadvise.measure.bench_row import BenchRow
from llmadvise.record import dataclass

RUNTIME: Final = "llama.cpp"
_ALL_LAYERS: Final = 1 << 20
_ROOM: Final = 1 << 12
"""So many times the memory that is there: what ran did fit, whatever else runs today."""
_SAME_BYTES: Final = 0.02
"""llama-bench counts tensors, the catalog whole files, which hold a vocabulary too."""
_SAME_PARAMETERS: Final = 0.01
_BACKENDS: Final = {
    "cuda": Backend.CUDA, "rocm": Backend.ROCM, "hip": Backend.ROCM, "metal": Backend.METAL, "mtl": Backend.METAL,
    "vulkan": Backend.VULKAN, "sycl": Backend.SYCL,
}  # fmt: skip


Target: TypeAlias = str | tuple[Model, Variant]
"""The path of a file, or a variant of the catalog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What ran, as far as speed depends on it."""

    model: str | None
    """Its id; None where only its sizes told what it runs like."""
    quantization: str
    speed_class: str | None
    mixture: bool
    parts: tuple[DevicePart, ...]


def backend_of(row: BenchRow) -> Backend:
    """What computed. Raises UsageError for what this program knows nothing about."""
    names = [name.strip().lower() for name in (row.backends or "").split(",") if name.strip()]
    if not names:
        raise UsageError("the test does not say what computed")
    if "rpc" in names:
        raise UsageError("it ran on several machines (RPC)")
    if row.gpu_layers == 0:
        return Backend.CPU
    known = [_BACKENDS[name] for name in names if name in _BACKENDS]
    if known:
        return known[0]
    if set(names) <= {"cpu", "blas", "accelerate", "zendnn"}:
        return Backend.CPU
    raise UsageError(f"nothing is known about the backend {row.backends or ''!r:.40}")


def work_of(row: BenchRow, asked: str | None, catalog: Catalog, hardware: Hardware, *, depth: int) -> Work:
    """The work of a test. `asked`: which model it was, if somebody says so.

    Raises LLMAdviseError where the model is not known, or cannot have run so.
    """
    question = _question(row, catalog, hardware, depth)
    problem = LLMAdviseError("its model is not known", "Say which it was: `--as MODEL:QUANTIZATION`, or a .gguf file.")
    for target, named in _targets(row, asked, catalog):
        try:
            laid = _laid(target, question, catalog)
        except (InvalidFileError, *IMPOSSIBLE) as error:
            problem = LLMAdviseError(f"{str(target)[:80]} cannot be laid out: {str(error)[:200]}")
            continue
        differs = _differs(row, laid)
        if differs is None:
            return _work(laid, named=named)
        problem = LLMAdviseError(differs, "Say which model it was: `--as MODEL:QUANTIZATION`, or a .gguf file.")
    raise problem


def _question(row: BenchRow, catalog: Catalog, hardware: Hardware, depth: int) -> Question:
    """The machine as it was for the test: its backend alone, and room for what it held."""
    backend = backend_of(row)
    gpus = tuple(
        replace(gpu, backends=(backend,), budget_bytes=(gpu.budget_bytes or gpu.memory_bytes or 0) * _ROOM)
        for gpu in hardware.gpus
        if backend in gpu.backends
    )
    if backend is not Backend.CPU and not gpus:
        raise LLMAdviseError(f"this machine has no GPU that computes with {backend.value}")
    memory = replace(
        hardware.memory,
        available_bytes=None,
        limit_bytes=None,
        total_bytes=(hardware.memory.total_bytes or 1 << 30) * _ROOM,
    )
    roomy = replace(hardware, gpus=gpus, memory=memory, runtimes=(), downloads=())
    requirements = Requirements(
        context_length=max(512, row.depth + row.prompt_tokens + row.decoded_tokens),
        runtime=RUNTIME,
        cpu_only=backend is Backend.CPU,
        kv_type=f"{row.type_k or 'f16'},{row.type_v or 'f16'}" if row.type_k != row.type_v else (row.type_k or "f16"),
        prompt_tokens=row.prompt_tokens or None,
        depth=depth,
        asked=("context_length", "runtime", "kv_type"),
    )
    question = ask(Request(requirements=requirements, hardware="measured"), catalog, roomy)
    return replace(question, options=_options(row), chooses_cache=False)


def _options(row: BenchRow) -> EngineOptions:
    layers = row.gpu_layers
    return EngineOptions(
        gpu_layers=None if layers is None else (_ALL_LAYERS if layers < 0 else layers),
        cpu_moe_layers=row.cpu_moe_layers or None,
        ubatch=row.ubatch,
        flash_attention=row.flash_attention,
        tensor_split=row.tensor_split or None,
        split_mode=row.split_mode if row.split_mode in {"none", "layer", "row"} else None,
        kv_offload=row.kv_offload,
    )


def _targets(row: BenchRow, asked: str | None, catalog: Catalog) -> Iterator[tuple[Target, bool]]:
    """What the model may be, the surest first, and whether it was named: a file, or a variant of the catalog."""
    if asked is not None:
        scheme = quantization_of(row.model_type)
        yield (asked if asked.lower().endswith(".gguf") else _named(asked, scheme, catalog)), True
        return
    path = row.model_file or ""
    # A file that the output names is read only where it is a regular file: a pipe would wait for a writer.
    if path.lower().endswith(".gguf") and os.path.isfile(path):  # noqa: PTH113
        yield path, True
    scheme = quantization_of(row.model_type)
    name = path.replace("\\", "/").rpartition("/")[2]
    if name:
        with contextlib.suppress(UsageError):
            yield _named(name, scheme, catalog), True
    if scheme is not None and row.parameters and row.model_bytes:
        yield from ((found, False) for found in _by_size(row, scheme, catalog))


def _named(text: str, scheme: str | None, catalog: Catalog) -> tuple[Model, Variant]:
    model, quantization = find_target(text, catalog) if ":" in text else find_model(text, catalog)
    wanted = quantization or scheme
    if wanted is None:
        raise UsageError(f"{text[:80]!r} does not say which quantization", "Add it: MODEL:Q4_K_M.")
    variant = _variant(model, wanted, catalog)
    if variant is None:
        raise UsageError(f"{model.id} in {wanted} is of no known size", "Give the .gguf file itself.")
    return model, variant


def _variant(model: Model, scheme: str, catalog: Catalog) -> Variant | None:
    listed = [item for item in most_trusted(model.variants) if item.quantization == scheme and item.format == "gguf"]
    if listed and listed[0].bytes is not None:
        return listed[0]
    quantization = catalog.quantizations.get(scheme)
    return computed_variant(model, quantization) if quantization is not None else None


def _by_size(row: BenchRow, scheme: str, catalog: Catalog) -> Iterator[tuple[Model, Variant]]:
    """Models with just as many parameters and bytes: what runs alike, whatever it is called."""
    wanted = row.parameters or 0
    for summary in summaries(catalog.models):
        # A file may lack the vision tower that the published number counts.
        if not wanted * 0.99 <= summary.total_parameters <= wanted * 1.5:
            continue
        model = catalog.models[summary.id]
        if abs((model.parameters.language or model.parameters.total) - wanted) <= wanted * _SAME_PARAMETERS / 4:
            variant = _variant(model, scheme, catalog)
            if variant is not None:
                yield model, variant


def _laid(target: Target, question: Question, catalog: Catalog) -> estimating.Laid:
    if not isinstance(target, str):
        return estimating.lay_out_known(question, *target)
    read = read_model(read_path(target), catalog.quantizations)
    return lay_out(question, read)


def _differs(row: BenchRow, laid: estimating.Laid) -> str | None:
    """Why it cannot have been this model; None where it can."""
    model, layout = laid.candidate.model, laid.layout
    parameters = model.parameters.language or model.parameters.total
    slack = 0.005 if row.rounded else 0.0
    if row.parameters and not _near(row.parameters, parameters, _SAME_PARAMETERS + slack):
        return f"it has {row.parameters:,} parameters, {model.id[:80]} has {parameters:,}"
    weights = layout.loaded_bytes if layout is not None else laid.variant.bytes
    if row.model_bytes and weights and not _near(row.model_bytes, weights, _SAME_BYTES + slack):
        return f"it has {row.model_bytes:,} bytes, {laid.variant.id[:80]} has {weights:,}"
    if not laid.plan.traffic:
        return f"{laid.variant.id[:80]} cannot be laid out as it ran"
    return None


def _work(laid: estimating.Laid, *, named: bool) -> Work:
    shape = laid.candidate.shape
    return Work(
        model=laid.candidate.model.id if named else None,
        quantization=laid.variant.quantization,
        speed_class=laid.quantization.speed_class,
        mixture=shape is not None and shape.experts is not None,
        parts=tuple(part_of(item) for item in laid.plan.traffic),
    )


def part_of(item: Traffic) -> DevicePart:
    """What one device did for a token, as it is kept."""
    return DevicePart(
        device=item.device.id,
        backend=item.device.backend,
        weight_bytes=item.weight_bytes,
        kv_bytes=item.kv_bytes,
        active_parameters=item.active_parameters,
        layers=item.layers,
        kv_bytes_per_token=item.kv_bytes_per_token,
        expert_bytes=item.expert_bytes,
        expert_ratio=max(1.0, item.expert_ratio),
    )


def _near(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance * max(one, other)
