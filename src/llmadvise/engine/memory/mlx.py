"""What MLX takes in the memory that CPU and GPU share: weights, cache, and the widest step of reading the prompt.

Sources: mlx-lm 0.30 (models/cache.py: caches grow in steps of 256 tokens, sliding layers rotate within their window;
generate.py: prompts are read 2,048 tokens at a time). MLX keeps no graph buffers; what a step has freed stays in its
pool until another step needs it, so the widest step is counted whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.settings import pad, row_bytes
from llmadvise.engine.memory.shape import Shape

_PREFILL_STEP: Final = 2048
_CACHE_STEP: Final = 256
_HALF: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MlxMemory:
    """Bytes in the one memory."""

    weights: int
    kv_cache: int
    compute: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.kv_cache + self.compute


def mlx_memory(
    shape: Shape, layout: WeightLayout, *, context_length: int, sequences: int = 1, cache_type: str = "f16"
) -> MlxMemory:
    """Memory of `sequences` conversations of `context_length` tokens each.

    The prefill overhead is stated, not measured: tokens × 2 × (4 × hidden + 3 × inside) in 16 bits, and the logits
    of one token in 32.
    """
    cache = 0
    for layer, state in zip(shape.caches, shape.states, strict=True):
        if state is not None:
            cache += state.convolution_bytes + state.state_bytes
        if layer is None:
            continue
        tokens = context_length if layer.window is None else min(context_length, layer.window + _PREFILL_STEP)
        per_token = row_bytes(layer.key_elements, cache_type) + row_bytes(layer.value_elements, cache_type)
        cache += pad(tokens, _CACHE_STEP) * per_token
    inside = shape.feed_forward_size
    if shape.experts is not None:
        inside = max(inside, shape.experts.used * shape.experts.feed_forward_size)
    step = min(_PREFILL_STEP, context_length) * _HALF * (4 * shape.hidden_size + 3 * inside)
    return MlxMemory(
        weights=layout.loaded_bytes,
        kv_cache=cache * sequences,
        compute=step + 4 * shape.vocabulary_size * sequences,
    )
