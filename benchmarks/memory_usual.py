"""Formulas for the memory of a model that are in common use, for comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.settings import pad
from llmadvise.engine.memory.shape import Shape
from memory_rows import Row

_MARGIN = 1.2
_F16 = 2


def parameters_bits(row: Row, shape: Shape, layout: WeightLayout) -> float:
    """Parameters × bits / 8 × 1.2: calculators on the web."""
    del shape, layout
    return row.tensor_bytes * _MARGIN


def parameters_bits_cache(row: Row, shape: Shape, layout: WeightLayout) -> float:
    """Parameters × bits / 8 × 1.2 and a cache of 2 × layers × hidden size × context in 16 bits."""
    del layout
    cache = 2 * shape.layers * shape.hidden_size * row.settings.context_length * _F16
    return row.tensor_bytes * _MARGIN + cache


def per_layer(row: Row, shape: Shape, layout: WeightLayout) -> float:
    """Weights by block, one cache width for all layers, windows padded with the batch, one input, logits twice:
    in the manner of gguf-parser-go (commit 8dc7a62).
    """
    settings = row.settings
    tokens = min(settings.ubatch, settings.context_length)
    width = max((cache.key_elements + cache.value_elements for cache in shape.caches if cache), default=0)
    cache = 0
    for layer in shape.caches:
        cells = settings.context_length
        if layer is not None and layer.window is not None:
            cells = min(cells, pad(layer.window + settings.batch))
        cache += cells * width * _F16
    logits = 2 * tokens * row.vocabulary * 4
    compute = settings.context_length * tokens * 4 + tokens * shape.hidden_size * 4 + logits
    return layout.blocks_bytes + layout.output_unit_bytes + cache + compute


FORMULAS: Final[dict[str, Callable[[Row, Shape, WeightLayout], float]]] = {
    "parameters × bits / 8 × 1.2": parameters_bits,
    "the same and a cache of the hidden size": parameters_bits_cache,
    "per layer, in the manner of gguf-parser": per_layer,
}
