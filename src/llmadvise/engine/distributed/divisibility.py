"""What must divide: heads, widths and groups of quantized weights over the GPUs that share a layer.

Mechanism: vLLM, vllm/model_executor/layers/linear.py (QKVParallelLinear and its `divide`), layers/quantization/
(gptq_marlin, awq_marlin: whole groups in each slice; fp8_utils: validate_fp8_block_shape), config/model.py
(verify_with_parallel_config). SGLang shares these layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from llmadvise.domain.deployment import ParallelLayout
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.memory.shape import Shape

_SOURCE: Final = "vLLM source, layers/linear.py and layers/quantization"
_FP8_BLOCK: Final = 128
"""Side of the blocks that share a scale in the FP8 weights of DeepSeek and Qwen (config.json: weight_block_size)."""


def divisibility(shape: Shape, quantization: Quantization, layout: ParallelLayout) -> Iterator[Finding]:
    """What forbids a layout before memory is looked at, and what it costs beside."""
    yield from _kv_heads(shape, layout.tensor)
    yield from _widths(shape, quantization, layout)


def _kv_heads(shape: Shape, tensor: int) -> Iterator[Finding]:
    """Key-value heads are shared out evenly, or each is copied to as many GPUs; anything between fails."""
    if tensor == 1:
        return
    if shape.latent_rank:
        yield _note(
            "kv-cache-replicated", f"compressed keys are not cut by heads: each of {tensor} GPUs caches all of them"
        )
        return
    for heads in sorted({cache.kv_heads for cache in shape.caches if cache is not None}):
        if heads % tensor and tensor % heads:
            yield _refusal(
                "kv-heads-not-divisible",
                f"{heads} key-value heads can neither be shared out over {tensor} GPUs nor copied evenly to them",
            )
        elif heads < tensor:
            yield _note(
                "kv-cache-replicated",
                f"{heads} key-value heads over {tensor} GPUs: each is cached {tensor // heads} times",
            )


def _widths(shape: Shape, quantization: Quantization, layout: ParallelLayout) -> Iterator[Finding]:
    for what, width in _cut_widths(shape, layout):
        part, rest = divmod(width, layout.tensor)
        if rest:
            yield _refusal(
                "width-not-divisible-by-gpus", f"{what} of {width:,} cannot be cut into {layout.tensor} equal slices"
            )
        elif layout.tensor > 1:
            yield from _groups(what, width, part, quantization, layout.tensor)


def _groups(what: str, width: int, part: int, quantization: Quantization, tensor: int) -> Iterator[Finding]:
    """A slice must hold whole groups of weights that share a scale."""
    group = quantization.group_size
    if group is not None and part % group:
        yield _refusal(
            "quantization-group-not-divisible",
            f"{what} of {width:,} over {tensor} GPUs leaves {part:,}, which is not a multiple of the "
            f"{group} weights that share a scale in {quantization.id} (unless its publisher padded the width)",
        )
    elif quantization.format == "fp8" and part % _FP8_BLOCK:
        yield Finding(
            rule="fp8-blocks-may-not-divide",
            verdict=Verdict.WARN,
            message=f"{what} of {width:,} over {tensor} GPUs leaves {part:,}: where the scales lie in blocks of "
            f"{_FP8_BLOCK}, as DeepSeek and Qwen publish them, the runtime stops",
            evidence=_SOURCE,
        )


def _cut_widths(shape: Shape, layout: ParallelLayout) -> Iterator[tuple[str, int]]:
    """Widths that are cut by the GPUs that share a layer."""
    if shape.output_elements:
        yield "the attention's output", shape.output_elements
    if shape.feed_forward_size:
        yield "a feed-forward width", shape.feed_forward_size
    if shape.experts is not None:
        if not layout.experts:
            yield "an expert's width", shape.experts.feed_forward_size
        if shape.experts.shared_feed_forward_size:
            yield "a shared expert's width", shape.experts.shared_feed_forward_size


def _refusal(rule: str, message: str) -> Finding:
    return Finding(rule=rule, verdict=Verdict.BLOCK, message=message, evidence=_SOURCE)


def _note(rule: str, message: str) -> Finding:
    return Finding(rule=rule, verdict=Verdict.NOTE, message=message, evidence=_SOURCE)
