"""The closed form for networks that cannot be drawn, worked out by hand for a small one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from memory_small_network import (
    CELLS,
    LAYER_KV,
    LLAMA,
    NETWORK,
    ROW,
    SETTINGS,
    SHARED,
    STREAM,
    TOKENS,
    WEIGHTS,
    graph,
    memory,
)

from llmadvise.domain.hardware import Backend
from llmadvise.engine.memory.compute import GraphSizes
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.phases import experts, feed_forward, has_kernel, recurrence
from llmadvise.engine.memory.plan import Placements, context_cost, copied_weights, gpu_compute, host_compute
from llmadvise.engine.memory.settings import SplitMode, context_sizes
from llmadvise.engine.memory.shape import ExpertShape, LayerCache, LayerState


def test_parts_of_the_graph() -> None:
    found = graph()
    assert (found.embedding, found.masks, found.positions, found.indices) == (STREAM, CELLS * TOKENS * 2, 24 * 128, 0)
    assert (found.shared, found.phase, found.logits) == (SHARED, NETWORK, 4000)
    assert (found.floor, found.logits_floor) == (4 * STREAM, 4 * STREAM)
    assert (found.host_inputs, found.gpu_inputs, found.later_inputs, found.kept_rows) == (
        4 * STREAM, 3 * STREAM, STREAM, 3 * STREAM,
    )  # fmt: skip
    assert (found.kv_copy, found.expert_rows, found.result_rows) == (LAYER_KV, 256 * TOKENS * 4, STREAM)
    assert found.mixed
    assert found.gated
    assert not found.copies_down_twice


def test_a_build_without_mixed_batches_has_fewer_inputs() -> None:
    """Residual stream, norm and query; embeddings looked up and given."""
    found = graph(engine_build="llama-cpp-python-0.3.36")
    assert (found.floor, found.logits_floor) == (3 * STREAM, 256 * 4)
    assert (found.host_inputs, found.gpu_inputs, found.mixed) == (2 * STREAM, STREAM, False)
    wide = graph(replace(LLAMA, query_elements=1000), engine_build="llama-cpp-python-0.3.36")
    assert wide.floor == 2 * STREAM + 512 * ROW
    without = graph(replace(LLAMA, caches=(None,) * 4), engine_build="llama-cpp-python-0.3.36")
    assert without.floor == 3 * STREAM
    assert (without.kv_copy, without.positions) == (0, 16 * TOKENS)


@pytest.mark.parametrize(
    ("architecture", "per_layer", "build", "gpu", "host", "floor", "later"),
    [
        ("gpt2", 0, "b11434", 2 * STREAM, 5 * STREAM, 3 * STREAM, STREAM),
        ("gpt2", 0, "llama-cpp-python-0.3.36", 2 * STREAM, 3 * STREAM, 3 * STREAM, STREAM),
        # An embedding of 8 for each of 4 layers; Gemma 3n copies it, and what it is made from, three times.
        ("gemma4", 8, "b11434", STREAM + 32 * ROW, 5 * STREAM + 32 * ROW, 4 * STREAM + 32 * ROW, STREAM + 32 * ROW),
        ("gemma4", 8, "llama-cpp-python-0.3.36", STREAM + 32 * ROW, 2 * STREAM + 32 * ROW, 4 * STREAM + 32 * ROW,
         STREAM + 32 * ROW),
        ("gemma3n", 8, "b11434", STREAM + 96 * ROW, 5 * STREAM + 32 * ROW, 9 * STREAM + 32 * ROW,
         4 * STREAM + 32 * ROW),
        ("granite-switch", 0, "b11434", STREAM, 2 * STREAM, 3 * STREAM, STREAM),
    ],
)  # fmt: skip
def test_inputs_by_architecture(  # noqa: PLR0917 (a row of a table)
    architecture: str, per_layer: int, build: str, gpu: int, host: int, floor: int, later: int
) -> None:
    found = graph(replace(LLAMA, architecture=architecture, per_layer_embedding=per_layer), engine_build=build)
    assert (found.gpu_inputs, found.host_inputs, found.floor, found.later_inputs) == (gpu, host, floor, later)


def test_relative_positions_are_a_table_over_tokens_and_cells() -> None:
    assert graph(replace(LLAMA, architecture="t5")).positions == 24 * TOKENS + CELLS * TOKENS * 4


def test_where_values_go_in_a_transposed_cache() -> None:
    """Eight bytes for each element written, once for each kind of cache."""
    off = graph(flash=False, flash_attention=False)
    assert off.indices == TOKENS * 128 * 8
    assert off.masks == CELLS * TOKENS * 4
    assert graph(flash=False).indices == 0
    sliding = replace(
        LLAMA, caches=(LLAMA.caches[0], *(cache and replace(cache, window=64) for cache in LLAMA.caches[1:]))
    )
    two = graph(sliding, flash=False, flash_attention=False)
    assert two.indices == 2 * TOKENS * 128 * 8
    assert two.masks == (1024 + 256) * TOKENS * 4
    assert two.positions == 32 * TOKENS


def test_a_gpu_without_a_kernel_leaves_attention_to_the_host() -> None:
    odd = replace(LLAMA, caches=tuple(cache and replace(cache, key_head=24, value_head=24) for cache in LLAMA.caches))
    assert not graph(odd).attends_on_gpu
    assert graph(odd, cuda=False).attends_on_gpu
    assert graph(odd, flash=False).attends_on_gpu
    assert graph(odd).shared_on_gpu == 24 * TOKENS
    assert host_compute(graph(odd), layers_on_host=False) == SHARED + 4 * STREAM + LAYER_KV


ATTENTION = 256 * TOKENS * 4
"""What the heads yield; the query fits where the norm was."""


@pytest.mark.parametrize(
    ("given", "settings", "expected"),
    [
        ({}, {}, ATTENTION),
        ({"query_elements": 257}, {}, ATTENTION + 257 * ROW),
        ({"architecture": "qwen35"}, {}, ATTENTION + 512 * ROW),
        # f16 copies of a quantised cache, for kernels that do not read it.
        ({}, {"kv_type_k": "q8_0"}, ATTENTION + CELLS * 128 * 2),
        ({}, {"kv_type_k": "q8_0", "kv_type_v": "q4_0"}, ATTENTION + CELLS * 256 * 2),
        ({}, {"kv_type_v": "bf16"}, ATTENTION + CELLS * 128 * 2),
        ({}, {"kv_type_k": "q8_0", "slots": 2, "kv_unified": False}, ATTENTION + 512 * 2 * 128 * 2),
        # Compressed: the query as wide as the cached vector, and its result as wide as its values.
        ({"latent_rank": 16}, {}, (256 + 4 * 64 + 4 * 16) * ROW),
    ],
)
def test_attention(given: dict[str, object], settings: dict[str, object], expected: int) -> None:
    assert graph(replace(LLAMA, feed_forward_size=0, **given), **settings).phase == expected


def test_attention_step_by_step() -> None:
    """Scores of every head and token in 32 bits; values that were cached as they come are turned, in 16 bits."""
    bare = replace(LLAMA, feed_forward_size=0)
    scores = CELLS * TOKENS * 4 * 4
    assert graph(bare, flash=False, flash_attention=False).phase == ATTENTION + scores
    assert graph(bare, flash=False).phase == ATTENTION + scores + CELLS * 128 * 2
    compressed = replace(bare, latent_rank=16)
    assert graph(compressed, flash=False).phase == (256 + 4 * 64 + 4 * 16) * ROW + scores
    encoder = replace(bare, architecture="t5")
    assert graph(encoder).phase == ATTENTION + 4 * scores + CELLS * 128 * 2
    # On the CPU flash attention needs no copies.
    assert graph(bare, cuda=False, kv_type_k="q8_0").phase == ATTENTION


def test_networks() -> None:
    sizes = context_sizes(SETTINGS)
    assert feed_forward(LLAMA, sizes, STREAM) == NETWORK
    assert feed_forward(replace(LLAMA, architecture="starcoder2"), sizes, STREAM) == NETWORK // 3
    assert feed_forward(replace(LLAMA, architecture="phi2"), sizes, STREAM) == NETWORK // 3 + STREAM


@pytest.mark.parametrize(
    ("architecture", "used", "width", "shared", "expected"),
    [
        ("llama", 2, 200, 0, 3 * 2 * 200 * ROW),  # the results fit where gate and up were
        ("llama", 2, 128, 0, 3 * 2 * 128 * ROW),  # and just where each is half as wide
        ("llama", 2, 127, 0, 3 * 2 * 127 * ROW + 2 * STREAM),
        ("llama", 2, 128, 400, 3 * 400 * ROW + STREAM),
        ("nemotron_h", 2, 64, 0, 2 * 64 * ROW + 2 * STREAM),
    ],
)
def test_mixtures(architecture: str, used: int, width: int, shared: int, expected: int) -> None:
    mixture = ExpertShape(total=8, used=used, feed_forward_size=width, shared_feed_forward_size=shared)
    shape = replace(LLAMA, architecture=architecture, experts=mixture)
    assert experts(shape, context_sizes(SETTINGS), STREAM) == expected
    assert graph(shape).expert_rows == used * width * ROW
    assert graph(shape).result_rows == used * STREAM


def test_recurrences() -> None:
    """Mamba: five times the inside and the state; Mamba-2 and the like: three of it, and three with the convolution."""
    sizes = context_sizes(replace(SETTINGS, slots=2))
    state = LayerState(convolution_bytes=1, state_bytes=5000)
    shape = replace(LLAMA, inner_size=128, convolution_extra=32, states=(state, None, state, None))
    assert recurrence(shape, sizes, STREAM) == 6 * 128 * ROW + 3 * 32 * ROW + 10_000 - 2 * STREAM
    assert recurrence(replace(shape, architecture="mamba"), sizes, STREAM) == 5 * 128 * ROW + 10_000 - 2 * STREAM
    assert recurrence(LLAMA, sizes, STREAM) == 0


@pytest.mark.parametrize(
    ("key", "value", "heads", "kv_heads", "kernel"),
    [
        *((size, size, 8, 8, True) for size in (40, 64, 72, 80, 96, 112, 128, 256)),
        (48, 48, 8, 8, False), (128, 64, 8, 8, False), (160, 160, 8, 8, False), (41, 41, 8, 8, False),
        (192, 128, 16, 2, True), (192, 128, 16, 4, False), (192, 192, 16, 2, False),
        (320, 256, 64, 2, True), (320, 256, 16, 1, False),
        (512, 512, 8, 4, True), (512, 512, 8, 8, False), (576, 512, 16, 1, True), (576, 512, 1, 1, False),
        (512, 256, 8, 1, False),
    ],
)  # fmt: skip
def test_kernels_of_flash_attention(key: int, value: int, heads: int, kv_heads: int, kernel: bool) -> None:
    """llama.cpp b11434, ggml-cuda/fattn.cu: ggml_cuda_get_best_fattn_kernel."""
    cache = LayerCache(key_elements=1, value_elements=1, kv_heads=kv_heads, key_head=key, value_head=value)
    assert has_kernel(cache, heads) is kernel


def test_compute_buffers_of_a_whole_model() -> None:
    whole = memory()
    assert not whole.drawn
    assert whole.gpus[0].compute == SHARED + 4 * STREAM + NETWORK
    assert whole.host.compute == SHARED + 4 * STREAM
    every = memory(outputs=0)
    assert every.gpus[0].compute == SHARED + 4 * STREAM + TOKENS * 1000 * 4
    older = memory(outputs=0, engine_build="llama-cpp-python-0.3.36")
    assert older.gpus[0].compute == max(SHARED + 3 * STREAM + NETWORK, 256 * TOKENS * 4 + TOKENS * 1000 * 4)
    alone = memory(0)
    assert alone.host.compute == SHARED + 5 * STREAM + NETWORK
    assert memory(0, outputs=0).host.compute == SHARED + 5 * STREAM + TOKENS * 1000 * 4


def test_compute_buffers_of_a_pipeline() -> None:
    """Four sets of what is shared and of the inputs on each GPU; the host prepares what is looked up and given."""
    first, second = memory(2).gpus
    assert first.compute == 4 * (SHARED + 3 * STREAM) + 4 * STREAM + NETWORK
    assert second.compute == 4 * (SHARED + STREAM) + 3 * STREAM + NETWORK
    assert memory(2).host.compute == 4 * (SHARED + 2 * STREAM) + 2 * STREAM
    assert memory(2, outputs=0).gpus[1].compute == 4 * (SHARED + STREAM) + 3 * STREAM + TOKENS * 4000
    assert memory(2, outputs=0).gpus[0].compute == first.compute
    older = memory(2, engine_build="llama-cpp-python-0.3.36").host
    assert older.compute == 4 * (SHARED + STREAM) + STREAM


@pytest.mark.parametrize(
    "settings",
    [{"kv_offload": False}, {"gpu_layers": 4}, {"cpu_moe_layers": 1}, {"split_mode": SplitMode.ROW}],
)
def test_no_pipeline_where_something_lies_elsewhere(settings: dict[str, object]) -> None:
    found = memory(2, **settings)
    assert found.gpus[1].compute == SHARED + 3 * STREAM + NETWORK
    assert found.host.compute == SHARED + 4 * STREAM


def test_a_gpu_that_owns_nothing_computes_nothing_if_it_may_not_help() -> None:
    assert memory(gpu_layers=0, op_offload=False).gpus[0].compute == 0
    assert memory(gpu_layers=0).gpus[0].compute > 0
    quick = Placements(WEIGHTS, SETTINGS, context_cost(LLAMA, SETTINGS, Backend.CUDA))
    idle = Placements(WEIGHTS, replace(SETTINGS, op_offload=False), context_cost(LLAMA, SETTINGS, Backend.CUDA))
    assert (quick.gpu_compute(0) > 0, idle.gpu_compute(0), idle.gpu_bytes(0)) == (True, 0, 0)


@pytest.mark.parametrize(
    ("weights", "sizes", "layers_on_host", "expected"),
    [
        # Up's copy above that of another matrix, gate's and their rows, and the rows once more if they are larger.
        ((8192, 10_000, 2048, 0), (100, 50, 0), True, 2048 + 8192 + 200),
        ((8192, 10_000, 2048, 0), (9000, 50, 0), True, 2048 + 8192 + 27_000),
        ((8192, 10_000, 9000, 0), (8192, 50, 0), True, 8192 + 2 * 8192),
        ((8192, 10_000, 8192, 0), (100, 50, 0), True, 10_000 + 100 + 50),
        ((100, 10_000, 50, 0), (10, 50, 0), True, 10_000 + 10 + 50),
        ((100, 10_000, 20_000, 0), (10, 50, 7), True, 20_000 + 7),
        ((100, 100, 50, 20_000), (10, 50, 7), True, 20_000 + 7),
        ((100, 10_000, 20_000, 20_000), (10, 50, 7), False, 10_000 + 10 + 50),
    ],
)
def test_copies_of_weights_on_the_host(
    weights: tuple[int, int, int, int], sizes: tuple[int, int, int], layers_on_host: bool, expected: int
) -> None:
    up, down, other, first = weights
    rows, results, stream = sizes
    given = replace(
        WEIGHTS, copied_up_bytes=up, copied_down_bytes=down, copied_other_bytes=other, copied_first_bytes=first,
        experts_copied=True,
    )  # fmt: skip
    narrow = replace(graph(), expert_rows=rows, result_rows=results, embedding=stream)
    assert copied_weights(given, narrow, layers_on_host=layers_on_host) == expected


def test_copies_in_other_networks() -> None:
    given = replace(
        WEIGHTS, copied_up_bytes=100, copied_down_bytes=1000, copied_other_bytes=0, copied_first_bytes=0,
        experts_copied=True,
    )  # fmt: skip
    bare = replace(graph(), expert_rows=10, result_rows=5, embedding=0)
    assert copied_weights(given, bare, layers_on_host=False) == 1015
    twice = replace(bare, copies_down_twice=True)
    assert copied_weights(given, twice, layers_on_host=False) == 2015
    assert copied_weights(given, twice, layers_on_host=True) == 1015
    # Without a gate the product lies above the room that the copy of up has left, if that of down does not fit it.
    ungated = replace(bare, gated=False)
    assert copied_weights(given, ungated, layers_on_host=False) == 1115
    even = replace(given, copied_down_bytes=100)
    assert copied_weights(even, ungated, layers_on_host=False) == 115
    assert copied_weights(replace(even, copied_up_bytes=500), ungated, layers_on_host=False) == 510
    assert copied_weights(replace(given, experts_copied=False), bare, layers_on_host=False) == 0


def computed(sizes: GraphSizes, weights: WeightLayout = WEIGHTS, *, on_host: bool, **settings: object) -> int:
    return gpu_compute(
        weights, replace(SETTINGS, **settings), sizes, layers_on_host=on_host, experts_on_host=False, output_on_gpu=True
    )


@pytest.mark.parametrize(
    ("kv_copy", "beside"),
    [
        # Rows and stream take 262,144 bytes of such a room again; what it has beyond the norm before stays empty.
        (STREAM - 1, NETWORK),
        (STREAM, NETWORK),
        (200_000, NETWORK + 200_000 - STREAM),
        (300_000, NETWORK + 262_144 - STREAM),
        (10 * NETWORK, 10 * NETWORK + STREAM),
    ],
)
def test_a_cache_on_the_host_is_copied_layer_by_layer(kv_copy: int, beside: int) -> None:
    sizes = replace(graph(), kv_copy=kv_copy)
    assert computed(sizes, on_host=False, kv_offload=False) == SHARED + 4 * STREAM + beside
    assert computed(sizes, on_host=False) == SHARED + 4 * STREAM + NETWORK


def test_with_layers_on_the_host_only_stacks_of_experts_need_rooms_of_their_own() -> None:
    sizes, base = replace(graph(), kv_copy=200_000), SHARED + 4 * STREAM
    copies = 2048 + 8192 + 3 * 256 * ROW
    assert computed(sizes, on_host=True) == base + copies
    assert computed(sizes, on_host=True, op_offload=False) == base + NETWORK
    stacks = replace(WEIGHTS, experts_copied=True, copied_down_bytes=STREAM + 500)
    assert computed(sizes, stacks, on_host=True) == base + copies + 500
    assert computed(sizes, stacks, on_host=True, op_offload=False) == base + NETWORK


def test_recurrent_layers_on_the_host_compute_there() -> None:
    sizes = replace(graph(), recurrence=100 * STREAM)
    assert host_compute(sizes, layers_on_host=False) == SHARED + 4 * STREAM
    assert host_compute(sizes, layers_on_host=True) == SHARED + 103 * STREAM
    assert host_compute(replace(sizes, recurrence=1), layers_on_host=True) == SHARED + 4 * STREAM
