"""Where weights, caches and states lie, worked out by hand for a small network."""

from __future__ import annotations

from dataclasses import replace

import pytest
from memory_small_network import CELLS, LAYER_KV, LLAMA, SETTINGS, WEIGHTS, memory

from llmadvise.engine.memory.kv_cache import layer_memory
from llmadvise.engine.memory.llama_cpp import DeviceTerms, EngineMemory
from llmadvise.engine.memory.settings import SplitMode
from llmadvise.engine.memory.shape import LayerCache, LayerState, Shape


def models(found: EngineMemory) -> list[int]:
    return [device.model for device in found.by_device]


OUTPUT = 1000 + 7
ON_HOST = 5000 + 300


@pytest.mark.parametrize(
    ("settings", "gpu", "host"),
    [
        ({}, 150 + 700 + 600 + OUTPUT + 9, ON_HOST + 200_000),
        ({"gpu_layers": 5}, 150 + 700 + 600 + OUTPUT + 9, ON_HOST + 200_000),
        ({"gpu_layers": 99}, 150 + 700 + 600 + OUTPUT + 9, ON_HOST + 200_000),
        ({"gpu_layers": 4}, 140 + 700 + 600 + OUTPUT + 9, ON_HOST + 10 + 600 + 210_000),
        ({"gpu_layers": 2}, 80 + 400 + 600 + OUTPUT + 9, ON_HOST + 70 + 600 + 270_000),
        ({"gpu_layers": 1}, OUTPUT + 9, ON_HOST + 150 + 600 + 350_000),
        ({"gpu_layers": 0}, 0, ON_HOST + 150 + 600 + OUTPUT + 450_000),
        ({"gpu_layers": -1}, 0, ON_HOST + 150 + 600 + OUTPUT + 450_000),
        # The experts of the leading blocks stay on the host.
        ({"cpu_moe_layers": 1}, 149 + 700 + 600 + OUTPUT + 9, ON_HOST + 1 + 201_000),
        ({"cpu_moe_layers": 3}, 144 + 670 + 600 + OUTPUT + 9, ON_HOST + 6 + 206_000),
        ({"cpu_moe_layers": 99}, 140 + 630 + 600 + OUTPUT + 9, ON_HOST + 10 + 210_000),
        ({"cpu_moe_layers": 3, "gpu_layers": 3}, 117 + 580 + 600 + OUTPUT + 9, ON_HOST + 33 + 600 + 233_000),
    ],
)
def test_weights_lie_where_their_blocks_do(settings: dict[str, object], gpu: int, host: int) -> None:
    assert models(memory(**settings)) == [gpu, host]


def test_without_a_gpu_nothing_is_told_apart() -> None:
    assert models(memory(0, cpu_moe_layers=2)) == [ON_HOST + 150 + 600 + OUTPUT + 450_000]


def test_a_tied_embedding_is_held_twice() -> None:
    tied = replace(WEIGHTS, output_bytes=0, tied=True)
    assert models(memory(weights=tied)) == [150 + 700 + 600 + 5007 + 9, ON_HOST + 200_000]


def test_layouts_without_padding_or_experts() -> None:
    plain = replace(
        WEIGHTS, layer_padding=(), expert_padding=(), output_padding=0, expert_bytes=(), layer_host_padding=(),
        expert_host_padding=(), output_host_padding=0, host_padding=0,
    )  # fmt: skip
    assert models(memory(weights=plain, cpu_moe_layers=2)) == [150 + 600 + OUTPUT, ON_HOST]
    kept = replace(plain, expert_bytes=(1, 2, 3, 4))
    assert models(memory(weights=kept, cpu_moe_layers=2)) == [147 + 600 + OUTPUT, ON_HOST + 3]


@pytest.mark.parametrize(
    ("settings", "free", "blocks"),
    [
        # Four blocks and the output are five units; each GPU takes its part of them, from the first on.
        ({}, None, ([0, 1, 2], [3])),
        ({}, (3, 1), ([0, 1, 2, 3], [])),
        ({}, (1, 4), ([0], [1, 2, 3])),
        ({"tensor_split": (1.0, 4.0)}, (3, 1), ([0], [1, 2, 3])),
        ({"tensor_split": (1.0,)}, None, ([0, 1, 2, 3], [])),
        ({"tensor_split": (0.0, 0.0)}, None, ([], [0, 1, 2, 3])),
        ({"gpu_layers": 4}, None, ([1, 2], [3])),
        ({"gpu_layers": 3}, (1, 2), ([2], [3])),
    ],
)
def test_blocks_are_spread_in_proportion(
    settings: dict[str, object], free: tuple[int, ...] | None, blocks: tuple[list[int], list[int]]
) -> None:
    """src/llama-model.cpp: load_tensors takes the first part whose running sum exceeds the unit's place."""
    found = memory(2, free=free, **settings)
    first, second = found.gpus
    layers = (10, 120, 240, 480)
    repeated = [600 if mine else 0 for mine in blocks]
    output = OUTPUT + 9
    expected = [sum(layers[layer] for layer in mine) + more for mine, more in zip(blocks, repeated, strict=True)]
    last = 0 if settings.get("tensor_split") == (1.0,) else 1
    expected[last] += output
    assert [first.model, second.model] == expected
    assert [device.kv // LAYER_KV for device in found.gpus] == [len(mine) for mine in blocks]


def test_one_gpu_of_several_may_be_asked_for() -> None:
    found = memory(3, split_mode=SplitMode.NONE)
    assert [device.device for device in found.by_device] == ["gpu0", "gpu1", "gpu2", "host"]
    assert found.gpus[0] == memory(1).gpus[0]
    assert found.gpus[1:] == (DeviceTerms(device="gpu1"), DeviceTerms(device="gpu2"))
    assert [device.total for device in found.gpus[1:]] == [0, 0]


def test_blocks_that_only_draft_are_counted_among_the_units() -> None:
    """With one drafting block five units of six are asked for: the first block stays on the host."""
    drafting = replace(LLAMA, draft_layers=1)
    found = memory(shape=drafting, gpu_layers=5)
    assert models(found) == [140 + 700 + 600 + OUTPUT + 9, ON_HOST + 10 + 600 + 210_000]


def test_rotary_factors_go_where_a_layer_without_a_window_is() -> None:
    """Gemma 4: three layers with a window and one without, which reads factors; a shared layer reads as its source."""
    gemma = replace(
        LLAMA, architecture="gemma4",
        caches=tuple(cache and replace(cache, window=None if layer == 1 else 32) for layer, cache in enumerate(LLAMA.caches)),
    )  # fmt: skip

    def factors(shape: Shape, gpu_layers: int) -> list[int]:
        with_factors, without = (
            memory(shape=shape, weights=replace(WEIGHTS, repeated_bytes=size), gpu_layers=gpu_layers)
            for size in (600, 0)
        )
        return [this - other for this, other in zip(models(with_factors), models(without), strict=True)]

    assert factors(gemma, 5) == [600, 0]
    assert factors(gemma, 3) == [0, 600]
    reading = replace(gemma, reads=(0, 1, 1, 0))
    assert factors(reading, 3) == [600, 600]
    assert factors(reading, 2) == [0, 600]
    assert factors(LLAMA, 3) == [600, 600]


def test_caches_lie_with_their_layers_unless_they_are_kept_back() -> None:
    assert [device.kv for device in memory(gpu_layers=3).by_device] == [2 * LAYER_KV, 2 * LAYER_KV]
    assert [device.kv for device in memory(gpu_layers=3, kv_offload=False).by_device] == [0, 4 * LAYER_KV]
    state = LayerState(convolution_bytes=30, state_bytes=70)
    recurrent = replace(LLAMA, states=(state, None, state, state))
    found = memory(shape=recurrent, gpu_layers=3, slots=2)
    assert [device.recurrent for device in found.by_device] == [400, 200]
    assert found.host.total == (found.host.model + found.host.kv + 200 + found.host.compute + found.host.output)
    assert found.host.output == 1000 * 2 * 4


def test_quantised_rows_and_tensors_end_where_cuda_wants_them() -> None:
    """128 elements in q8_0 are 136 bytes; the last row is extended by 384 elements (408), and the end aligned to 128."""
    asked = replace(SETTINGS, kv_type_k="q8_0")
    assert layer_memory(LLAMA, asked).kv == (CELLS * (136 + 256),) * 4
    assert layer_memory(LLAMA, asked, padded=True).kv == (139_776 + CELLS * 256,) * 4
    wide = replace(
        LLAMA, caches=(LayerCache(key_elements=512, value_elements=33, kv_heads=1, key_head=512, value_head=33),) * 4
    )
    assert layer_memory(wide, asked, padded=True).kv == (CELLS * 544 + CELLS * 66,) * 4


def test_transposed_values_are_as_wide_as_the_widest() -> None:
    caches = tuple(
        LayerCache(key_elements=32, value_elements=wide, kv_heads=2, key_head=16, value_head=wide // 2)
        for wide in (32, 64, 0, 32)
    )
    shape = replace(LLAMA, caches=caches)
    off = replace(SETTINGS, flash_attention=False)
    assert layer_memory(shape, off).kv == (CELLS * 192, CELLS * 192, CELLS * 64, CELLS * 192)
    assert layer_memory(shape, SETTINGS).kv == (CELLS * 128, CELLS * 192, CELLS * 64, CELLS * 128)
    assert layer_memory(replace(shape, latent_rank=16), off).kv == layer_memory(shape, SETTINGS).kv
    assert layer_memory(replace(shape, architecture="grok"), SETTINGS).kv == layer_memory(shape, off).kv
