"""vLLM, MLX, catalog layouts, and what lies beside the buffers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_shapes import DEEPSEEK_V3, GEMMA_3_4B, LLAMA_31_8B, QWEN_35_35B, layout

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import (
    Architecture,
    AttentionGroup,
    AttentionKind,
    ContextLength,
    DeclaredLicense,
    Experts,
    Model,
    Parameters,
    Role,
    Variant,
)
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.memory.from_catalog import layout_from_catalog
from llmadvise.engine.memory.mlx import mlx_findings, mlx_memory
from llmadvise.engine.memory.overhead import STATED, driver_context, spread_of, total_range
from llmadvise.engine.memory.shape import Shape, shape_from_catalog
from llmadvise.engine.memory.vllm import VllmMemory, rotations, stage_weights, usable_utilization, vllm_memory
from llmadvise.engine.memory.vllm_cache import CacheSettings, block_pool
from llmadvise.engine.memory.vllm_settings import VllmSettings
from llmadvise.units import GIB, KIB

LLAMA = Architecture(
    id="llama", layers=32, hidden_size=4096, heads=32, kv_heads=8, key_size=128, value_size=128,
    feed_forward_size=14336, vocabulary_size=128256, tied_embeddings=False,
    attention=(AttentionGroup(kind=AttentionKind.FULL, layers=tuple(range(32)), kv_heads=8, key_size=128,
                              value_size=128),),
)  # fmt: skip
Q4_K_M = Quantization(
    id="Q4_K_M", format="gguf", bits_per_weight=4.8, method="k_quant", embedding_bits=4.5, output_bits=6.5625
)
FILE_BYTES = 4_920_000_000


def model(architecture: Architecture | None) -> Model:
    return Model(
        id="a/b", repo="A/B", name="B", org="A", family="b", role=Role.INSTRUCT,
        parameters=Parameters(total=8_030_261_248, active=8_030_261_248),
        context_length=ContextLength(native=131072), license=DeclaredLicense(declared=None),
        architecture=architecture,
    )  # fmt: skip


def variant(size: int | None) -> Variant:
    return Variant(id="v", format="gguf", quantization="Q4_K_M", repo="A/B-GGUF", bytes=size)


def test_the_catalog_and_the_header_give_the_same_shape() -> None:
    assert shape_from_catalog(LLAMA) == LLAMA_31_8B


def test_catalog_layouts_add_up_to_the_file() -> None:
    found = layout_from_catalog(model(LLAMA), variant(FILE_BYTES), Q4_K_M)
    assert found is not None
    assert found.loaded_bytes == FILE_BYTES
    # llama-quantize's own numbers for this model: token_embd in q4_K, output in q6_K.
    assert (found.token_embedding_bytes, found.output_bytes) == (295501824, 430940160)


def test_the_experts_of_a_mixture_are_told_apart() -> None:
    mixture = replace(
        LLAMA, experts=Experts(total=64, used=4, feed_forward_size=2048, dense_layers=2), feed_forward_size=8192
    )
    found = layout_from_catalog(model(mixture), variant(40_000_000_000), Q4_K_M)
    assert found is not None
    assert found.expert_bytes[:2] == (0, 0)
    assert 0.9 < found.expert_bytes[2] / found.layer_bytes[2] < 1
    assert found.loaded_bytes == 40_000_000_000


def test_draft_layers_are_not_loaded() -> None:
    found = layout_from_catalog(model(replace(LLAMA, draft_layers=1)), variant(FILE_BYTES), Q4_K_M)
    assert found is not None
    assert found.skipped_bytes == pytest.approx(found.layer_bytes[0], rel=0.01)
    assert found.loaded_bytes + found.skipped_bytes == FILE_BYTES


@pytest.mark.parametrize(("architecture", "size"), [(None, FILE_BYTES), (LLAMA, None), (LLAMA, 1000)])
def test_no_layout_where_something_is_unknown_or_contradicts(
    architecture: Architecture | None, size: int | None
) -> None:
    assert layout_from_catalog(model(architecture), variant(size), Q4_K_M) is None


def request(shape: Shape, context: int, **settings: int) -> int:
    return block_pool(shape, CacheSettings(in_flight_tokens=4096, **settings)).request_bytes(context)


def vllm(context: int, gpus: int = 1, total: int = 24 * GIB, **settings: int) -> VllmMemory:
    asked = replace(VllmSettings(context_length=context, tensor_parallel=gpus), **settings)
    return vllm_memory(LLAMA_31_8B, layout(LLAMA_31_8B), asked, [total] * gpus)


def test_vllm_shares_heads_out_but_keeps_compressed_attention_whole() -> None:
    """KV heads over the GPUs, at least one each; MLA replicated (vLLM 0.33.0)."""
    one = request(LLAMA_31_8B, 8192)
    assert one == 8192 * 128 * KIB
    assert request(LLAMA_31_8B, 8192, tensor_parallel=4) == one // 4
    assert request(LLAMA_31_8B, 8192, tensor_parallel=32) == one // 8
    assert request(DEEPSEEK_V3, 8192, tensor_parallel=8) == request(DEEPSEEK_V3, 8192)
    assert request(LLAMA_31_8B, 8192, pipeline_parallel=2) == one // 2
    assert request(LLAMA_31_8B, 8192, element_bytes=1) == one // 2


def test_vllm_frees_what_a_sliding_window_leaves_behind() -> None:
    """Gemma 3: 29 of 34 layers keep the window and the tokens in flight, in groups of as many layers as are full."""
    pool = block_pool(GEMMA_3_4B, CacheSettings(in_flight_tokens=4096))
    full, sliding = 32768 // 16, -(-(1024 - 1 + 4096) // 16) + 1
    assert pool.request_blocks(32768) == full + -(-29 // 5) * sliding
    assert pool.block_bytes == 5 * 16 * 2 * 4 * 256 * 2


def test_vllm_blocks_grow_to_hold_a_recurrent_state() -> None:
    """Qwen3.5 35B-A3B with an FP8 cache: blocks of 2,096 tokens (log: vllm-project issue threads, docs/vllm_memory.md)."""
    pool = block_pool(QWEN_35_35B, CacheSettings(in_flight_tokens=4096, element_bytes=1))
    assert pool.request_blocks(2096) + 1 == pool.request_blocks(2097)


def test_vllm_takes_its_budget_whatever_the_model() -> None:
    memory = vllm(8192)
    assert memory.budget_bytes == pytest.approx(0.92 * 24 * GIB, abs=1)
    assert memory.findings == ()
    assert memory.largest_context > 8192
    assert memory.concurrency > 1


def test_vllm_says_how_long_a_request_could_be() -> None:
    memory = vllm(1_000_000)
    assert [finding.rule for finding in memory.findings] == ["cache-below-one-request"]
    assert f"--max-model-len {memory.largest_context}" in memory.findings[0].message
    assert vllm(memory.largest_context).fits
    assert not vllm(memory.largest_context + 16).fits


@pytest.mark.parametrize(
    ("memory", "rule"),
    [
        (vllm(8192, 3), "heads-not-divisible-by-gpus"),
        (vllm(8192, 1, GIB), "weights-above-budget"),
        (vllm(8192, 1, 24 * GIB, batched_tokens=1 << 18), "no-memory-for-cache"),
        (vllm(8192, pipeline_parallel=33), "more-stages-than-layers"),
    ],
)
def test_vllm_refusals_name_what_mends_them(memory: VllmMemory, rule: str) -> None:
    assert rule in [finding.rule for finding in memory.findings]
    if rule != "more-stages-than-layers":
        assert "--" in memory.findings[0].message


def test_vllm_stages_hold_their_layers_and_one_end() -> None:
    weights = layout(LLAMA_31_8B)
    whole, half = stage_weights(weights, 1, 1), stage_weights(weights, 1, 2)
    assert whole == weights.loaded_bytes
    assert whole / 2 <= half < whole / 2 + weights.token_embedding_bytes
    assert stage_weights(weights, 2, 2) == -(-half // 2)


def test_vllm_weights_are_the_safetensors_and_a_table_of_rotations() -> None:
    """Logged for Llama 3.1 8B: 14.9889 GiB (vLLM pull request 17122); its safetensors hold 16,060,522,496 bytes."""
    assert (16_060_522_496 + rotations(LLAMA_31_8B, 131072)) / GIB == pytest.approx(14.9889, abs=0.0002)
    assert rotations(DEEPSEEK_V3, 131072) == 0


@given(
    shape=st.sampled_from((LLAMA_31_8B, DEEPSEEK_V3, GEMMA_3_4B, QWEN_35_35B)),
    context=st.integers(1, 1 << 18),
    more=st.integers(0, 1 << 16),
    available=st.integers(0, 80 * GIB),
    parallel=st.sampled_from((1, 2, 4, 8)),
)
def test_vllm_pools_grow_and_requests_cost(
    shape: Shape, context: int, more: int, available: int, parallel: int
) -> None:
    """A longer request never takes less, more memory never holds less, and the largest request just fits."""
    pool = block_pool(shape, CacheSettings(in_flight_tokens=4096, tensor_parallel=parallel))
    assert pool.request_blocks(context) <= pool.request_blocks(context + more)
    assert pool.blocks(available) <= pool.blocks(available + more)
    assert pool.request_bytes(context) <= block_pool(shape, CacheSettings(in_flight_tokens=4096)).request_bytes(context)
    largest = pool.largest_context(available, 1 << 20)
    assert largest == 0 or pool.request_blocks(largest) <= pool.blocks(available)
    assert largest == 1 << 20 or pool.request_blocks(largest + 1) > pool.blocks(available)


def test_vllm_utilization_gives_way_to_a_desktop() -> None:
    assert usable_utilization(24 * GIB, None) == 0.92
    assert usable_utilization(24 * GIB, 24 * GIB) == 0.92
    assert usable_utilization(24 * GIB, 18 * GIB) == 0.75


def test_mlx_counts_weights_cache_and_a_step_of_the_prompt() -> None:
    weights = layout(LLAMA_31_8B)
    memory = mlx_memory(LLAMA_31_8B, weights, context_length=8000)
    assert memory.weights == weights.loaded_bytes
    assert memory.kv_cache == 8192 * 128 * KIB
    assert memory.total > memory.weights + memory.kv_cache


def test_mlx_quantizes_in_groups_of_64_with_scale_and_bias() -> None:
    weights = layout(LLAMA_31_8B)
    plain = mlx_memory(LLAMA_31_8B, weights, context_length=8192).kv_cache
    assert mlx_memory(LLAMA_31_8B, weights, context_length=8192, cache_type="q8_0").kv_cache == plain * 8.5 / 16
    assert mlx_memory(LLAMA_31_8B, weights, context_length=8192, cache_type="q4_0").kv_cache == plain * 4.5 / 16


def test_mlx_rotates_within_window_and_step() -> None:
    """Gemma 3 4B: 29 layers hold 1,024 + 2,047 tokens, 5 hold all; 4 heads of 256 for keys and for values."""
    memory = mlx_memory(GEMMA_3_4B, layout(GEMMA_3_4B), context_length=32768)
    assert memory.kv_cache == (29 * (1024 + 2047) + 5 * 32768) * 2 * 4 * 256 * 2


def test_a_higher_wired_limit_is_proposed_only_where_the_system_keeps_enough() -> None:
    memory = mlx_memory(LLAMA_31_8B, layout(LLAMA_31_8B), context_length=8192)

    def rules(budget: int, installed: int) -> list[str]:
        found = mlx_findings(memory, budget=budget, installed=installed, high=float(memory.total))
        return [finding.rule for finding in found][1:]

    assert rules(64 * GIB, 96 * GIB) == []
    assert rules(memory.total - 1, 32 * GIB) == ["wired-limit-can-rise"]
    assert rules(memory.total - 1, 8 * GIB) == (["wired-limit-near"] if memory.weights > 0.9 * memory.total else [])
    assert rules(memory.weights * 10 // 10, memory.weights) == ["wired-limit-near"]


def test_the_driver_counts_once_and_widens_the_interval() -> None:
    calibration = MemoryCalibration(
        driver_context_bytes={"cuda": (100, 200, 400)}, ram_reserve_bytes=0, gpu_reserve_bytes=0
    )
    assert driver_context(Backend.CUDA, calibration) == (200, 100, 400)
    assert driver_context(Backend.CPU, calibration) == (0, 0, 0)
    total = total_range(1000, 500, 100, driver_context(Backend.CUDA, calibration))
    assert total.value == 1800
    assert total.low < total.value < total.high


def test_the_interval_depends_on_how_the_buffers_were_found() -> None:
    """Narrow for a drawn graph, wider for the closed form, widest for a formula that nobody measured."""
    spans = [
        total_range(1000, 500, 100_000, Range(0, 0, 0), spread)
        for spread in (
            spread_of(drawn=True, split=True),
            spread_of(drawn=False, split=False),
            spread_of(drawn=False, split=True),
            STATED,
        )
    ]
    widths = [span.high - span.low for span in spans]
    assert widths == sorted(widths)
    assert len(set(widths)) == 4
    assert {span.value for span in spans} == {101_500}
