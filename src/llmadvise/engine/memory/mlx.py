"""What MLX takes in the memory that CPU and GPU share: weights, cache, and the widest step of reading the prompt.

Sources: mlx-lm 0.32.0 (models/cache.py: caches grow in steps of 256 tokens, a rotating cache holds its window and the
step being read, a quantized one has a 16-bit scale and bias for each 64 values; generate.py: prompts are read 2,048
tokens at a time, and what a step has freed is given back after it). MLX keeps no graph buffers, so the widest step is
counted whole; so is the copy of the one layer that is growing.
"""

from __future__ import annotations

from typing import Final

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.settings import pad, row_bytes
from llmadvise.engine.memory.shape import LayerCache, Shape
from llmadvise.record import dataclass
from llmadvise.units import GIB, MIB

_PREFILL_STEP: Final = 2048
_CACHE_STEP: Final = 256
_GROUP: Final = 64
_HALF: Final = 2
_QUANTIZED: Final = {"q8_0": 8, "q4_0": 4}
"""Bits of MLX's own quantized cache (`--kv-bits` of mlx_lm.generate) nearest to llama.cpp's types."""
_WIRED_SHARE: Final = 0.9
"""Weights beyond this part of what may be wired make mlx-lm warn that generation can be slow (generate.py)."""
_SYSTEM: Final = 8 * GIB
"""What is left to macOS when a higher limit is proposed: a choice."""


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

    The prefill overhead is stated, not measured: tokens × 2 × 3 × (hidden + inside) in 16 bits, as for vLLM, the
    logits of one token in 32, and the layer whose cache is copied as it grows.
    """
    cache = widest = 0
    for layer, state in zip(shape.caches, shape.states, strict=True):
        if state is not None:
            cache += state.convolution_bytes + state.state_bytes
        if layer is None:
            continue
        size = _layer_bytes(layer, context_length, cache_type)
        cache += size
        widest = max(widest, size)
    inside = shape.feed_forward_size
    if shape.experts is not None:
        inside = max(inside, shape.experts.used * shape.experts.feed_forward_size)
    step = min(_PREFILL_STEP, context_length) * _HALF * 3 * (shape.hidden_size + inside)
    return MlxMemory(
        weights=layout.loaded_bytes,
        kv_cache=cache * sequences,
        compute=step + widest + 4 * shape.vocabulary_size * sequences,
    )


def _layer_bytes(layer: LayerCache, context_length: int, cache_type: str) -> int:
    tokens = pad(context_length, _CACHE_STEP)
    if layer.window is not None:
        tokens = min(tokens, layer.window + _PREFILL_STEP - 1)
    return tokens * (_values(layer.key_elements, cache_type) + _values(layer.value_elements, cache_type))


def _values(elements: int, cache_type: str) -> int:
    """Bytes of the cached values of one token: packed bits, and scale and bias of each group."""
    bits = _QUANTIZED.get(cache_type)
    if bits is None:
        return row_bytes(elements, cache_type)
    return elements * bits // 8 + elements // _GROUP * 2 * _HALF


def mlx_findings(memory: MlxMemory, *, budget: int, installed: int | None, high: float) -> tuple[Finding, ...]:
    """What to know of the wired limit: that the weights come near it, or what raising it would need.

    `high`: bytes at the high end of the interval; `installed`: all RAM.
    """
    found = [
        Finding(
            rule="mlx-keeps-caches",
            verdict=Verdict.NOTE,
            message="its server keeps the caches of up to 10 conversations until memory is needed elsewhere: "
            "--prompt-cache-bytes limits them",
            evidence="mlx-lm 0.32.0, server.py",
        )
    ]
    if high > budget and installed is not None and high <= installed - _SYSTEM:
        found.append(
            Finding(
                rule="wired-limit-can-rise",
                verdict=Verdict.NOTE,
                message=f"macOS lets the GPU wire {budget / GIB:.1f} GiB; `sudo sysctl iogpu.wired_limit_mb="
                f"{-(-int(high) // MIB)}` until the next start makes room, and leaves "
                f"{(installed - high) / GIB:.1f} GiB to everything else",
            )
        )
    elif memory.weights > _WIRED_SHARE * budget:
        found.append(
            Finding(
                rule="wired-limit-near",
                verdict=Verdict.WARN,
                message="the weights take more than nine tenths of what the GPU may wire, which can be slow",
                evidence="mlx-lm 0.32.0, generate.py",
            )
        )
    return tuple(found)
