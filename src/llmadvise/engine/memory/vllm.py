"""What vLLM takes: a fixed part of each GPU, of which the weights leave the rest to the cache.

Formulas and defaults: vLLM 0.33.0 source, read, not run. Weights and cache follow from dimensions; activations, CUDA graphs and library buffers are measured by
vLLM itself at start-up and are ranges here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from llmadvise.domain.estimate import Range
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.shape import Shape
from llmadvise.units import GIB

DEFAULT_UTILIZATION: Final = 0.92
"""`--gpu-memory-utilization` (0.90 in releases before 2026)."""
_BLOCK: Final = 16
_LARGE_GPU: Final = 70 * GIB
_BATCHED_TOKENS: Final = (2048, 8192)
"""max_num_batched_tokens of the server below and from 70 GiB a GPU."""
_SEQUENCES: Final = (256, 1024)
_GRAPHS: Final = Range(0.4 * GIB, 0.2 * GIB, 0.6 * GIB)
"""CUDA graphs, as public logs of 24 GB cards report them."""
_LIBRARIES: Final = Range(0.25 * GIB, 0.16 * GIB, 0.33 * GIB)
"""Non-torch growth (CUDA context, cuBLAS, NCCL) in recent logs of one GPU."""
_CACHE_BYTES: Final = {"auto": 2, "f16": 2, "bf16": 2, "fp8": 1, "q8_0": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class VllmMemory:
    """One GPU's part; all GPUs of a tensor-parallel group hold the same."""

    budget_bytes: int
    """What vLLM takes whatever the model: utilization × total, rounded up."""
    weights_bytes: int
    activations: Range
    overhead: Range
    """CUDA graphs and libraries."""
    cache_available: Range
    """What is left for the cache."""
    cache_needed: int
    """What the requested sequences take at the requested length."""
    largest_context: int
    """Tokens of one request that the cache could hold."""
    concurrency: float
    """Requests of the requested length that fit at once."""
    findings: tuple[Finding, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether one request of the requested length fits at the low end of what is left."""
        return not self.findings


def usable_utilization(total_bytes: int, free_bytes: int | None) -> float:
    """The default, or the largest hundredth that the free memory allows: vLLM stops if less than its budget is free."""
    if free_bytes is None or total_bytes <= 0:
        return DEFAULT_UTILIZATION
    return min(DEFAULT_UTILIZATION, free_bytes * 100 // total_bytes / 100)


def vllm_memory(
    shape: Shape,
    layout: WeightLayout,
    *,
    context_length: int,
    gpu_total_bytes: Sequence[int],
    utilization: float = DEFAULT_UTILIZATION,
    sequences: int = 1,
    cache_type: str = "auto",
    eager: bool = False,
) -> VllmMemory:
    """The memory of each of `len(gpu_total_bytes)` GPUs under tensor parallelism, planned for the smallest."""
    parallel = max(1, len(gpu_total_bytes))
    total = min(gpu_total_bytes, default=0)
    budget = -int(-total * utilization // 1)
    weights = -(-(layout.loaded_bytes + layout.skipped_bytes) // parallel)
    activations = _activations(shape, total, parallel)
    overhead = Range(*(library + (0 if eager else graph) for library, graph in zip(_LIBRARIES, _GRAPHS, strict=True)))
    left = [
        budget - weights - peak - other
        for peak, other in (
            (activations.value, overhead.value),
            (activations.high, overhead.high),
            (activations.low, overhead.low),
        )
    ]
    tokens = _batched_tokens(total)
    size = _CACHE_BYTES.get(cache_type, 2)
    one = request_bytes(shape, context_length, parallel=parallel, element_bytes=size, batched_tokens=tokens)
    largest = _largest_context(shape, max(0, int(left[1])), parallel, size, tokens)
    return VllmMemory(
        budget_bytes=budget,
        weights_bytes=weights,
        activations=activations,
        overhead=overhead,
        cache_available=Range(*left),
        cache_needed=one * sequences,
        largest_context=largest,
        concurrency=max(0.0, left[0]) / one if one else float(sequences),
        findings=_findings(shape, parallel, context_length, largest, fits=one <= left[1]),
    )


def _batched_tokens(total: int) -> int:
    return _BATCHED_TOKENS[total >= _LARGE_GPU]


def _activations(shape: Shape, total: int, parallel: int) -> Range:
    """Peak of the dummy run: the widest layer in 16 bits, then f32 logits and the sampler's copies of them.

    Bytes = tokens × 2 × (4 × hidden + 3 × inside / TP) + sequences × vocabulary × (3 × 4 + 8). Public logs lie
    between half and twice of it.
    """
    large = total >= _LARGE_GPU
    inside = shape.feed_forward_size
    if shape.experts is not None:
        inside = max(inside, shape.experts.used * shape.experts.feed_forward_size)
    layer = _batched_tokens(total) * 2 * (4 * shape.hidden_size + 3 * inside // parallel)
    logits = _SEQUENCES[large] * shape.vocabulary_size * (3 * 4 + 8)
    best = layer + logits
    return Range(best, best / 2, best * 2)


def request_bytes(
    shape: Shape, context_length: int, *, parallel: int, element_bytes: int = 2, batched_tokens: int = 2048
) -> int:
    """Cache of one request on each GPU: whole blocks of 16 tokens, KV heads shared out but at least one a GPU.

    A sliding layer holds its window and the tokens in flight; compressed attention is kept whole on every GPU; a
    recurrent layer holds one state.
    """
    size = 0
    for cache, state in zip(shape.caches, shape.states, strict=True):
        if state is not None:
            size += (state.convolution_bytes + state.state_bytes) // parallel
        if cache is None:
            continue
        tokens = context_length
        if cache.window is not None:
            tokens = min(tokens, cache.window - 1 + batched_tokens + _BLOCK)
        elements = cache.key_elements + cache.value_elements
        if not shape.latent_rank:
            elements = elements // cache.kv_heads * max(1, -(-cache.kv_heads // parallel))
        size += -(-tokens // _BLOCK) * _BLOCK * elements * element_bytes
    return size


def _largest_context(shape: Shape, available: int, parallel: int, size: int, tokens: int) -> int:
    """The longest request that the cache holds, by bisection over blocks."""
    if not shape.has_attention:
        return available and 1 << 24
    low, high = 0, 1 << 20
    while low < high:
        middle = (low + high + 1) // 2
        needed = request_bytes(shape, middle * _BLOCK, parallel=parallel, element_bytes=size, batched_tokens=tokens)
        low, high = (middle, high) if needed <= available else (low, middle - 1)
    return low * _BLOCK


def _findings(shape: Shape, parallel: int, context_length: int, largest: int, *, fits: bool) -> tuple[Finding, ...]:
    found = []
    if parallel > 1 and shape.heads % parallel:
        found.append(
            Finding(
                rule="heads-not-divisible-by-gpus",
                verdict=Verdict.BLOCK,
                message=f"{shape.heads} attention heads cannot be shared out over {parallel} GPUs",
                evidence="vLLM 0.33.0 source",
            )
        )
    if not fits:
        found.append(
            Finding(
                rule="cache-below-one-request",
                verdict=Verdict.BLOCK,
                message=f"vLLM stops: its cache holds a request of {largest} tokens, not of {context_length}",
                evidence="vLLM 0.33.0 source",
            )
        )
    return tuple(found)
