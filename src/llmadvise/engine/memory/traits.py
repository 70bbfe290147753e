"""What llama.cpp does for one architecture and not for another, as data (llama.cpp b11434, src/models/*.cpp).

Only what the header of a file does not say stands here: which layers have a sliding window where the file names only
its width, how the feed-forward network is wired, and what the graph of that architecture adds.
"""

from __future__ import annotations

from typing import Final

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SlidingWindow:
    """Which layers of an architecture have a window. `period` 0: the header lists them."""

    period: int
    dense_first: bool = False
    """The first layer of each period is the full one, not the last."""
    default_window: int | None = None
    """Width where the header gives none; None: no window then."""
    fixed_window: int | None = None
    """Width that is used whatever the header says."""
    least_layers: int = 0
    """With fewer layers the architecture has no windows (EXAONE 4.0 1.2B)."""


SLIDING: Final = {
    "afmoe": SlidingWindow(period=4),
    "cohere2": SlidingWindow(period=4),
    "cohere2moe": SlidingWindow(period=4, dense_first=True),
    "exaone4": SlidingWindow(period=4, default_window=4096, least_layers=64),
    "exaone-moe": SlidingWindow(period=4, default_window=128),
    "gemma2": SlidingWindow(period=2, default_window=4096),
    "gemma3": SlidingWindow(period=6),
    "gemma3n": SlidingWindow(period=5),
    "gemma4": SlidingWindow(period=0),
    "gpt-oss": SlidingWindow(period=2),
    "granite-swa": SlidingWindow(period=0),
    "laguna": SlidingWindow(period=4, dense_first=True),
    "llama4": SlidingWindow(period=4, default_window=8192, fixed_window=8192),
    "maple": SlidingWindow(period=0),
    "mellum": SlidingWindow(period=4),
    "mimo2": SlidingWindow(period=0),
    "muse-glimmer": SlidingWindow(period=4),
    "olmo2": SlidingWindow(period=4),
    "plamo3": SlidingWindow(period=8),
    "smallthinker": SlidingWindow(period=4, dense_first=True, fixed_window=4096),
    "spark2-5": SlidingWindow(period=0),
    "step35": SlidingWindow(period=0),
}
"""Architectures whose windows llama.cpp honours; every other keeps the whole context (Phi-3, Mistral)."""

UNGATED: Final = frozenset({
    "apertus", "arcee", "bloom", "codeshell", "falcon", "gpt2", "gptneox", "jais2", "mpt", "nemotron", "nemotron_h",
    "phi2", "plm", "starcoder", "starcoder2",
})  # fmt: skip
"""Feed-forward networks of two matrices: up, activation, down."""

FUSED_GATE: Final = frozenset({"chatglm", "glm4", "phi3", "plamo2", "plamo3"})
"""Gate and up come out of one matrix, side by side."""

ENCODER_DECODER: Final = frozenset({"t5"})

RECURRENT_INTERVAL: Final = frozenset({"minimax-01", "qwen35", "qwen35moe", "qwen3next", "qwen4exp"})
"""Linear attention in every layer but each n-th; the header gives n, else it is 4."""
RECURRENT_BY_KV_HEADS: Final = frozenset({
    "bailingmoe3", "glm5-next", "granitehybrid", "jamba", "kimi-k3", "kimi-linear", "lfm2", "lfm2moe", "plamo2",
})  # fmt: skip
"""A layer without KV heads is recurrent."""
RECURRENT_BY_KV_HEADS_AND_WIDTH: Final = frozenset({"nemotron_h", "nemotron_h_moe"})
"""A layer without KV heads and without feed-forward network is recurrent."""
RECURRENT_ALL: Final = frozenset({"falcon-h1", "mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"})
"""Every layer is recurrent (and, in Falcon-H1, attends as well)."""
NO_ATTENTION: Final = RECURRENT_ALL - {"falcon-h1"}

KV_LAYERS_FROM_START: Final = {"gemma3n": 20}
"""Only so many leading layers keep a cache; later ones read theirs."""

WITHOUT_MIXED_BATCHES: Final = frozenset({
    "cogvlm", "deepseek4", "dflash", "eagle3", "gemma4-assistant", "granite-switch",
})  # fmt: skip
"""Architectures without the inputs for batches of tokens and embeddings (llama-arch.cpp)."""

ABSOLUTE_POSITIONS: Final = frozenset({"gpt2", "starcoder"})
"""Adds a table of positions to the embedding, on the host: so are the inputs of mixed batches."""

PARALLEL_BLOCKS: Final = frozenset({"falcon", "gptneox", "phi2"})
"""Attention and feed-forward network side by side: the result of the first waits for the second."""

GATED_QUERY: Final = frozenset({"qwen35", "qwen35moe", "qwen3next"})
"""The query projection carries a gate as wide as the query."""

FULL_RECURRENCE_GATE: Final = frozenset({"jamba", "mamba"})
"""Mamba of the first kind: the gate is projected with the input and kept until the end."""

ALTERNATING_UPDATES: Final = frozenset({"gemma3n"})
"""Several residual streams (AltUp) and their predictions live through every layer."""
STREAMS: Final = 4
"""Residual streams of these (gemma3n.altup.num_inputs)."""

WITHOUT_FLASH_ATTENTION: Final = frozenset({"grok"})
"""llama.cpp forces flash attention off."""

DOWN_COPIED_TWICE: Final = frozenset({"qwen35moe", "qwen3next"})
"""Two copies of the experts' down matrix are alive at once when experts stay on the host (measured, b11434)."""
