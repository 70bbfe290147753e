"""The parts of a drawing: what can be drawn, who computes what, and where tensors find their places."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_shapes import LLAMA_31_8B

from llmadvise.engine.memory.graph.arena import Arena
from llmadvise.engine.memory.graph.lay_out import buffer_sizes
from llmadvise.engine.memory.graph.node import (
    Graph,
    Node,
    columns,
    external,
    like,
    part,
    product,
    reshaped,
    result,
    stored,
    view,
)
from llmadvise.engine.memory.graph.node import given as written
from llmadvise.engine.memory.graph.pattern import rounds
from llmadvise.engine.memory.graph.schedule import Machine, schedule
from llmadvise.engine.memory.graph.wiring import drawable
from llmadvise.engine.memory.layout import Tensor, TensorTable

OUTSIDE = ("token_embd.weight", "output_norm.weight", "output.weight")
NORMS = ("attn_norm.weight", "ffn_norm.weight")
ATTENTION = ("attn_q.weight", "attn_k.weight", "attn_v.weight", "attn_output.weight")
NETWORK = ("ffn_gate.weight", "ffn_up.weight", "ffn_down.weight")
MIXTURE = ("ffn_gate_inp.weight", "ffn_gate_exps.weight", "ffn_up_exps.weight", "ffn_down_exps.weight")
SCAN = ("ssm_in.weight", "ssm_conv1d.weight", "ssm_a", "ssm_out.weight")


def can_be_drawn(
    *names: str, architecture: str = "llama", attends: bool = True, outside: tuple[str, ...] = OUTSIDE
) -> bool:
    cache = LLAMA_31_8B.caches[0] if attends else None
    shape = replace(LLAMA_31_8B, architecture=architecture, layers=1, caches=(cache,), states=(None,))
    every = [*outside, *(f"blk.0.{name}" for name in names)]
    return drawable(shape, TensorTable([Tensor(name, (64, 64), "F32", 4096 * 4) for name in every], 1))


@pytest.mark.parametrize(
    ("names", "options", "drawn"),
    [
        (ATTENTION + NETWORK, {}, True),
        (("attn_qkv.weight", "attn_output.weight", *NETWORK), {}, True),
        (("attn_q_a.weight", "attn_q_b.weight", "attn_kv_a_mqa.weight", *NETWORK), {}, True),
        (ATTENTION + MIXTURE, {}, True),
        (ATTENTION, {}, True),
        ((*ATTENTION, "indexer.weight"), {}, False),
        (ATTENTION[:3] + NETWORK, {}, False),
        (("attn_q.weight", "attn_k.weight", "attn_output.weight"), {}, False),
        (("attn_output.weight", *NETWORK), {"attends": False}, True),
        (NETWORK, {}, False),
        (NETWORK, {"attends": False}, True),
        (ATTENTION + NETWORK[:2], {}, False),
        (ATTENTION + NETWORK[2:], {}, False),
        (ATTENTION + MIXTURE[:3], {}, False),
        (ATTENTION + MIXTURE[1:], {}, False),
        (SCAN, {"attends": False}, True),
        (SCAN + ATTENTION, {}, False),
        (SCAN + ATTENTION, {"architecture": "falcon-h1"}, True),
        ((*ATTENTION, "attn_gate.weight"), {}, False),
        ((*ATTENTION, "attn_gate.weight"), {"architecture": "afmoe"}, True),
        ((*ATTENTION, "attn_gate.weight", "ssm_norm.weight"), {}, True),
        (ATTENTION, {"outside": OUTSIDE[1:]}, False),
        (ATTENTION, {"outside": ("token_embd.weight",)}, False),
        (ATTENTION, {"outside": ("token_embd.weight", "token_embd_norm.weight")}, True),
        (ATTENTION, {"outside": (*OUTSIDE, "cls.weight")}, False),
    ],
)
def test_only_networks_of_known_and_complete_parts_are_drawn(
    names: tuple[str, ...], options: dict[str, object], drawn: bool
) -> None:
    assert can_be_drawn(*NORMS, *names, **options) is drawn


def test_nodes_know_their_bytes_and_rows() -> None:
    """ggml-cuda.cu: get_op_batch_size counts no rows of a look-up, and columns of products."""
    weight, tokens = external("w", (64, 32), 5000, 0, weight=True), written("x", (64, 8, 3))
    node = product(weight, tokens)
    assert (node.extents, node.size, node.rows) == ((32, 8, 3), 32 * 24 * 4, 8)
    assert result("mul_mat_id", (32, 4, 8), (weight, tokens)).rows == 8
    assert result("get_rows", (64, 8), (weight, tokens)).rows == 0
    assert like("add", node, node).rows == 24
    assert product(external("scale", (64,), 256, 0), tokens).extents == (1, 8, 3)
    assert written("mask", (64, 8), "f16").size == 1024
    assert [written("positions", (8,), kind).size for kind in ("i32", "i64")] == [32, 64]
    # Two columns of 3 × 8 rows of 64: all rows but the last are spanned whole.
    assert columns(tokens, (2, 24)).size == 23 * 256 + 8
    assert stored(weight, node, tokens).root is weight
    inside = view(view(node, (32, 8)), (16,))
    assert inside.root is node
    assert like("mul", node, node).layout == like("add", view(node, (32, 8, 3, 1)), node).layout


def taken(sizes: list[int]) -> tuple[Arena, list[tuple[int, int]]]:
    arena = Arena(32)
    return arena, [(arena.take(size), size) for size in sizes]


@given(st.lists(st.integers(1, 500), min_size=1, max_size=12), st.randoms())
def test_room_freed_in_any_order_is_one_room_again(sizes: list[int], chance: object) -> None:
    """No two live tensors overlap, and once all are gone the whole buffer is free."""
    arena, live = taken(sizes)
    ends = sorted((address, address + arena.padded(size)) for address, size in live)
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))
    peak = arena.peak
    assert peak == ends[-1][1]
    order = list(live)
    chance.shuffle(order)
    for address, size in order:
        arena.give_back(address, size)
    assert arena.take(peak) == 0
    assert arena.peak == peak


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_three_neighbors_become_one_gap(order: tuple[int, ...]) -> None:
    """Before a wall, so that the gap has an end."""
    arena, live = taken([32, 64, 96, 32])
    for index in order:
        arena.give_back(*live[index])
    assert arena.take(192) == 0
    assert arena.take(32) == 192 + 32


def test_a_gap_keeps_what_a_tensor_leaves_of_it() -> None:
    arena, live = taken([128, 32])
    arena.give_back(*live[0])
    assert [arena.take(size) for size in (32, 64, 32, 32)] == [0, 32, 96, 160]


def test_of_equal_gaps_the_last_is_taken() -> None:
    """ggml-alloc.c compares with <=."""
    arena, live = taken([64, 32, 64, 32])
    arena.give_back(*live[0])
    arena.give_back(*live[2])
    assert [arena.take(64), arena.take(64)] == [96, 0]


def sizes(*nodes: Node, gpus: int = 0, **options: bool) -> tuple[int, ...]:
    graph, machine = Graph(), Machine(gpus=gpus, **options)
    for node in nodes:
        graph.expand(node)
    return buffer_sizes(schedule(graph, machine), machine)


def test_what_an_operation_has_no_use_for_is_given_back() -> None:
    """ggml-alloc.c: a result in the place of a larger operand frees the rest of it for the next one."""
    weight = external("w", (64, 64), 4096, 0, weight=True)
    wide = product(weight, external("x", (64, 64), 16384, 0))
    wide.extra = 16384
    narrow = like("scale", wide)
    assert sizes(like("norm", narrow), gpus=1) == (32768, 0)
    wide = product(weight, external("x", (64, 64), 16384, 0))
    assert sizes(like("norm", like("scale", wide)), gpus=1) == (32768, 0)


def test_a_tensor_that_two_read_is_not_overwritten() -> None:
    weight = external("w", (64, 64), 4096, 0, weight=True)
    node = product(weight, external("x", (64, 8), 2048, 0))
    once, twice = like("scale", node), like("scale", node)
    assert sizes(like("add", once, twice)) == (2 * 2048,)
    # Nor is one of which a view is read later, or one that is handed out.
    node = product(weight, external("x", (64, 8), 2048, 0))
    seen = view(node, (64, 8))
    assert sizes(like("norm", like("scale", node)), like("norm", seen)) == (3 * 2048,)
    node = product(weight, external("x", (64, 8), 2048, 0))
    node.output = True
    assert sizes(like("scale", node)) == (2 * 2048,)


@pytest.mark.parametrize(
    ("rows", "takes_over", "kernel", "on_gpu"),
    [(31, True, True, False), (32, True, True, True), (32, False, True, False), (32, True, False, False)],
)
def test_a_gpu_takes_over_products_of_32_rows(rows: int, takes_over: bool, kernel: bool, on_gpu: bool) -> None:
    """GGML_OP_OFFLOAD_MIN_BATCH is 32 (ggml-cuda.cu)."""
    node = product(external("w", (64, 64), 4096, 1, weight=True), written("x", (64, rows)))
    node.kernel = kernel
    gpu, host = sizes(node, gpus=1, takes_over=takes_over)
    copied = 4096 + 2 * rows * 256
    assert gpu == (copied if on_gpu else 0)
    assert host == (rows * 256 if on_gpu else 2 * rows * 256)


def test_what_stands_beside_a_gpus_work_runs_there_too() -> None:
    """Between two products of a GPU, before one and behind one; what stands alone runs on the host."""
    weight = external("w", (64, 64), 4096, 0, weight=True)
    first = like("norm", written("x", (64, 8)))
    node = like("norm", product(weight, first))
    sizes(product(weight, node), gpus=1)
    assert (first.backend, node.backend) == (0, 0)
    alone = like("norm", written("x", (64, 8)))
    sizes(alone, gpus=1)
    assert alone.backend == 1


def test_what_a_gpu_has_no_kernel_for_runs_on_the_host_with_a_copy_back() -> None:
    weight = external("w", (64, 64), 4096, 0, weight=True)
    odd = like("norm", product(weight, external("x", (64, 8), 2048, 0)))
    odd.kernel = False
    gpu, host = sizes(product(weight, odd), gpus=1)
    assert odd.backend == 1
    # The operand is copied down and the result up: two tensors of 2,048 bytes on each side at once.
    assert (gpu, host) == (2 * 2048, 2 * 2048)


def test_a_write_runs_where_the_cache_lies() -> None:
    cache = external("k", (64,), 64 * 16 * 2, 1)
    node = stored(cache, written("x", (64, 8)), written("rows", (8,), "i64"))
    sizes(node, gpus=1)
    assert node.backend == 1


def test_a_pipeline_keeps_four_of_every_input() -> None:
    """GGML_SCHED_MAX_COPIES."""
    weights = [external("w", (64, 64), 4096, gpu, weight=True) for gpu in (0, 1)]
    node = product(weights[1], product(weights[0], written("x", (64, 8))))
    first, second, host = sizes(node, gpus=2, pipelined=True)
    assert (first, second, host) == (4 * 2048 + 2048, 4 * 2048 + 2048, 4 * 2048)


def test_patterns_are_drawn_three_times() -> None:
    """A period of twelve is the longest that is looked for."""
    twelve = "abcdefghijkl"
    assert rounds(twelve * 5) == [*range(36), *range(48, 60)]
    assert rounds("abcdefghijklm" * 4) == list(range(52))
    assert rounds("xx" + "ab" * 6 + "y") == [0, 1, 2, 3, 4, 5, 6, 7, 14]
    assert rounds("aaaab") == [0, 1, 2, 4]
    assert rounds("a") == [0]
    assert rounds("aaa") == [0, 1, 2]
    assert rounds("aaaa") == [0, 1, 2, 3]
    assert rounds("") == []


def test_a_part_in_one_piece_has_its_own_bytes_and_a_reshaped_tensor_all() -> None:
    """ggml_view_2d of rows that lie together, ggml_reshape and ggml_permute."""
    node = written("x", (64, 8))
    some, whole, turned = part(node, (64, 3)), reshaped(node, (32, 16)), view(node, (8, 64))
    assert [item.size for item in (some, whole, turned)] == [64 * 3 * 4, 64 * 8 * 4, 64 * 8 * 4]
    assert all(item.view and item.root is node for item in (some, whole, turned))
    # Only what lies in one piece can be overwritten by a result of those extents.
    result_of = like("scale", written("y", (32, 16)))
    assert (whole.layout == result_of.layout, turned.layout) == (True, None)
    assert some.layout == like("scale", written("y", (64, 3))).layout
