"""Known answers, each with its source."""

from __future__ import annotations

import pytest
from memory_shapes import DEEPSEEK_V3, GEMMA_3_4B, LLAMA_31_8B, QWEN_35_35B, header, layout

from llmadvise.domain.hardware import Backend
from llmadvise.engine.memory.kv_cache import kv_bytes_per_token, layer_memory
from llmadvise.engine.memory.llama_cpp import llama_cpp_memory
from llmadvise.engine.memory.settings import EngineSettings, context_sizes, row_bytes
from llmadvise.engine.memory.shape import Shape
from llmadvise.errors import UsageError
from llmadvise.units import GIB, KIB, MIB


def kv(shape: Shape, context_length: int, slots: int = 1, *, swa_full: bool = False) -> int:
    """All caches together."""
    settings = EngineSettings(context_length=context_length, slots=slots, swa_full=swa_full)
    return sum(layer_memory(shape, settings).kv)


def test_llama_31_8b_caches_128_kib_a_token() -> None:
    """32 layers × 2 × 8 heads × 128 × 2 bytes (Llama 3 herd of models, table 3)."""
    assert kv_bytes_per_token(LLAMA_31_8B) == 128 * KIB
    assert kv(LLAMA_31_8B, context_length=8192) == GIB


def test_deepseek_v3_caches_one_compressed_vector() -> None:
    """576 elements a layer and token (DeepSeek-V3 report, 2.1.1); 549 MiB at 8,192 tokens (llama.cpp log)."""
    assert kv_bytes_per_token(DEEPSEEK_V3) == 61 * 576 * 2
    assert kv(DEEPSEEK_V3, context_length=8192) == 549 * MIB


def test_gemma_3_slides_in_five_layers_of_six() -> None:
    """34 layers: 5 full ones; the others hold the window and a micro-batch (Gemma 3 report, 2)."""
    assert [layer for layer, cache in enumerate(GEMMA_3_4B.caches) if cache and cache.window is None] == [
        5,
        11,
        17,
        23,
        29,
    ]
    cell = 2 * 4 * 256 * 2
    assert kv(GEMMA_3_4B, context_length=32768) == cell * (5 * 32768 + 29 * 1536)
    assert kv(GEMMA_3_4B, context_length=32768, swa_full=True) == cell * 34 * 32768


def test_windows_are_paid_for_every_slot_of_a_shared_cache() -> None:
    """llama.cpp b11434, src/llama-kv-cache-iswa.cpp: window × sequences if the cache is unified."""
    cell = 2 * 4 * 256 * 2
    assert kv(GEMMA_3_4B, context_length=32768, slots=4) == cell * (5 * 32768 + 29 * (4 * 1024 + 512))


def test_qwen_35_attends_in_every_fourth_layer() -> None:
    """Qwen3.5-35B-A3B: 10 attention layers; 62.81 MiB of state a sequence (llama.cpp log)."""
    assert sum(cache is not None for cache in QWEN_35_35B.caches) == 10
    memory = layer_memory(QWEN_35_35B, EngineSettings(context_length=8192))
    assert sum(memory.kv) == 10 * 8192 * 2 * 2 * 256 * 2
    assert sum(memory.recurrent) == round(62.8125 * MIB)


def test_phi_3_ignores_its_window() -> None:
    """llama.cpp b11434, src/models/phi3.cpp."""
    shape = header("phi3", block_count=2, embedding_length=3072, feed_forward_length=8192, attention__head_count=32,
                   attention__sliding_window=2047, vocab_size=32064)  # fmt: skip
    assert all(cache is not None and cache.window is None for cache in shape.caches)


def test_gemma_3n_shares_the_caches_of_its_first_twenty_layers() -> None:
    """llama.cpp b11434, src/models/gemma3n.cpp: n_layer_kv_from_start = 20."""
    shape = header("gemma3n", block_count=35, embedding_length=2048, feed_forward_length=16384,
                   attention__head_count=8, attention__head_count_kv=2, attention__key_length=256,
                   attention__sliding_window=512, vocab_size=262400)  # fmt: skip
    assert [cache is not None for cache in shape.caches] == [True] * 20 + [False] * 15


@pytest.mark.parametrize(
    ("kv_type", "expected"),
    [("f32", 128), ("f16", 64), ("bf16", 64), ("q8_0", 34), ("q5_1", 24), ("q5_0", 22), ("q4_1", 20), ("q4_0", 18)],
)
def test_row_bytes_of_32_values(kv_type: str, expected: int) -> None:
    """Sizes of the block structs (ggml 0.26.0, ggml-common.h)."""
    assert row_bytes(32, kv_type) == expected


def test_an_unknown_cache_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="not a cache type"):
        row_bytes(32, "q3_k")


def test_context_is_padded_and_split_over_slots() -> None:
    """llama.cpp b11434: 20,000 tokens in 3 slots are 3 × 6,912 cells and micro-batches of 513."""
    sizes = context_sizes(EngineSettings(context_length=20000, slots=3, kv_unified=False))
    assert (sizes.cells, sizes.streams, sizes.tokens, sizes.outputs) == (6912, 3, 513, 3)


def refused(
    shape: Shape, kv_type_k: str = "f16", kv_type_v: str = "f16", *, flash_attention: bool | None = None
) -> list[str]:
    """The rules that forbid these types."""
    settings = EngineSettings(
        context_length=4096, kv_type_k=kv_type_k, kv_type_v=kv_type_v, flash_attention=flash_attention
    )
    return [finding.rule for finding in llama_cpp_memory(shape, layout(shape), settings, 1).findings]


def test_settings_that_llama_cpp_refuses() -> None:
    """llama.cpp b11434, src/llama-context.cpp: llama_init_from_model."""
    assert refused(LLAMA_31_8B, kv_type_v="q8_0", flash_attention=False) == ["quantized-v-needs-flash-attention"]
    assert refused(LLAMA_31_8B, kv_type_v="q8_0") == []
    assert refused(DEEPSEEK_V3, kv_type_k="q8_0") == ["latent-kv-types-differ"]
    phi_2 = header("phi2", block_count=32, embedding_length=2560, feed_forward_length=10240,
                   attention__head_count=32, vocab_size=51200)  # fmt: skip
    assert refused(phi_2, kv_type_k="q8_0") == ["kv-type-needs-divisible-head"]
    assert refused(phi_2) == []


def test_flash_attention_is_off_where_cuda_has_no_kernel() -> None:
    """llama.cpp b11434, ggml-cuda/fattn.cu: keys of 192 with values of 128 need groups of 8 heads."""
    old = header("deepseek2", block_count=27, embedding_length=2048, feed_forward_length=10944,
                 attention__head_count=16, attention__head_count_kv=16, attention__key_length=192,
                 attention__value_length=128, vocab_size=102400)  # fmt: skip
    settings = EngineSettings(context_length=4096)
    assert not llama_cpp_memory(old, layout(old), settings, 1).flash_attention
    assert llama_cpp_memory(old, layout(old), settings, 0, None, Backend.CPU).flash_attention
    assert llama_cpp_memory(DEEPSEEK_V3, layout(DEEPSEEK_V3), settings, 1).flash_attention


def test_scores_of_all_heads_are_kept_without_flash_attention() -> None:
    """8,192 tokens × 512 × 32 heads × 4 bytes are 512 MiB (572 MiB in the log of llama.cpp b11434)."""
    off = EngineSettings(context_length=8192, flash_attention=False)
    compute = llama_cpp_memory(LLAMA_31_8B, layout(LLAMA_31_8B), off, 1).gpus[0].compute
    assert compute == pytest.approx(572.01 * MIB, rel=0.001)
