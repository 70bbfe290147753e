"""What would stop vLLM at start-up, each with the flag that mends it."""

from __future__ import annotations

from collections.abc import Iterator

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.engine.memory.shape import Shape
from llmadvise.engine.memory.vllm_settings import VllmSettings
from llmadvise.units import GIB

_SOURCE = "vLLM 0.33.0 source"


def vllm_findings(
    shape: Shape, settings: VllmSettings, *, budget: int, weights: int, left: int, largest: int
) -> tuple[Finding, ...]:
    """The refusals. `left`: bytes for the cache at the low end; `largest`: the longest request that they hold."""
    return tuple(_refusals(shape, settings, budget=budget, weights=weights, left=left, largest=largest))


def _refusals(
    shape: Shape, settings: VllmSettings, *, budget: int, weights: int, left: int, largest: int
) -> Iterator[Finding]:
    parallel = settings.tensor_parallel
    if parallel > 1 and shape.heads % parallel:
        divisors = [count for count in range(1, parallel) if shape.heads % count == 0]
        yield _refusal(
            "heads-not-divisible-by-gpus",
            f"{shape.heads} attention heads cannot be shared out over {parallel} GPUs: "
            f"--tensor-parallel-size {max(divisors, default=1)} or --pipeline-parallel-size {parallel}",
        )
    if settings.pipeline_parallel > shape.layers:
        yield _refusal("more-stages-than-layers", f"{shape.layers} layers make no {settings.pipeline_parallel} stages")
    if weights >= budget:
        yield _refusal(
            "weights-above-budget",
            f"vLLM runs out of memory: {_gib(weights)} of weights in {_gib(budget)} a GPU: more GPUs with "
            "--tensor-parallel-size, a variant of fewer bits, or part of it in RAM with --cpu-offload-gb "
            f"{-(-(weights - budget) // GIB) + 1}",
        )
    elif left <= 0:
        yield _refusal(
            "no-memory-for-cache",
            f"vLLM stops: activations and graphs leave nothing of {_gib(budget)} for the cache: "
            f"--enforce-eager, --max-num-seqs 1, or a higher --gpu-memory-utilization than {settings.utilization:.2f}",
        )
    elif largest < settings.context_length:
        yield _refusal(
            "cache-below-one-request",
            f"vLLM stops: its cache holds a request of {largest:,} tokens, not of {settings.context_length:,}: "
            f"--max-model-len {largest}{'' if settings.cache_type.startswith('fp8') else ' or --kv-cache-dtype fp8'}",
        )


def _refusal(rule: str, message: str) -> Finding:
    return Finding(rule=rule, verdict=Verdict.BLOCK, message=message, evidence=_SOURCE)


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB"
