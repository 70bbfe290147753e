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
    graph,
)

from llmadvise.engine.memory.phases import experts, feed_forward, has_kernel, recurrence
from llmadvise.engine.memory.plan import host_compute
from llmadvise.engine.memory.settings import context_sizes
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
