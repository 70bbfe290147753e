"""Compute buffers of the closed form by placement, and what a GPU copies from the host, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from memory_small_network import (
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
from llmadvise.engine.memory.plan import Placements, context_cost, copied_weights, gpu_compute, host_compute
from llmadvise.engine.memory.settings import SplitMode


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
