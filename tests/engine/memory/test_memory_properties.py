"""What must hold for every model and every setting."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from memory_shapes import KINDS, LLAMA_31_8B, layout, options

from llmadvise.domain.hardware import Backend
from llmadvise.engine.memory.kv_cache import kv_bytes_per_token, layer_memory
from llmadvise.engine.memory.llama_cpp import llama_cpp_memory
from llmadvise.engine.memory.plan import Placements, context_cost
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.memory.shape import Shape

shapes = st.sampled_from(KINDS)


@settings(max_examples=60, deadline=None)
@given(shape=shapes, chosen=options(), more=st.integers(1, 100_000), gpus=st.integers(0, 2))
def test_more_context_never_needs_less(shape: Shape, chosen: EngineSettings, more: int, gpus: int) -> None:
    longer = replace(chosen, context_length=chosen.context_length + more)
    before = llama_cpp_memory(shape, layout(shape), chosen, gpus)
    after = llama_cpp_memory(shape, layout(shape), longer, gpus)
    for short, long in zip(before.by_device, after.by_device, strict=True):
        assert long.total >= short.total


@settings(max_examples=30, deadline=None)
@given(shape=shapes, chosen=options())
def test_fewer_bits_never_weigh_more(shape: Shape, chosen: EngineSettings) -> None:
    few = llama_cpp_memory(shape, layout(shape, bits=2), chosen, 1)
    many = llama_cpp_memory(shape, layout(shape, bits=8), chosen, 1)
    for less, more in zip(few.by_device, many.by_device, strict=True):
        assert less.model < more.model


@settings(max_examples=60, deadline=None)
@given(shape=shapes, chosen=options(), layers=st.integers(2, 30))
def test_one_layer_moved_takes_exactly_its_bytes_along(shape: Shape, chosen: EngineSettings, layers: int) -> None:
    weights = layout(shape)
    here = llama_cpp_memory(shape, weights, replace(chosen, gpu_layers=layers), 1)
    there = llama_cpp_memory(shape, weights, replace(chosen, gpu_layers=layers - 1), 1)
    moved = shape.layers + 1 - layers
    padding = weights.layer_padding[moved]
    assert here.gpus[0].model - there.gpus[0].model == weights.layer_bytes[moved] + padding
    assert there.host.model - here.host.model == weights.layer_bytes[moved]
    kept = here.gpus[0].kv + here.gpus[0].recurrent + here.host.kv + here.host.recurrent
    assert kept == there.gpus[0].kv + there.gpus[0].recurrent + there.host.kv + there.host.recurrent


@settings(max_examples=60, deadline=None)
@given(shape=shapes, chosen=options(), gpus=st.integers(0, 3), layers=st.none() | st.integers(0, 70))
def test_no_weight_is_lost(shape: Shape, chosen: EngineSettings, gpus: int, layers: int | None) -> None:
    weights = layout(shape)
    memory = llama_cpp_memory(shape, weights, replace(chosen, gpu_layers=layers), gpus)
    assert sum(device.model for device in memory.by_device) >= weights.loaded_bytes


@given(shape=shapes)
def test_the_cache_grows_with_the_context_for_every_model_that_attends(shape: Shape) -> None:
    assert shape.has_attention
    assert kv_bytes_per_token(shape) > 0
    short = layer_memory(shape, EngineSettings(context_length=4096))
    long = layer_memory(shape, EngineSettings(context_length=8192))
    assert sum(long.kv) > sum(short.kv)
    assert long.recurrent == short.recurrent


@settings(max_examples=60, deadline=None)
@given(
    shape=shapes, chosen=options(), layers=st.integers(0, 70), experts=st.integers(0, 50),
    backend=st.sampled_from((Backend.CUDA, Backend.VULKAN)),
)  # fmt: skip
def test_the_short_form_says_what_the_long_form_says(
    shape: Shape, chosen: EngineSettings, layers: int, experts: int, backend: Backend
) -> None:
    """`Placements` leaves out alignment, nothing else."""
    weights = replace(layout(shape), layer_padding=(), expert_padding=(), output_padding=0, repeated_bytes=256)
    quick = Placements(weights, chosen, context_cost(shape, chosen, backend))
    layers = min(layers, quick.units)
    asked = replace(chosen, gpu_layers=layers, cpu_moe_layers=experts)
    memory = llama_cpp_memory(shape, weights, asked, 1, backend=backend)
    assert quick.gpu_bytes(layers, experts) == memory.gpus[0].total
    assert quick.host_bytes(layers, experts) == memory.host.total
    alone = llama_cpp_memory(shape, weights, chosen, 0, backend=Backend.CPU)
    cpu = Placements(weights, chosen, context_cost(shape, chosen, Backend.CPU))
    assert cpu.cpu_only_bytes() == alone.host.total


@settings(max_examples=40, deadline=None)
@given(shape=shapes, chosen=options(), layers=st.integers(0, 60))
def test_more_layers_never_need_less_on_the_gpu_short_of_all(shape: Shape, chosen: EngineSettings, layers: int) -> None:
    quick = Placements(layout(shape), chosen, context_cost(shape, chosen, Backend.CUDA))
    if layers + 1 < quick.units:
        assert quick.gpu_bytes(layers + 1) >= quick.gpu_bytes(layers)


def test_the_split_follows_free_memory() -> None:
    memory = llama_cpp_memory(LLAMA_31_8B, layout(LLAMA_31_8B), EngineSettings(context_length=4096), 2, (3, 1))
    first, second = memory.gpus
    assert first.kv == 3 * (first.kv + second.kv) // 4 + (first.kv + second.kv) // 32
