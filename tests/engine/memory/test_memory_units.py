"""The short form by how many units lie on the GPU, worked out by hand for a small network."""

from __future__ import annotations

from dataclasses import replace

import pytest
from memory_small_network import LAYER_KV, LLAMA, NETWORK, SETTINGS, SHARED, STREAM, WEIGHTS

from llmadvise.domain.hardware import Backend
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.plan import Placements, context_cost

COST = context_cost(LLAMA, SETTINGS, Backend.CUDA)
OUTPUT = 1000 + 7
HOST = 5000 + 300
FACTORS = 600
"""Rotary factors: on every device that holds a block."""


def placements(weights: WeightLayout = WEIGHTS, **settings: object) -> Placements:
    return Placements(weights, replace(SETTINGS, **settings), COST)


@pytest.mark.parametrize(
    ("units", "gpu", "host", "layers"),
    [
        (-1, 0, HOST + 150 + OUTPUT + FACTORS, 0),
        (0, 0, HOST + 150 + OUTPUT + FACTORS, 0),
        (1, OUTPUT, HOST + 150 + FACTORS, 0),
        (2, 80 + OUTPUT + FACTORS, HOST + 70 + FACTORS, 1),
        (4, 140 + OUTPUT + FACTORS, HOST + 10 + FACTORS, 3),
        (5, 150 + OUTPUT + FACTORS, HOST, 4),
        (6, 150 + OUTPUT + FACTORS, HOST, 4),
    ],
)
def test_units_move_from_the_end(units: int, gpu: int, host: int, layers: int) -> None:
    quick = placements()
    assert quick.units == 5
    assert (quick.gpu_weights(units), quick.host_weights(units)) == (gpu, host)
    assert (quick.gpu_kv(units), quick.host_kv(units)) == (layers * LAYER_KV, (4 - layers) * LAYER_KV)
    kept = placements(kv_offload=False)
    assert (kept.gpu_kv(units), kept.host_kv(units)) == (0, 4 * LAYER_KV)


@pytest.mark.parametrize(
    ("units", "experts", "on_host"),
    [(5, 1, 1), (5, 2, 3), (5, 4, 10), (5, 9, 10), (3, 1, 0), (3, 2, 0), (3, 3, 3), (3, 9, 7), (1, 4, 0), (0, 4, 0)],
)
def test_experts_of_leading_blocks_stay_back(units: int, experts: int, on_host: int) -> None:
    """The four blocks have 1, 2, 3 and 4 bytes of experts; those of blocks on the host are there already."""
    quick = placements()
    assert quick.gpu_weights(units) - quick.gpu_weights(units, experts) == on_host
    assert quick.host_weights(units, experts) - quick.host_weights(units) == on_host
    plain = placements(replace(WEIGHTS, expert_bytes=()))
    assert plain.gpu_weights(units, experts) == plain.gpu_weights(units)


def test_a_tied_embedding_is_held_by_both() -> None:
    tied = placements(replace(WEIGHTS, tied=True, output_bytes=0))
    assert (tied.gpu_weights(5), tied.host_weights(5)) == (150 + 5000 + 7 + FACTORS, HOST)
    assert tied.host_weights(0) == HOST + 150 + 7 + FACTORS


def test_parts_add_up() -> None:
    quick = placements()
    whole = SHARED + 4 * STREAM + NETWORK
    assert quick.gpu_compute(5) == whole
    assert quick.gpu_bytes(5) == 150 + OUTPUT + FACTORS + 4 * LAYER_KV + whole
    assert quick.host_bytes(5) == HOST + SHARED + 4 * STREAM + 4000
    assert quick.gpu_bytes(0) == quick.gpu_compute(0) == quick.gpu_bytes(-3)
    alone = Placements(WEIGHTS, SETTINGS, context_cost(LLAMA, SETTINGS, Backend.CPU))
    # Without a GPU tensors of the cache end where they end.
    assert alone.cpu_only_bytes() == HOST + 150 + OUTPUT + FACTORS + 4 * LAYER_KV + SHARED + 5 * STREAM + NETWORK + 4000


def test_what_lies_on_the_host_is_copied_for_large_batches() -> None:
    rows = 256 * 128 * 4
    copies = 2048 + 8192 + 3 * rows
    widest = max(copies, LAYER_KV + STREAM)
    partly = SHARED + 4 * STREAM + widest
    assert placements().gpu_compute(4) == partly
    assert placements().gpu_compute(5, 1) == SHARED + 4 * STREAM + NETWORK
    stacks = replace(WEIGHTS, experts_copied=True, copied_down_bytes=NETWORK)
    assert placements(stacks).gpu_compute(5) == SHARED + 4 * STREAM + NETWORK
    assert placements(stacks).gpu_compute(5, 1) == SHARED + 4 * STREAM + NETWORK + rows + STREAM
    assert placements(stacks, op_offload=False).gpu_compute(5, 1) == SHARED + 4 * STREAM + NETWORK
    assert placements(replace(stacks, expert_bytes=())).gpu_compute(5, 1) == SHARED + 4 * STREAM + NETWORK


def test_nothing_is_drawn_without_tensors() -> None:
    assert not placements().is_drawn(5, 0)
