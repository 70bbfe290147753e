"""Decode speed: measured rows as known answers, and what must hold for every machine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from speed_devices import CALIBRATION, cpu, gpu, traffic

from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Backend
from llmadvise.engine.speed import Traffic, decode_speed
from llmadvise.engine.speed.effects import Run
from llmadvise.engine.speed.rates import CURRENT

CLASSES = ("f16", "q8", "q56", "q4", "q23", "iq4", "iq123", "int4", "fp4", "fp8", None, "never measured")
RUNTIMES = ("llama.cpp", "ollama", "mlx-lm", "vllm", "never measured")
MACHINES = (
    ("Ada Lovelace", Backend.CUDA),
    ("Ampere", Backend.CUDA),
    ("RDNA 3.5", Backend.VULKAN),
    ("RDNA 4", Backend.ROCM),
    ("Apple M4", Backend.METAL),
    ("Xe-HPG", Backend.SYCL),
    ("of tomorrow", Backend.CUDA),
    (None, Backend.VULKAN),
)
INCREASE = st.floats(1.0, 20.0)


def decode(
    *items: Traffic,
    speed_class: str | None = "q4",
    mixture: bool = False,
    runtime: str = "llama.cpp",
    calibration: SpeedCalibration = CALIBRATION,
    run: Run = CURRENT,
) -> Range:
    speed = decode_speed(
        items, speed_class=speed_class, mixture=mixture, runtime=runtime, calibration=calibration, run=run
    )
    assert speed is not None
    return speed


# Rows of benchmarks/data/speed_truth.jsonl.gz: file bytes, cache bytes, parameters, layers, class, tokens a second.
LLAMA_3 = (33_554_432 // 4, 8_030_000_000, 32)
MEASURED = {
    "sp-7a9c6f068d": (traffic(gpu(), 4_920_733_696, *LLAMA_3), "q4", 130.58),
    "sp-5e4550db47": (traffic(gpu(), 16_068_890_000, *LLAMA_3), "f16", 54.84),
    "sp-b05c346884": (traffic(gpu(), 3_825_807_360, 33_554_432, 6_740_000_000, 32), "q4", 186.21),
    "sp-4d2e59f01b": (traffic(gpu("Ampere", 936_200_000_000, 7.12e13), 4_920_733_696, *LLAMA_3), "q4", 115.42),
}


@pytest.mark.parametrize("row", MEASURED)
def test_the_interval_holds_what_was_measured(row: str) -> None:
    item, speed_class, measured = MEASURED[row]
    # All were measured in May 2024 without flash attention.
    speed = decode(item, speed_class=speed_class, run=Run(old=True, flash=False))
    assert speed.low <= measured <= speed.high
    assert measured / 1.35 < speed.value < measured * 1.35


def test_a_4090_decodes_llama_3_1_8b_faster_with_a_build_of_today() -> None:
    # Rows sp-7a9c6f068d (130.58, May 2024) and its neighbours at other depths.
    then = decode(traffic(gpu()), run=Run(old=True, flash=False)).value
    assert 115 < then < 145
    assert then < decode(traffic(gpu())).value < 1.3 * then


def test_memory_that_outruns_the_shaders_is_not_reached() -> None:
    # An A100 (19.5 teraflops of shaders, 2,039 GB/s) reads 16 GB 53 times a second, 42 % of its bandwidth (sp rows of
    # May 2024); a 4090 (82.6, 1,008) reaches 87 %.
    starved = traffic(gpu("Ampere", 2_039_000_000_000, 3.12e14, shader=1.95e13, watts=400), 16_068_890_000)
    fed = traffic(gpu("Ampere", 2_039_000_000_000, 3.12e14, shader=8.26e13, watts=400), 16_068_890_000)
    assert decode(starved, speed_class="f16").value < 0.9 * decode(fed, speed_class="f16").value


def test_strix_halo_decodes_gpt_oss_20b_near_72() -> None:
    # sp-864540c544 and sp-a29c5e9b55, llama.cpp with ROCm: 73.03 and 73.05; gpt-oss-20b has 3.61 of 20.91 billion active.
    device = gpu("RDNA 3.5", 256_000_000_000, 2.97e13, backend=Backend.ROCM)
    item = traffic(device, 12_101_070_356 * 361 // 2091, 3_145_728, 3_610_000_000, 24)
    speed = decode(item, speed_class="fp4", mixture=True)
    assert speed.low < 73 < speed.high


@st.composite
def cases(draw: DrawFn) -> tuple[Traffic, str | None, bool, str]:
    architecture, backend = draw(st.sampled_from(MACHINES))
    device = gpu(
        architecture,
        draw(st.integers(20, 8000)) * 10**9,
        draw(st.none() | st.floats(1e12, 2e15)),
        backend=backend,
        shader=draw(st.none() | st.floats(1e12, 2e14)),
        assumed=draw(st.booleans()),
    )
    if draw(st.booleans()):
        device = cpu(draw(st.integers(10, 600)) * 10**9, draw(st.none() | st.integers(1, 192)))
    item = traffic(
        device,
        draw(st.integers(10**7, 10**12)),
        draw(st.integers(0, 10**11)),
        draw(st.integers(10**8, 10**12)),
        draw(st.integers(1, 128)),
    )
    return item, draw(st.sampled_from(CLASSES)), draw(st.booleans()), draw(st.sampled_from(RUNTIMES))


@given(cases())
@settings(max_examples=200, deadline=None)
def test_the_interval_contains_the_value(case: tuple[Traffic, str | None, bool, str]) -> None:
    item, speed_class, mixture, runtime = case
    speed = decode(item, speed_class=speed_class, mixture=mixture, runtime=runtime)
    assert 0 < speed.low < speed.value < speed.high


@given(cases(), INCREASE)
@settings(max_examples=200, deadline=None)
def test_more_bandwidth_is_never_slower(case: tuple[Traffic, str | None, bool, str], factor: float) -> None:
    item, speed_class, mixture, runtime = case
    bandwidth = item.device.memory_bandwidth
    assert bandwidth is not None
    faster = replace(item, device=replace(item.device, memory_bandwidth=round(bandwidth * factor)))
    before = decode(item, speed_class=speed_class, mixture=mixture, runtime=runtime)
    after = decode(faster, speed_class=speed_class, mixture=mixture, runtime=runtime)
    assert after.value >= before.value * (1 - 1e-9)


@given(cases(), INCREASE, INCREASE)
@settings(max_examples=200, deadline=None)
def test_more_bytes_and_more_depth_are_never_faster(
    case: tuple[Traffic, str | None, bool, str], weights: float, depth: float
) -> None:
    item, speed_class, mixture, runtime = case
    heavier = replace(
        item, weight_bytes=round(item.weight_bytes * weights), kv_bytes=round((item.kv_bytes + 1) * depth)
    )
    before = decode(item, speed_class=speed_class, mixture=mixture, runtime=runtime)
    after = decode(heavier, speed_class=speed_class, mixture=mixture, runtime=runtime)
    assert after.value <= before.value * (1 + 1e-9)


def test_a_mixture_is_timed_by_its_active_bytes() -> None:
    # Qwen3-30B-A3B as Q4_K_M (18.6 GB, 3.3 of 30.5 billion active) is faster than a dense 14B of half its size.
    mixture = decode(traffic(gpu(), 2_030_000_000, 6_291_456, 3_340_000_000, 48), mixture=True)
    dense = decode(traffic(gpu(), 8_990_000_000, 12_582_912, 14_770_000_000, 48))
    assert mixture.value > 1.5 * dense.value


def test_unknown_bandwidth_gives_no_speed() -> None:
    for items in ([traffic(gpu(bandwidth=None))], [traffic(gpu()), traffic(cpu(bandwidth=None))]):
        speed = decode_speed(items, speed_class="q4", mixture=False, runtime="llama.cpp", calibration=CALIBRATION)
        assert speed is None


def test_no_work_gives_no_speed() -> None:
    nothing = decode_speed([], speed_class="q4", mixture=False, runtime="llama.cpp", calibration=CALIBRATION)
    assert nothing is None


def test_an_assumed_bandwidth_widens_the_interval() -> None:
    known, assumed = decode(traffic(cpu())), decode(traffic(cpu(assumed=True)))
    assert assumed.value == known.value
    assert assumed.low < known.low
    assert assumed.high > known.high


def test_an_unseen_architecture_is_less_sure_than_a_measured_one() -> None:
    seen, unseen = decode(traffic(gpu())), decode(traffic(gpu("of tomorrow")))
    assert unseen.high / unseen.low > seen.high / seen.low
    assert seen.value / 1.6 < unseen.value < seen.value * 1.6


def test_layers_on_the_host_slow_a_model_down_but_less_than_all_of_it() -> None:
    half = traffic(gpu(), 2_460_000_000, 4_194_304, 4_015_000_000, 16)
    host = traffic(cpu(), 2_460_000_000, 4_194_304, 4_015_000_000, 16)
    mixed, alone = decode(half, host).value, decode(traffic(cpu())).value
    assert alone < mixed < decode(traffic(gpu())).value / 2


def test_a_split_over_two_cards_is_about_as_fast_as_one() -> None:
    # llama.cpp's layer split: the cards take turns (row groups of 2 and 4 cards in the data).
    items = [traffic(gpu(name=f"gpu{i}"), 2_460_366_848, 4_194_304, 4_015_000_000, 16) for i in range(2)]
    assert decode(*items).value == pytest.approx(decode(traffic(gpu())).value, rel=0.1)


def test_another_calibration_is_not_answered_from_the_memory_of_the_first() -> None:
    slower = replace(CALIBRATION, weights={**CALIBRATION.weights, "general": (-2.0, 0.1, 1)})
    item = traffic(gpu())
    first = decode(item).value
    assert decode(item, calibration=slower).value < first / 2
    assert decode(item).value == first
