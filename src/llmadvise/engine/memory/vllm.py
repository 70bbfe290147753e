"""What vLLM takes: a fixed part of each GPU, of which weights, activations and graphs leave the rest to the cache.

Mechanism and defaults: vLLM 0.33.0, read, not run. Weights and cache follow from bytes and dimensions; activations
have two formulas held against logs; CUDA graphs and libraries are ranges from logs. docs/vllm_memory.md shows how far
public logs are from all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Final

from llmadvise.domain.estimate import Range
from llmadvise.domain.finding import Finding
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.shape import Shape
from llmadvise.engine.memory.vllm_cache import BlockPool, CacheSettings, block_pool
from llmadvise.engine.memory.vllm_findings import vllm_findings
from llmadvise.engine.memory.vllm_peak import activation_peak, batched_tokens, default_sequences
from llmadvise.engine.memory.vllm_settings import DEFAULT_UTILIZATION, VllmSettings
from llmadvise.record import dataclass
from llmadvise.units import GIB

_GRAPHS: Final = Range(0.3 * GIB, 0.0, 0.7 * GIB)
"""What vLLM estimates for CUDA graphs and holds back (counted since 0.21): 0.09 to 0.68 GiB in logs of one GPU."""
_LIBRARIES: Final = Range(0.15 * GIB, 0.02 * GIB, 0.4 * GIB)
"""Growth outside PyTorch on one GPU: 0.02 to 0.39 GiB in logs."""
_LIBRARIES_PARALLEL: Final = Range(0.5 * GIB, 0.2 * GIB, 0.7 * GIB)
"""The same with NCCL between GPUs: 0.20 to 0.60 GiB (llm-d: 0.55 on two H100)."""
_CACHE_BYTES: Final = {"fp8": 1, "fp8_e4m3": 1, "fp8_e5m2": 1}
"""Bytes of an element where it is not 16 bits (`--kv-cache-dtype`)."""
_LONGEST: Final = 1 << 24
"""Tokens up to which the longest request is searched for: sixteen times more than any model was trained for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VllmMemory:
    """One GPU's part; the GPUs of a tensor-parallel group hold the same, and this is the fullest pipeline stage."""

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
    """Tokens of one request that the cache could hold, at the low end of what is left."""
    concurrency: float
    """Requests of the requested length that fit at once, as vLLM logs it (`Maximum concurrency`)."""
    blocks: int
    """Blocks of the pool."""
    findings: tuple[Finding, ...] = field(default=())

    @property
    def fits(self) -> bool:
        """Whether nothing would stop vLLM: one request of the requested length fits at the low end of what is left."""
        return not self.findings


def usable_utilization(total_bytes: int, free_bytes: int | None) -> float:
    """The default, or the largest hundredth that the free memory allows: vLLM stops if less than its budget is free."""
    if free_bytes is None or total_bytes <= 0:
        return DEFAULT_UTILIZATION
    return min(DEFAULT_UTILIZATION, free_bytes * 100 // total_bytes / 100)


def vllm_memory(
    shape: Shape, layout: WeightLayout, settings: VllmSettings, gpu_total_bytes: Sequence[int]
) -> VllmMemory:
    """The memory of each GPU, planned for the smallest."""
    total = min(gpu_total_bytes, default=0)
    budget = -int(-total * settings.utilization // 1)
    tokens = settings.batched_tokens or batched_tokens(total)
    weights = stage_weights(layout, settings.tensor_parallel, settings.pipeline_parallel, settings.expert_ranks)
    weights += rotations(shape, settings.positions)
    wanted = settings.max_sequences or default_sequences(total)
    activations = activation_peak(shape, tokens, wanted, settings.tensor_parallel)
    overhead = _overhead(settings)
    left = Range(
        budget - weights - activations.value - overhead.value,
        budget - weights - activations.high - overhead.high,
        budget - weights - activations.low - overhead.low,
    )
    pool = pool_of(shape, settings, tokens)
    one = pool.request_blocks(settings.context_length)
    low = int(left.low)
    largest = pool.largest_context(low, _LONGEST)
    return VllmMemory(
        budget_bytes=budget,
        weights_bytes=weights,
        activations=activations,
        overhead=overhead,
        cache_available=left,
        cache_needed=pool.request_bytes(settings.context_length) * settings.sequences,
        largest_context=largest,
        concurrency=pool.blocks(int(left.value)) / one if one else float(settings.sequences),
        blocks=pool.blocks(int(left.value)),
        findings=vllm_findings(shape, settings, budget=budget, weights=weights, left=low, largest=largest),
    )


def pool_of(shape: Shape, settings: VllmSettings, tokens: int) -> BlockPool:
    """The pool of cache blocks under these settings, with so many tokens in a batch."""
    return block_pool(
        shape,
        CacheSettings(
            tensor_parallel=settings.tensor_parallel,
            pipeline_parallel=settings.pipeline_parallel,
            element_bytes=_CACHE_BYTES.get(settings.cache_type, 2),
            in_flight_tokens=(settings.pipeline_parallel + 1) * tokens,
        ),
    )


def stage_weights(layout: WeightLayout, tensor_parallel: int, pipeline_parallel: int, expert_ranks: int = 0) -> int:
    """Bytes of weights on each GPU of the fullest pipeline stage.

    The first stage has the embedding, the last one the output (a tied embedding is held by both); norms, which every
    GPU of a stage holds whole, are below 0.1 %. `expert_ranks`: GPUs that share whole experts of a stage; 0: experts
    are cut as everything else is.
    """
    experts = sum(layout.expert_bytes) if expert_ranks else 0
    own = -(-experts // (expert_ranks * pipeline_parallel)) if expert_ranks else 0
    if pipeline_parallel == 1:
        return -(-(layout.loaded_bytes + layout.skipped_bytes - experts) // tensor_parallel) + own
    blocks = -(-(layout.blocks_bytes + layout.skipped_bytes - experts) // pipeline_parallel)
    ends = max(layout.token_embedding_bytes + layout.host_only_bytes, layout.output_unit_bytes)
    return -(-(blocks + ends) // tensor_parallel) + own


def rotations(shape: Shape, positions: int) -> int:
    """Cosines and sines of every position in 16 bits, whole on every GPU (rotary_embedding/base.py: cos_sin_cache).

    Llama 3.1 8B: 14.957 GiB of safetensors and 0.031 of these are the 14.989 that vLLM logs.
    """
    head = max((cache.key_head for cache in shape.caches if cache is not None), default=0)
    return 0 if shape.latent_rank else positions * head * 2


def _overhead(settings: VllmSettings) -> Range:
    parallel = settings.tensor_parallel * settings.pipeline_parallel > 1
    libraries = _LIBRARIES_PARALLEL if parallel else _LIBRARIES
    if settings.eager:
        return libraries
    return Range(*(library + graph for library, graph in zip(libraries, _GRAPHS, strict=True)))
