"""What vLLM is told when it starts, as far as memory goes; the defaults are those of its server."""

from __future__ import annotations

from typing import Final

from llmadvise.record import dataclass

DEFAULT_UTILIZATION: Final = 0.92
"""`--gpu-memory-utilization` (0.90 in releases before 2026)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VllmSettings:
    """What vLLM is told."""

    context_length: int
    """`--max-model-len`."""
    sequences: int = 1
    """Requests of that length wanted at once."""
    max_sequences: int | None = None
    """`--max-num-seqs`; None: its default for the GPU."""
    batched_tokens: int | None = None
    """`--max-num-batched-tokens`; None: its default for the GPU."""
    utilization: float = DEFAULT_UTILIZATION
    cache_type: str = "auto"
    eager: bool = False
    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    expert_ranks: int = 0
    """GPUs that whole experts are shared out over (`--enable-expert-parallel`); 0: each expert is sliced."""
    positions: int = 0
    """Length that the model was trained for: the table of rotations has a row for each position."""
