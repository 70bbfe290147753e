"""The highest that vLLM's activations reach in its dummy run at start-up, before the cache is sized.

Two peaks follow each other and the higher one counts:

- the widest layer over `max_num_batched_tokens`: tokens × 2 bytes × 3 × (hidden + inside / TP). Two logs of one machine
  that differ only in the tokens give 109.8 KB a token for Llama 3.1 8B (vLLM issue 10517); this formula gives 110.6.
- the sampler over the logits of `max_num_seqs` requests. Model runner V2 (the default of 0.33) takes 8.6 bytes a logit
  (0.31 GiB at 256 × 151,936), the runner before it 39, from 34.8 to 41.2 (nine logs, 256 and 1,024 requests,
  vocabularies of 128,256 to 201,088; docs/vllm_memory.md); some features still need that one.

Encoders of images and sound run as well, and nothing here counts them: that is said where a model has one.
"""

from __future__ import annotations

from typing import Final

from llmadvise.domain.estimate import Range
from llmadvise.engine.memory.shape import Shape
from llmadvise.units import GIB

_LARGE: Final = 70 * GIB
_LARGEST: Final = 160 * GIB
_SAMPLER_V2: Final = 8.6
_SAMPLER_V1: Final = 39.0
_WIDTHS: Final = 3
"""Layer-wide values alive at once: twice the inside width before the gate and once after it, three of the hidden."""
_HYBRID_HIGH: Final = 2.6
"""Measured over computed where recurrent layers keep several projections at once: 1.59 of 0.63 GiB (Qwen3.8 27B)."""


def batched_tokens(gpu_total_bytes: int) -> int:
    """`max_num_batched_tokens` of the server by GPU memory (0.33.0, vllm/engine/arg_utils.py: get_batch_defaults).

    An A100 of 80 GB and the DGX Spark keep the smaller value; their names would have to be known to say so.
    """
    if gpu_total_bytes >= _LARGEST:
        return 16384
    return 8192 if gpu_total_bytes >= _LARGE else 2048


def default_sequences(gpu_total_bytes: int) -> int:
    """`max_num_seqs` by GPU memory (the same place)."""
    return 1024 if gpu_total_bytes >= _LARGE else 256


def layer_peak(shape: Shape, tokens: int, tensor_parallel: int) -> int:
    """The widest layer over so many tokens, in 16 bits."""
    inside = shape.feed_forward_size
    if shape.experts is not None:
        inside = max(inside, shape.experts.used * shape.experts.feed_forward_size)
    return tokens * 2 * _WIDTHS * (shape.hidden_size + inside // tensor_parallel)


def sampler_peak(shape: Shape, sequences: int, *, second_runner: bool = True) -> int:
    """The sampler's copies of the logits of so many requests; every GPU holds all of the vocabulary."""
    each = _SAMPLER_V2 if second_runner else _SAMPLER_V1
    return round(sequences * shape.vocabulary_size * each)


def activation_peak(shape: Shape, tokens: int, sequences: int, tensor_parallel: int) -> Range:
    """The higher of both peaks, from the leaner runner to the older one."""
    sequences = min(sequences, tokens)
    layer = layer_peak(shape, tokens, tensor_parallel)
    best = max(layer, sampler_peak(shape, sequences))
    wide = layer * (_HYBRID_HIGH if shape.inner_size else 1.1)
    return Range(best, 0.9 * layer, max(wide, float(sampler_peak(shape, sequences, second_runner=False))))
