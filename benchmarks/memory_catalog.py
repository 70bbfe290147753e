"""The memory engine on dimensions alone: tensors hidden, as catalog entries have none."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from math import prod

from llmadvise.catalog.load import load_catalog
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import ContextLength, DeclaredLicense, Model, Parameters, Role, Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.estimate_architecture import architecture_of
from llmadvise.engine.memory.from_catalog import layout_from_catalog
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.llama_cpp import EngineMemory, llama_cpp_memory
from llmadvise.engine.memory.shape import Shape, shape_from_catalog
from llmadvise.engine.memory.tensors.made_up import layout_with_tensors
from memory_rows import Row, files, header_of


@cache
def catalog() -> Catalog:
    """The catalog as it stands, read once."""
    return load_catalog()


@cache
def entry(name: str, quantization: str) -> tuple[Model, Variant]:
    """What a catalog would say of the file: dimensions, parameters, scheme and bytes."""
    header = header_of(name, quantization)
    known, metadata = header.tensors, header.metadata
    shape, layout = files(name, quantization)
    count = sum(prod(tensor.shape) for tensor in known)
    model = Model(
        id=f"benchmark/{name}",
        repo=f"benchmark/{name}",
        name=name,
        org="benchmark",
        family=name,
        role=Role.INSTRUCT,
        parameters=Parameters(total=count, active=count, language=count),
        context_length=ContextLength(native=shape.trained_context or 1),
        license=DeclaredLicense(declared=None),
        architecture=architecture_of(shape, layout, metadata),
    )
    variant = Variant(
        id="file",
        format="gguf",
        quantization=quantization,
        repo=model.repo,
        bytes=sum(tensor.bytes for tensor in known),
        calibrated=False,
    )
    return model, variant


def scheme(quantization: str) -> Quantization:
    """The catalog's row of a scheme."""
    return catalog().quantizations[quantization]


@cache
def made_up(name: str, quantization: str) -> tuple[Shape, WeightLayout, bool] | None:
    """Shape and layout from dimensions, and whether the tensors could be made up."""
    model, variant = entry(name, quantization)
    shape = shape_from_catalog(model.architecture) if model.architecture else None
    if shape is None:
        return None
    drawn = layout_with_tensors(model, variant, scheme(quantization), shape)
    layout = drawn or layout_from_catalog(model, variant, scheme(quantization))
    return None if layout is None else (shape, layout, drawn is not None)


@cache
def _as_read(name: str, quantization: str) -> bool:
    """Whether all that was made up is as the file has it; the length that it was trained for matters to T5 alone."""
    found = made_up(name, quantization)
    shape, layout = files(name, quantization)
    if found is None or found[1].table is None or layout.table is None or found[1] != layout:
        return False
    made, read = found[1].table, layout.table
    same = replace(found[0], trained_context=shape.trained_context) == shape
    return same and (made.blocks, made.outside) == (read.blocks, read.outside)


def forecast(row: Row, read: EngineMemory | None = None) -> EngineMemory | None:
    """The forecast of a row from dimensions alone; `read`: the one from the file, which is not made a second time."""
    found = made_up(row.model, row.quantization)
    if found is None:
        return None
    if read is not None and _as_read(row.model, row.quantization):
        return read
    backend = Backend.CUDA if row.gpus else Backend.CPU
    return llama_cpp_memory(found[0], found[1], row.settings, gpus=row.gpus, backend=backend)


def not_made_up(rows: list[Row]) -> dict[str, int]:
    """Models whose tensors cannot be made up, with their rows."""
    count: dict[str, int] = defaultdict(int)
    for row in rows:
        found = made_up(row.model, row.quantization)
        if found is None or not found[2]:
            count[row.model] += 1
    return dict(count)
