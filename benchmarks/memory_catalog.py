"""The memory engine on catalog entries: dimensions and file sizes, no tensors."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from llmadvise.catalog.load import load_catalog
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import Architecture, Model, Variant
from llmadvise.engine.memory.from_catalog import layout_from_catalog
from llmadvise.engine.memory.llama_cpp import llama_cpp_memory
from llmadvise.engine.memory.shape import Shape, shape_from_catalog
from memory_rows import Row, files, rows


@cache
def _catalog() -> Catalog:
    return load_catalog()


@cache
def _model(row_model: str, quantization: str) -> Model | None:
    """The catalog entry with the same dimensions; the names differ."""
    shape, _ = files(row_model, quantization)
    for model in _catalog().models.values():
        architecture = model.architecture
        if architecture is not None and _alike(architecture, shape.layers, shape.hidden_size, shape.vocabulary_size):
            known = shape_from_catalog(architecture)
            if known is not None and _same(known, shape):
                return model
    return None


def _same(known: Shape, shape: Shape) -> bool:
    """The same family, attention and networks; files from before compressed attention are another network."""
    return _parts(known) == _parts(shape)


def _parts(shape: Shape) -> tuple[object, ...]:
    width = max((cache.key_elements for cache in shape.caches if cache), default=0)
    experts = (shape.experts.total, shape.experts.feed_forward_size) if shape.experts else None
    return shape.architecture, shape.heads, shape.latent_rank, width, shape.feed_forward_size, experts


def _alike(architecture: Architecture, layers: int, hidden: int, vocabulary: int) -> bool:
    return (architecture.layers, architecture.hidden_size, architecture.vocabulary_size) == (layers, hidden, vocabulary)


def catalog_errors() -> dict[str, list[object]]:
    """Errors of every row with the whole model on one GPU whose dimensions are in the catalog."""
    from memory_accuracy import Error  # noqa: PLC0415 (the two modules need each other)

    errors: dict[str, list[object]] = defaultdict(list)
    for row in rows():
        if row.refused or row.kind != "one GPU":
            continue
        found = _forecast(row)
        if found is None:
            continue
        measured = row.devices["gpu0"]
        for part, said, was in (
            ("weights", found[0], measured.model),
            ("cache and state", found[1], measured.context),
            ("compute", found[2], measured.compute),
            ("total", sum(found), measured.model + measured.context + measured.compute),
        ):
            errors[f"GPU: {part}"].append(Error(said, was))
    return dict(errors)


def _forecast(row: Row) -> tuple[int, int, int] | None:
    model = _model(row.model, row.quantization)
    scheme = _catalog().quantizations.get(row.quantization)
    if model is None or model.architecture is None or scheme is None:
        return None
    variant = Variant(id="file", format="gguf", quantization=row.quantization, repo="", bytes=row.tensor_bytes)
    layout, shape = layout_from_catalog(model, variant, scheme), shape_from_catalog(model.architecture)
    if layout is None or shape is None:
        return None
    terms = llama_cpp_memory(shape, layout, row.settings, gpus=row.gpus, backend=Backend.CUDA).by_device[0]
    return terms.model, terms.kv + terms.recurrent, terms.compute
