"""Prefill speed: bound by operations, with a floor of reading the weights once a batch."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speed_devices import CALIBRATION, cpu, gpu, traffic

from llmadvise.domain.estimate import Range
from llmadvise.engine.speed import Traffic, decode_speed, prefill_speed


def prefill(*items: Traffic, prompt_tokens: int = 512, speed_class: str | None = "q4", mixture: bool = False) -> Range:
    speed = prefill_speed(
        items,
        prompt_tokens=prompt_tokens,
        speed_class=speed_class,
        mixture=mixture,
        runtime="llama.cpp",
        calibration=CALIBRATION,
    )
    assert speed is not None
    return speed


def test_a_4090_reads_a_prompt_for_llama_3_8b_at_about_7000() -> None:
    # sp-7a9c6f068d: 7138.99 tokens a second (Q4_K_M, 512 tokens); sp-5e4550db47: 9382 (F16).
    speed = prefill(traffic(gpu()))
    assert speed.low < 7138.99 < speed.high
    full = prefill(traffic(gpu(), 16_068_890_000), speed_class="f16")
    assert full.low < 9382 < full.high


@given(st.floats(1e13, 1e15), st.integers(10**8, 10**11), st.integers(1, 100_000))
@settings(max_examples=100, deadline=None)
def test_the_interval_contains_the_value(flops: float, parameters: int, prompt_tokens: int) -> None:
    item = traffic(gpu(flops=flops), parameters // 2, 0, parameters)
    speed = prefill(item, prompt_tokens=prompt_tokens)
    assert 0 < speed.low < speed.value < speed.high


@given(st.floats(1.0, 20.0), st.floats(1.0, 20.0))
@settings(max_examples=100, deadline=None)
def test_more_parameters_are_never_faster_and_more_bandwidth_never_slower(more: float, wider: float) -> None:
    item = traffic(gpu())
    before = prefill(item).value
    larger = replace(
        item,
        active_parameters=round(item.active_parameters * more),
        weight_bytes=round(item.weight_bytes * more),
    )
    assert prefill(larger).value <= before * (1 + 1e-9)
    faster = traffic(gpu(bandwidth=round(1_008_000_000_000 * wider)))
    assert prefill(faster).value >= before * (1 - 1e-9)


@given(st.integers(1, 10_000), st.integers(1, 10_000))
@settings(max_examples=100, deadline=None)
def test_a_longer_prompt_takes_longer(tokens: int, more: int) -> None:
    item = traffic(gpu())
    short = tokens / prefill(item, prompt_tokens=tokens).value
    long = (tokens + more) / prefill(item, prompt_tokens=tokens + more).value
    assert long >= short * (1 - 1e-9)


def test_a_prompt_is_read_many_times_as_fast_as_it_is_written() -> None:
    written = decode_speed(
        [traffic(gpu())], speed_class="q4", mixture=False, runtime="llama.cpp", calibration=CALIBRATION
    )
    assert written is not None
    assert prefill(traffic(gpu())).value > 20 * written.value


def test_unknown_operations_or_bandwidth_give_no_speed() -> None:
    for device in (gpu(flops=None), gpu(bandwidth=None), cpu(cores=None), cpu(bandwidth=None)):
        speed = prefill_speed(
            [traffic(device)],
            prompt_tokens=512,
            speed_class="q4",
            mixture=False,
            runtime="llama.cpp",
            calibration=CALIBRATION,
        )
        assert speed is None


def test_weights_in_ram_are_computed_by_the_card_beside_them() -> None:
    gpu_part = traffic(gpu(), 2_460_000_000, 0, 4_015_000_000, 16)
    host = traffic(cpu(cores=None), 2_460_000_000, 0, 4_015_000_000, 16)
    mixed = prefill(gpu_part, host).value
    assert prefill(traffic(cpu())).value < mixed < prefill(traffic(gpu())).value


def test_a_long_prompt_is_slowed_down_by_its_own_attention() -> None:
    # sp rows of a 4090, Llama-3-8B Q4_K_M, May 2024: 7,139 tokens a second for 512 of them, 4,040 for 8,192.
    item = traffic(gpu(), slope=131_072.0)
    short, long = prefill(item), prefill(item, prompt_tokens=65_536)
    assert long.value < 0.8 * short.value
    assert prefill(traffic(gpu()), prompt_tokens=65_536).value > long.value


def test_cards_that_share_the_layers_read_a_long_prompt_together() -> None:
    # Micro-batches follow each other through the cards; a single one has to wait for each. Four H100: 16,128 tokens a
    # second for 4,096 tokens, 8,055 for 512 (llama.cpp, May 2024).
    halves = [traffic(gpu(name=f"gpu{number}"), 1_230_183_424, 0, 2_007_500_000, 8) for number in range(4)]
    together, alone = prefill(*halves, prompt_tokens=8192).value, prefill(traffic(gpu()), prompt_tokens=8192).value
    assert 1.5 * alone < together < 4 * alone
    assert prefill(*halves).value < 1.1 * prefill(traffic(gpu())).value


def test_a_batch_reads_all_the_experts_that_its_tokens_choose() -> None:
    item = replace(traffic(gpu(), 2_000_000_000), expert_bytes=1_000_000_000, expert_ratio=16.0)
    assert item.touched(1) == pytest.approx(2_000_000_000)
    assert item.touched(2) == pytest.approx(1_000_000_000 * (1 + 16 * (1 - (15 / 16) ** 2)))
    assert item.touched(512) == pytest.approx(17_000_000_000)
    assert traffic(gpu(), 2_000_000_000).touched(512) == 2_000_000_000


def test_weights_in_ram_cross_the_link_once_a_batch() -> None:
    # RTX 4070 Laptop, Qwen3.6-35B-A3B, all experts in RAM (ghost91-): Q8 reads prompts about half as fast as IQ4_XS.
    card = gpu("Ada Lovelace", 256_000_000_000, 3.12e13, shader=1.56e13, watts=115)

    def read(experts: int) -> float:
        away = Traffic(
            device=cpu(cores=None), weight_bytes=experts // 32, kv_bytes=0, active_parameters=1_000_000_000, layers=40,
            expert_bytes=experts // 32, expert_ratio=32.0,
        )  # fmt: skip
        return prefill(traffic(card, 1_500_000_000, 0, 2_000_000_000, 40), away, prompt_tokens=4096, mixture=True).value

    assert 1.6 < read(17_000_000_000) / read(34_000_000_000) < 2.0
