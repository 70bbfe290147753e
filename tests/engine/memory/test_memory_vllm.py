"""What vLLM takes, worked out by hand from its rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
from memory_shapes import DEEPSEEK_V3, GEMMA_3_4B, LLAMA_31_8B, QWEN_35_35B

from llmadvise.domain.finding import Verdict
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.shape import LayerCache, LayerState, Shape
from llmadvise.engine.memory.vllm import (
    pool_of,
    rotations,
    stage_weights,
    usable_utilization,
    vllm_memory,
)
from llmadvise.engine.memory.vllm_cache import CacheSettings, block_pool
from llmadvise.engine.memory.vllm_findings import vllm_findings
from llmadvise.engine.memory.vllm_peak import (
    activation_peak,
    batched_tokens,
    default_sequences,
    layer_peak,
    sampler_peak,
)
from llmadvise.engine.memory.vllm_settings import VllmSettings
from llmadvise.units import GIB

WEIGHTS = WeightLayout(
    token_embedding_bytes=1000, output_bytes=1200, tied=False, host_only_bytes=300, other_bytes=50,
    layer_bytes=(400, 500, 600), expert_bytes=(0, 240, 360), skipped_bytes=70,
)  # fmt: skip
"""4,120 bytes, 600 of them in experts."""


def test_defaults_by_gpu_memory() -> None:
    """Source: vLLM 0.33.0, vllm/engine/arg_utils.py: get_batch_defaults."""
    assert [batched_tokens(size) for size in (24 * GIB, 70 * GIB - 1, 70 * GIB, 160 * GIB - 1, 160 * GIB)] == [
        2048, 2048, 8192, 8192, 16384,
    ]  # fmt: skip
    assert [default_sequences(size) for size in (70 * GIB - 1, 70 * GIB)] == [256, 1024]


def test_the_peak_of_the_widest_layer() -> None:
    """Tokens × 2 bytes × 3 × (hidden + inside / TP); a mixture counts its chosen experts where they are wider."""
    assert layer_peak(LLAMA_31_8B, 2048, 1) == 2048 * 6 * (4096 + 14336)
    assert layer_peak(LLAMA_31_8B, 2048, 4) == 2048 * 6 * (4096 + 3584)
    assert layer_peak(QWEN_35_35B, 100, 1) == 100 * 6 * (2048 + 8 * 512)
    assert layer_peak(DEEPSEEK_V3, 100, 1) == 100 * 6 * (7168 + 18432)


def test_the_sampler_takes_so_many_bytes_a_logit() -> None:
    """0.31 GiB at 256 × 151,936 with the second runner (vLLM logs, docs/vllm_memory.md); 39 bytes with the first."""
    qwen = replace(LLAMA_31_8B, vocabulary_size=151_936)
    assert sampler_peak(qwen, 256) / GIB == pytest.approx(0.31, abs=0.005)
    assert sampler_peak(qwen, 256, second_runner=False) / GIB == pytest.approx(1.41, abs=0.01)


def test_the_peak_is_an_interval_from_the_leaner_runner_to_the_older() -> None:
    layer = 8192 * 6 * (4096 + 14336)
    few = activation_peak(LLAMA_31_8B, 8192, 1, 1)
    assert few == (layer, 0.9 * layer, 1.1 * layer)
    many = activation_peak(LLAMA_31_8B, 8192, 1024, 1)
    assert (many.value, many.low) == (sampler_peak(LLAMA_31_8B, 1024), 0.9 * layer)
    assert many.high == sampler_peak(LLAMA_31_8B, 1024, second_runner=False)
    # No more requests than tokens.
    assert activation_peak(LLAMA_31_8B, 64, 1024, 1).value == sampler_peak(LLAMA_31_8B, 64)
    # Qwen3.8 27B: 1.59 GiB measured of 0.63 computed.
    hybrid = activation_peak(replace(QWEN_35_35B, vocabulary_size=1000), 8192, 1, 1)
    assert hybrid.high / hybrid.value == pytest.approx(1.59 / 0.63, rel=0.04)


def test_the_parts_of_a_gpu_add_up_to_its_budget() -> None:
    """24 GiB at 0.92, 2,048 tokens, 256 requests; graphs and libraries as in the logs of one GPU."""
    memory = vllm_memory(LLAMA_31_8B, WEIGHTS, VllmSettings(context_length=4096), [24 * GIB, 25 * GIB])
    assert memory.budget_bytes == 23_708_219_474
    assert memory.weights_bytes == 3550 + 500 + 70
    assert memory.activations == activation_peak(LLAMA_31_8B, 2048, 256, 1)
    assert memory.overhead == pytest.approx((0.45 * GIB, 0.02 * GIB, 1.1 * GIB))
    left, budget = memory.cache_available, memory.budget_bytes - memory.weights_bytes
    assert left.value == pytest.approx(budget - memory.activations.value - memory.overhead.value)
    assert left.low == pytest.approx(budget - memory.activations.high - memory.overhead.high)
    assert left.high == pytest.approx(budget - memory.activations.low - memory.overhead.low)
    # A block holds 16 tokens of 128 KiB; 4,096 tokens are 256 of them.
    assert memory.blocks == int(left.value) // (2 << 20)
    assert memory.cache_needed == 256 * (2 << 20)
    assert memory.concurrency == memory.blocks / 256
    assert memory.largest_context == int(left.low) // (2 << 20) * 16


def test_what_is_asked_replaces_the_defaults() -> None:
    asked = VllmSettings(
        context_length=4096, sequences=3, max_sequences=8, batched_tokens=512, utilization=0.5, eager=True,
        cache_type="fp8", positions=1000,
    )  # fmt: skip
    memory = vllm_memory(LLAMA_31_8B, WEIGHTS, asked, [24 * GIB])
    assert memory.budget_bytes == 12 * GIB
    assert memory.weights_bytes == 4120 + 1000 * 128 * 2
    assert memory.activations == activation_peak(LLAMA_31_8B, 512, 8, 1)
    assert memory.overhead == pytest.approx((0.15 * GIB, 0.02 * GIB, 0.4 * GIB))
    assert memory.cache_needed == 3 * 256 * (1 << 20)


def test_between_gpus_libraries_take_more() -> None:
    for asked in ({"tensor_parallel": 2}, {"pipeline_parallel": 2}):
        settings = replace(VllmSettings(context_length=4096, eager=True), **asked)
        memory = vllm_memory(LLAMA_31_8B, WEIGHTS, settings, [24 * GIB] * 2)
        assert memory.overhead == pytest.approx((0.5 * GIB, 0.2 * GIB, 0.7 * GIB))
    graphs = vllm_memory(
        LLAMA_31_8B, WEIGHTS, VllmSettings(context_length=4096, tensor_parallel=2), [24 * GIB] * 2
    ).overhead
    assert graphs == pytest.approx((0.8 * GIB, 0.2 * GIB, 1.4 * GIB))


def test_no_gpu_has_no_budget() -> None:
    memory = vllm_memory(LLAMA_31_8B, WEIGHTS, VllmSettings(context_length=4096), [])
    assert (memory.budget_bytes, memory.blocks, memory.largest_context) == (0, 0, 0)
    assert not memory.fits


def test_weights_of_a_stage() -> None:
    """3,550 bytes loaded without host-only parts of 300 and 70 that only draft: 4,120 in all."""
    assert stage_weights(WEIGHTS, 1, 1) == 4120 == WEIGHTS.loaded_bytes + 70
    assert stage_weights(WEIGHTS, 3, 1) == 1374
    # Two stages: half of 1,570 bytes in blocks, and the larger end: 1,300 of embeddings against 1,250.
    assert stage_weights(WEIGHTS, 1, 2) == 785 + 1300
    assert stage_weights(replace(WEIGHTS, host_only_bytes=0), 1, 2) == 785 + 1250
    assert stage_weights(replace(WEIGHTS, host_only_bytes=0, tied=True), 1, 2) == 785 + 1050
    assert stage_weights(WEIGHTS, 2, 2) == 1043
    # Whole experts on 4 GPUs: 150 bytes of 600 each, the other 3,520 over the tensor-parallel group.
    assert stage_weights(WEIGHTS, 4, 1, 4) == 880 + 150
    assert stage_weights(WEIGHTS, 1, 2, 4) == 485 + 1300 + 75


def test_rotations_are_a_table_of_positions_in_16_bits() -> None:
    assert rotations(LLAMA_31_8B, 1000) == 1000 * 128 * 2
    assert rotations(replace(LLAMA_31_8B, caches=(None,) * 32), 1000) == 0


@pytest.mark.parametrize(
    ("total", "free", "share"),
    [(100, 50, 0.5), (100, 99, 0.92), (1000, 555, 0.55), (0, 50, 0.92), (100, None, 0.92), (100, 0, 0.0)],
)
def test_utilization_in_hundredths(total: int, free: int | None, share: float) -> None:
    assert usable_utilization(total, free) == share


CACHE = LayerCache(key_elements=64, value_elements=64, kv_heads=4, key_head=16, value_head=16)
"""256 bytes a token in 16 bits."""
STATE = LayerState(convolution_bytes=1000, state_bytes=5500)
"""6,000 bytes: the convolution's inputs in 16 bits, the state in 32."""


def network(*layers: LayerCache | LayerState) -> Shape:
    return replace(
        LLAMA_31_8B,
        layers=len(layers),
        caches=tuple(layer if isinstance(layer, LayerCache) else None for layer in layers),
        states=tuple(layer if isinstance(layer, LayerState) else None for layer in layers),
    )


@pytest.mark.parametrize(
    ("shape", "block_bytes", "groups"),
    [
        # One kind: one group of all layers.
        (network(CACHE, CACHE), 2 * 4096, ((1, 16, None, False),)),
        # 2 and 3 layers are not "about equal" (1.5): groups of two, the second kind has two of them.
        (
            network(CACHE, CACHE, *[replace(CACHE, window=64)] * 3),
            2 * 4096,
            ((1, 16, None, False), (2, 16, 64, False)),
        ),
        # 3 and 4 are: groups of four.
        (
            network(*[CACHE] * 3, *[replace(CACHE, window=64)] * 4),
            4 * 4096,
            ((1, 16, None, False), (1, 16, 64, False)),
        ),
        # A layer half as wide gets blocks twice as long.
        (
            network(CACHE, replace(CACHE, key_elements=32, value_elements=32, kv_heads=2)),
            4096,
            ((1, 16, None, False), (1, 32, None, False)),
        ),
        # A page that the widest one is no multiple of is padded.
        (
            network(CACHE, replace(CACHE, key_elements=48, value_elements=48, kv_heads=3)),
            4096,
            ((1, 16, None, False), (1, 16, None, False)),
        ),
        # 6,000 bytes of state need 32 tokens of 256 bytes: a page of 8,192.
        (network(CACHE, STATE), 8192, ((1, 32, None, False), (1, 32, None, True))),
        # A state that a block of 16 tokens holds.
        (
            network(CACHE, LayerState(convolution_bytes=0, state_bytes=4096)),
            4096,
            ((1, 16, None, False), (1, 16, None, True)),
        ),
        (network(STATE, STATE), 2 * 6000, ((1, 16, None, True),)),
    ],
)
def test_pages_of_all_kinds_are_made_equal(
    shape: Shape, block_bytes: int, groups: tuple[tuple[int, int, int | None, bool], ...]
) -> None:
    """Source: vllm/v1/core/kv_cache_utils.py and vllm/platforms/interface.py of 0.33.0."""
    pool = block_pool(shape, CacheSettings(in_flight_tokens=4096))
    assert pool.block_bytes == block_bytes
    assert pool.groups == groups


def test_blocks_of_one_request() -> None:
    pool = block_pool(
        network(CACHE, replace(CACHE, window=64), STATE), CacheSettings(in_flight_tokens=100, element_bytes=2)
    )
    # Blocks of 32 tokens: all of them; the window and what is in flight, and one more; two pages of the state.
    assert [pool.request_blocks(length) for length in (1, 32, 33, 1000)] == [
        1 + 2 + 2, 1 + 2 + 2, 2 + 3 + 2, 32 + (-(-163 // 32) + 1) + 2,
    ]  # fmt: skip
    assert pool.request_bytes(32) == 5 * pool.block_bytes


def test_blocks_that_the_bytes_hold() -> None:
    pool = block_pool(network(CACHE), CacheSettings(in_flight_tokens=4096))
    assert [pool.blocks(size) for size in (-1, 4095, 4096, 8191)] == [0, 0, 1, 1]
    assert [pool.largest_context(size, 1000) for size in (4095, 4096, 8192, 1 << 20)] == [0, 16, 32, 1000]
    empty = block_pool(replace(network(CACHE), caches=(None,)), CacheSettings(in_flight_tokens=4096))
    assert (empty.block_bytes, empty.blocks(1 << 30), empty.request_blocks(4096)) == (0, 0, 0)


def test_parallel_ranks_share_heads_states_and_layers() -> None:
    def bytes_of(shape: Shape, **settings: int) -> int:
        return block_pool(shape, CacheSettings(in_flight_tokens=4096, **settings)).block_bytes

    assert [bytes_of(network(CACHE), tensor_parallel=ranks) for ranks in (1, 2, 3, 4, 8)] == [
        4096, 2048, 2048, 1024, 1024,
    ]  # fmt: skip
    assert bytes_of(network(STATE), tensor_parallel=2) == 3000
    assert bytes_of(network(*[CACHE] * 3), pipeline_parallel=2) == 2 * 4096
    assert bytes_of(replace(network(CACHE), latent_rank=16), tensor_parallel=4) == 4096


def test_settings_reach_the_pool() -> None:
    settings = VllmSettings(context_length=4096, pipeline_parallel=2, cache_type="fp8_e4m3")
    pool = pool_of(GEMMA_3_4B, settings, 512)
    assert pool.in_flight_tokens == 3 * 512
    assert pool.block_bytes * 2 == pool_of(GEMMA_3_4B, replace(settings, cache_type="auto"), 512).block_bytes


def found(settings: VllmSettings, **given: int) -> list[tuple[str, str]]:
    facts = {"budget": 10 * GIB, "weights": 5 * GIB, "left": GIB, "largest": 4096, **given}
    findings = vllm_findings(LLAMA_31_8B, settings, **facts)
    assert {finding.verdict for finding in findings} <= {Verdict.BLOCK}
    return [(finding.rule, finding.message) for finding in findings]


def test_what_fits_is_not_refused() -> None:
    asked = VllmSettings(context_length=4096)
    assert found(asked) == []
    assert found(replace(asked, tensor_parallel=8)) == []
    assert found(replace(asked, pipeline_parallel=32)) == []


@pytest.mark.parametrize(("parallel", "instead"), [(3, 2), (12, 8), (33, 32)])
def test_heads_that_the_gpus_do_not_divide(parallel: int, instead: int) -> None:
    ((rule, message),) = found(VllmSettings(context_length=4096, tensor_parallel=parallel))
    assert rule == "heads-not-divisible-by-gpus"
    assert f"--tensor-parallel-size {instead} or --pipeline-parallel-size {parallel}" in message


def test_more_stages_than_layers() -> None:
    assert found(VllmSettings(context_length=4096, pipeline_parallel=33)) == [
        ("more-stages-than-layers", "32 layers make no 33 stages")
    ]


@pytest.mark.parametrize(("over", "offloaded"), [(0, 1), (1, 2), (GIB, 2), (GIB + 1, 3)])
def test_weights_above_the_budget_name_how_much_to_move(over: int, offloaded: int) -> None:
    ((rule, message),) = found(VllmSettings(context_length=4096), weights=10 * GIB + over)
    assert rule == "weights-above-budget"
    assert message.endswith(f"--cpu-offload-gb {offloaded}")
    assert "10.0 GiB a GPU" in message


def test_no_memory_for_the_cache() -> None:
    asked = VllmSettings(context_length=4096)
    assert [rule for rule, _ in found(asked, left=0, largest=0)] == ["no-memory-for-cache"]
    assert "than 0.92" in found(asked, left=0)[0][1]
    assert [rule for rule, _ in found(asked, left=1, largest=4095)] == ["cache-below-one-request"]


def test_a_cache_below_one_request_may_be_of_eight_bits() -> None:
    ((_, message),) = found(VllmSettings(context_length=100_000))
    assert message.endswith("--max-model-len 4096 or --kv-cache-dtype fp8")
    assert "4,096 tokens, not of 100,000" in message
    ((_, already),) = found(VllmSettings(context_length=100_000, cache_type="fp8_e5m2"))
    assert already.endswith("--max-model-len 4096")
