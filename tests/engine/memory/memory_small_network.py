"""A small network, weights of which every sum says what is in it, and forecasts without a drawing."""

from __future__ import annotations

from dataclasses import replace

from memory_shapes import header

from llmadvise.domain.hardware import Backend
from llmadvise.engine.memory.compute import GraphSizes, graph_sizes
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.llama_cpp import EngineMemory, llama_cpp_memory
from llmadvise.engine.memory.phases import distinct_caches
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.memory.shape import Shape

LLAMA = header(
    "llama", block_count=4, embedding_length=256, feed_forward_length=256, attention__head_count=4,
    attention__head_count_kv=2, vocab_size=1000,
)  # fmt: skip
"""Two KV heads of 64, for which there is a kernel: a token takes 256 bytes of keys and 256 of values a layer."""
SETTINGS = EngineSettings(context_length=1024, ubatch=128)
CELLS, TOKENS = 1024, 128
STREAM = 256 * TOKENS * 4
"""One tensor of hidden size × tokens in 32 bits: 131,072 bytes."""
ROW = STREAM // 256
SHARED = CELLS * TOKENS * 2 + 24 * TOKENS
"""The mask in 16 bits; positions, rows to write and rows to output."""
NETWORK = 3 * 256 * TOKENS * 4
"""Gate, up and their product: the widest phase."""
LAYER_KV = CELLS * 512

WEIGHTS = WeightLayout(
    token_embedding_bytes=5000, output_bytes=1000, tied=False, host_only_bytes=300, other_bytes=7,
    layer_bytes=(10, 20, 40, 80), expert_bytes=(1, 2, 3, 4), repeated_bytes=600, copied_up_bytes=8192,
    copied_down_bytes=10_000, copied_other_bytes=2048, copied_first_bytes=100,
    layer_padding=(0, 100, 200, 400), expert_padding=(0, 10, 20, 40), output_padding=9,
    layer_host_padding=(10_000, 20_000, 40_000, 80_000), expert_host_padding=(1000, 2000, 3000, 4000),
    output_host_padding=100_000, host_padding=200_000,
)  # fmt: skip
"""Sizes of which every sum says what is in it."""


def memory(
    gpus: int = 1, weights: WeightLayout = WEIGHTS, shape: Shape = LLAMA, free: tuple[int, ...] | None = None,
    **settings: object,
) -> EngineMemory:  # fmt: skip
    return llama_cpp_memory(
        shape, weights, replace(SETTINGS, **settings), gpus, free, Backend.CUDA if gpus else Backend.CPU
    )


def graph(shape: Shape = LLAMA, *, flash: bool = True, cuda: bool = True, **settings: object) -> GraphSizes:
    return graph_sizes(shape, replace(SETTINGS, **settings), distinct_caches(shape), flash=flash, cuda=cuda)
