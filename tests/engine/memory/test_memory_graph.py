"""The drawn graph: its arena, its schedule, and answers of llama.cpp that no row of the table holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.hardware import Backend
from llmadvise.engine.memory.graph.arena import Arena
from llmadvise.engine.memory.graph.lay_out import buffer_sizes
from llmadvise.engine.memory.graph.node import Graph, external, like, product
from llmadvise.engine.memory.graph.node import given as written
from llmadvise.engine.memory.graph.pattern import rounds
from llmadvise.engine.memory.graph.schedule import Machine, schedule
from llmadvise.engine.memory.graph.wiring import drawable
from llmadvise.engine.memory.layout import TensorTable, layout_from_tensors
from llmadvise.engine.memory.llama_cpp import EngineMemory, llama_cpp_memory
from llmadvise.engine.memory.plan import Placements, context_cost
from llmadvise.engine.memory.settings import EngineSettings
from memory_rows import files


def test_the_arena_takes_the_smallest_gap_that_holds_a_tensor() -> None:
    """ggml-alloc.c: ggml_dyn_tallocr_alloc."""
    arena = Arena(128)
    large, wall, small, end = (arena.take(size) for size in (1024, 128, 256, 128))
    arena.give_back(large, 1024)
    arena.give_back(small, 256)
    assert arena.take(200) == small
    assert arena.take(300) == large
    assert arena.take(2048) == end + 128
    assert wall == 1024


def test_freed_neighbors_become_one_gap() -> None:
    arena = Arena(32)
    first, second, last = arena.take(64), arena.take(64), arena.take(64)
    arena.give_back(second, 64)
    arena.give_back(first, 64)
    assert arena.take(128) == first
    assert arena.peak == last + 64


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=30))
def test_what_was_freed_is_used_again(sizes: list[int]) -> None:
    arena = Arena(128)
    taken = [(arena.take(size), size) for size in sizes]
    peak = arena.peak
    for address, size in taken:
        arena.give_back(address, size)
    assert [arena.take(size) for size in sizes] == [address for address, _ in taken]
    assert arena.peak == peak


def test_a_product_over_a_weight_of_the_host_runs_on_the_gpu_with_a_copy_of_the_weight() -> None:
    """ggml-backend.cpp: operations of 32 and more rows are taken over; smaller ones are not."""
    for tokens, bytes_on_gpu in ((32, 4096 + 32 * 64 * 4 + 32 * 64 * 4), (16, 0)):
        graph, machine = Graph(), Machine(gpus=1)
        weight = external("w", (64, 64), 4096, machine.host, weight=True)
        graph.expand(product(weight, written("x", (64, tokens))))
        on_gpu, _ = buffer_sizes(schedule(graph, machine), machine)
        assert on_gpu == bytes_on_gpu


def test_an_operation_overwrites_an_operand_that_nobody_else_reads() -> None:
    graph, machine = Graph(), Machine(gpus=0)
    weight = external("w", (64, 64), 4096, 0, weight=True)
    node = product(weight, written("x", (64, 8)))
    graph.expand(like("unary", like("scale", node)))
    assert buffer_sizes(schedule(graph, machine), machine) == (2 * 8 * 64 * 4,)


def test_layers_that_repeat_themselves_are_drawn_three_times_and_the_last_always() -> None:
    assert rounds("a" * 20) == [0, 1, 2, 19]
    assert rounds("ab" * 10) == [0, 1, 2, 3, 4, 5, 18, 19]
    assert rounds("abcde") == [0, 1, 2, 3, 4]


def forecast(name: str, quantization: str, settings: EngineSettings, gpus: int = 1) -> EngineMemory:
    """The forecast for one of the headers in tests/data."""
    shape, layout = files(name, quantization)
    return llama_cpp_memory(shape, layout, settings, gpus, backend=Backend.CUDA if gpus else Backend.CPU)


def test_batches_end_with_the_context_before_it_is_padded() -> None:
    """Falcon 7B at 777 tokens, micro-batch 1,000, 4 outputs: 276.59 MiB on the first of three GPUs (b11434)."""
    settings = EngineSettings(context_length=777, ubatch=1000, slots=4, outputs=4)
    assert forecast("falcon-7b", "Q4_K_M", settings, 3).gpus[0].compute == pytest.approx(276.59 * 2**20, rel=1e-4)


def test_flash_attention_is_given_up_where_attention_lands_beside_its_layer() -> None:
    """LFM2 1.2B with 8 of 16 layers on a GPU: 570.25 MiB there and 556.02 on the host (log of b11434)."""
    settings = EngineSettings(context_length=8192, outputs=1, kv_unified=False, gpu_layers=8)
    memory = forecast("lfm2-1.2b", "Q4_K_M", settings)
    assert not memory.flash_attention
    assert memory.gpus[0].compute == pytest.approx(570.252 * 2**20, rel=1e-5)
    assert memory.host.compute == pytest.approx(556.02 * 2**20, rel=1e-4)


def test_attention_stays_with_a_cache_on_the_host() -> None:
    """A load of DeepSeek-V2-Lite with -nkvo and no kernel for its heads took 84,023,296 and 339,757,088 bytes (b11434)."""
    settings = EngineSettings(context_length=8192, outputs=1, kv_unified=False, kv_offload=False)
    memory = forecast("deepseek-v2-lite-preMLA", "Q4_K_M", settings)
    assert (memory.gpus[0].compute, memory.host.compute) == (84_023_296, 339_757_088)


@pytest.mark.parametrize(("layers", "experts"), [(49, 0), (49, 12), (20, 0), (0, 0)])
def test_the_short_form_draws_the_same_graph(layers: int, experts: int) -> None:
    shape, layout = files("qwen3-30b-a3b", "Q4_K_M")
    settings = EngineSettings(context_length=8192)
    quick = Placements(layout, settings, context_cost(shape, settings, Backend.CUDA))
    asked = replace(settings, gpu_layers=layers, cpu_moe_layers=experts)
    memory = llama_cpp_memory(shape, layout, asked, 1)
    assert quick.gpu_compute(layers, experts) == memory.gpus[0].compute
    assert quick.host_bytes(layers, experts) == memory.host.total


def test_a_network_with_an_unknown_tensor_falls_back_to_the_closed_form() -> None:
    shape, layout = files("llama-3.2-1b", "Q4_K_M")
    assert layout.table is not None
    plain = llama_cpp_memory(shape, replace(layout, table=None), EngineSettings(context_length=4096), 1)
    layout.table.blocks[0]["indexer.weight"] = layout.table.blocks[0]["attn_q.weight"]
    try:
        strange = llama_cpp_memory(shape, layout, EngineSettings(context_length=4096), 1)
    finally:
        del layout.table.blocks[0]["indexer.weight"]
    assert strange.gpus[0].compute == plain.gpus[0].compute


MIXED = (
    ("granite-4.0-h-tiny", "Q4_K_M"), ("mamba-2.8b", "Q8_0"), ("lfm2-1.2b", "Q4_K_M"), ("qwen3-next-80b-a3b", "Q4_K_M"),
    ("deepseek-v2-lite", "Q4_K_M"), ("deepseek-v2-lite-preMLA", "Q4_K_M"), ("gemma-3n-e4b", "Q4_K_M"),
    ("flan-t5-base", "Q8_0"), ("gpt2-124m", "Q8_0"), ("gpt-oss-20b", "MXFP4_MOE"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "quantization"), MIXED)
def test_a_file_that_lacks_any_of_its_tensors_is_answered_all_the_same(name: str, quantization: str) -> None:
    """Anyone may have written it: drawn without it, or by the closed form, and never a KeyError."""
    shape, layout = files(name, quantization)
    assert layout.table is not None
    settings = EngineSettings(context_length=256, ubatch=32)
    short = replace(
        shape, layers=4, caches=shape.caches[:4], states=shape.states[:4], reads=shape.reads[:4],
    )  # fmt: skip
    for missing in sorted(
        {tensor for block in layout.table.blocks[:4] for tensor in block} | set(layout.table.outside)
    ):
        kept = [
            tensor._replace(name=f"blk.{number}.{part}")
            for number, block in enumerate(layout.table.blocks[:4])
            for part, tensor in block.items()
            if part != missing
        ]
        kept += [tensor._replace(name=part) for part, tensor in layout.table.outside.items() if part != missing]
        memory = llama_cpp_memory(short, layout_from_tensors(kept, 4), settings, 1)
        assert memory.gpus[0].compute > 0


@pytest.mark.parametrize(
    ("name", "quantization", "tensor"),
    [
        ("granite-4.0-h-tiny", "Q4_K_M", "ssm_out.weight"), ("granite-4.0-h-tiny", "Q4_K_M", "ssm_conv1d.weight"),
        ("granite-4.0-h-tiny", "Q4_K_M", "ffn_up_exps.weight"), ("deepseek-v2-lite", "Q4_K_M", "attn_k_b.weight"),
        ("deepseek-v2-lite", "Q4_K_M", "attn_v_b.weight"),
    ],
)  # fmt: skip
def test_a_tensor_without_its_extents_is_not_drawn(name: str, quantization: str, tensor: str) -> None:
    network, layout = files(name, quantization)
    assert layout.table is not None
    given = [
        item._replace(name=f"blk.{number}.{part}", shape=(64,) if part == tensor else item.shape)
        for number, block in enumerate(layout.table.blocks)
        for part, item in block.items()
    ]
    given += [item._replace(name=part) for part, item in layout.table.outside.items()]
    table = TensorTable(given, network.layers)
    assert drawable(network, layout.table)
    assert not drawable(network, table)
