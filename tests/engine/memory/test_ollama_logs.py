"""Caches that Ollama's own logs state (`memory.required.kv`), against the cache model."""

from __future__ import annotations

import pytest
from memory_shapes import header

from llmadvise.engine.memory.kv_cache import layer_memory
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.memory.shape import Shape
from llmadvise.units import GIB, MIB

LLAMA_70B = header(
    "llama", block_count=80, embedding_length=8192, feed_forward_length=28672, attention__head_count=64,
    attention__head_count_kv=8, vocab_size=128256,
)  # fmt: skip
GEMMA_3_12B = header(
    "gemma3", block_count=48, embedding_length=3840, feed_forward_length=15360, attention__head_count=16,
    attention__head_count_kv=8, attention__key_length=256, attention__value_length=256,
    attention__sliding_window=1024, vocab_size=262208,
)  # fmt: skip
DEEPSEEK_BEFORE_MLA = header(
    "deepseek2", block_count=61, embedding_length=7168, feed_forward_length=18432, attention__head_count=128,
    attention__head_count_kv=128, attention__key_length=192, attention__value_length=128,
    attention__kv_lora_rank=512, expert_count=256, expert_used_count=8, expert_feed_forward_length=2048,
    expert_shared_count=1, leading_dense_block_count=3, vocab_size=129280,
)  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "context", "logged", "rounding"),
    [
        # ollama/ollama issue 9181: 81 layers, --ctx-size 64000, kv 19.5 GiB
        (LLAMA_70B, 64000, 19.5 * GIB, 0.05 * GIB),
        # ollama/ollama pull request 12000: 49 layers, --ctx-size 8192 --batch-size 512, kv 992.0 MiB
        (GEMMA_3_12B, 8192, 992 * MIB, 0.05 * MIB),
        # ollama/ollama issue 8447: 62 layers, 385 GiB of weights, kv 9.5 GiB at the 2,048 tokens of that release
        (DEEPSEEK_BEFORE_MLA, 2048, 9.5 * GIB, 0.05 * GIB),
    ],
)
def test_the_cache_is_what_the_log_says(shape: Shape, context: int, logged: float, rounding: float) -> None:
    settings = EngineSettings(context_length=context, batch=512, ubatch=512)
    assert sum(layer_memory(shape, settings).kv) == pytest.approx(logged, abs=rounding)
