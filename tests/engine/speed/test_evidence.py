"""What measured runs say of others: the same run, runs that are alike, and those that nothing is known about."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speed_devices import CALIBRATION, cpu, gpu, traffic

from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Backend
from llmadvise.engine.speed import Traffic, decode_said, decode_speed, kept_model, prefill_speed
from llmadvise.engine.speed.cost import decode_cost
from llmadvise.engine.speed.measured import MeasuredRun, with_runs

DENSE = ("llama.cpp", "q4", False)
EIGHT = traffic(gpu())
FOUR = traffic(gpu(), weights=2_500_000_000, parameters=4_020_000_000, layers=36)


def decode(calibration: SpeedCalibration, item: Traffic, *, kind: str = "q4", mixture: bool = False) -> Range:
    """Decode speed that must be known."""
    said = decode_speed([item], speed_class=kind, mixture=mixture, runtime="llama.cpp", calibration=calibration)
    assert said is not None
    return said


def measured(
    item: Traffic, rate: float, *, deviation: float = 0.0, phase: str = "decode", tokens: int = 512
) -> MeasuredRun:
    """One rate of a dense model in four bits."""
    return MeasuredRun(
        id=f"{rate}", date="2026-11-21", phase=phase, rate=rate, deviation=deviation, traffic=(item,), work=DENSE,
        tokens=tokens, batch_tokens=512,
    )  # fmt: skip


def off(item: Traffic, factor: float) -> MeasuredRun:
    """A run so many times as fast as said."""
    return measured(item, decode(CALIBRATION, item).value * factor)


def width(said: Range) -> float:
    return log(said.high / said.low)


def test_nothing_measured_changes_nothing() -> None:
    assert with_runs(CALIBRATION, []) is CALIBRATION


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.0, 1.3])
def test_the_same_run_is_as_fast_as_it_was(factor: float) -> None:
    run = off(EIGHT, factor)
    said = decode(with_runs(CALIBRATION, [run]), EIGHT)
    assert said.value == pytest.approx(run.rate)
    plain = decode_said([EIGHT], DENSE, kept_model(CALIBRATION))
    assert plain is not None
    # One repeat scatters, and so did the one that was measured.
    part = CALIBRATION.alike["decode/repeat"] * sqrt(2) / sqrt(plain.interval.variance + plain.doubt**2)
    assert width(said) == pytest.approx(part * width(decode(CALIBRATION, EIGHT)), rel=1e-6)
    assert part < 0.5


def test_a_finetune_of_the_same_size_is_the_same_run() -> None:
    other = replace(EIGHT, weight_bytes=round(EIGHT.weight_bytes * 1.004), active_parameters=8_040_000_000)
    assert decode(with_runs(CALIBRATION, [off(EIGHT, 0.8)]), other).value == pytest.approx(off(EIGHT, 0.8).rate)


def test_another_model_moves_by_a_part_of_it() -> None:
    """By hand: c / (s^2) of the residual, with c = (machine + class + mixture) s_i s_j."""
    here = with_runs(CALIBRATION, [off(EIGHT, 0.7)])
    alike = CALIBRATION.alike
    part = alike["decode/machine"] + alike["decode/class"] + alike["decode/mixture"]
    model = kept_model(CALIBRATION)
    one, other = (decode_said([item], DENSE, model) for item in (EIGHT, FOUR))
    assert one is not None
    assert other is not None
    spreads = [sqrt(item.interval.variance + item.doubt**2) for item in (one, other)]
    moved = log(decode(here, FOUR).value / decode(CALIBRATION, FOUR).value)
    assert moved == pytest.approx(part * spreads[1] / spreads[0] * log(0.7), rel=1e-6)
    left = sqrt(1 - part * part)
    assert width(decode(here, FOUR)) == pytest.approx(width(decode(CALIBRATION, FOUR)) * left, rel=1e-6)


def test_what_is_less_alike_moves_less() -> None:
    here = with_runs(CALIBRATION, [off(EIGHT, 0.7)])
    moved = [
        abs(
            log(
                decode(here, FOUR, kind=kind, mixture=mixture).value
                / decode(CALIBRATION, FOUR, kind=kind, mixture=mixture).value
            )
        )
        for kind, mixture in (("q4", False), ("q8", False), ("q8", True))
    ]
    assert moved[0] > moved[1] > moved[2] > 0


def test_another_depth_of_the_same_file_moves_most() -> None:
    here = with_runs(CALIBRATION, [off(EIGHT, 0.7)])
    deep = replace(EIGHT, kv_bytes=2_000_000_000)
    ratios = [decode(here, item).value / decode(CALIBRATION, item).value for item in (deep, FOUR)]
    assert 0.7 < ratios[0] < ratios[1] < 1


def test_a_scattered_measurement_weighs_less() -> None:
    moved = [
        abs(
            log(
                decode(with_runs(CALIBRATION, [replace(off(EIGHT, 0.7), deviation=scatter)]), FOUR).value
                / decode(CALIBRATION, FOUR).value
            )
        )
        for scatter in (0.0, 0.2, 1.0)
    ]
    assert moved[0] > moved[1] > moved[2] > 0


@pytest.mark.parametrize("device", [gpu(backend=Backend.VULKAN), cpu()])
def test_other_devices_and_backends_stay_as_they_are(device: object) -> None:
    here = with_runs(CALIBRATION, [off(EIGHT, 0.7)])
    item = replace(FOUR, device=device)  # type: ignore[arg-type]
    assert decode(here, item) == decode(CALIBRATION, item)


def test_where_a_cpu_helps_a_gpu_only_runs_of_the_same_file_say_anything() -> None:
    def split(weights: int, part: float) -> tuple[Traffic, ...]:
        sizes = {"parameters": round(weights * 1.6), "layers": 20}
        gpu_part, rest = round(weights * part), round(weights * (1 - part))
        return traffic(gpu(), weights=gpu_part, **sizes), traffic(cpu(), weights=rest, **sizes)

    def said(calibration: SpeedCalibration, items: tuple[Traffic, ...]) -> float:
        found = decode_speed(items, speed_class="q4", mixture=False, runtime="llama.cpp", calibration=calibration)
        assert found is not None
        return found.value

    run = replace(measured(EIGHT, said(CALIBRATION, split(5 * 10**9, 0.6)) * 0.7), traffic=split(5 * 10**9, 0.6))
    here = with_runs(CALIBRATION, [run])
    assert said(here, split(9 * 10**9, 0.6)) == said(CALIBRATION, split(9 * 10**9, 0.6))
    assert 0.7 < said(here, split(5 * 10**9, 0.3)) / said(CALIBRATION, split(5 * 10**9, 0.3)) < 0.95


def test_a_bandwidth_only_assumed_is_the_same_error_in_every_run() -> None:
    """A machine whose RAM is half as fast as assumed: one run tells nearly all about it."""
    slow = cpu(assumed=True, cores=None)
    first, other = traffic(slow), replace(FOUR, device=slow)
    here = with_runs(CALIBRATION, [off(first, 0.5)])
    moved = log(decode(here, other).value / decode(CALIBRATION, other).value) / log(0.5)
    known = replace(slow, bandwidth_assumed=False)
    exact = with_runs(CALIBRATION, [off(traffic(known), 0.5)])
    less = log(decode(exact, replace(FOUR, device=known)).value / decode(CALIBRATION, other).value) / log(0.5)
    assert 0.7 < moved < 1
    assert moved > less


def test_prompts_of_another_length_and_prompts_alone() -> None:
    def prefill(calibration: SpeedCalibration, tokens: int) -> Range:
        said = prefill_speed(
            [EIGHT], prompt_tokens=tokens, speed_class="q4", mixture=False, runtime="llama.cpp", calibration=calibration
        )
        assert said is not None
        return said

    rate = prefill(CALIBRATION, 512).value * 0.6
    here = with_runs(CALIBRATION, [measured(EIGHT, rate, phase="prefill")])
    assert prefill(here, 512).value == pytest.approx(rate)
    assert 0.6 < prefill(here, 4096).value / prefill(CALIBRATION, 4096).value < 1
    assert decode(here, EIGHT) == decode(CALIBRATION, EIGHT), "prompts say nothing of decoding"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0.3, 3.0), st.integers(1, 40)), min_size=1, max_size=30))
def test_more_measurements_never_widen_the_interval_nor_go_beyond_what_was_seen(found: list[tuple[float, int]]) -> None:
    items = [
        traffic(gpu(), weights=size * 10**9, parameters=size * 1_700_000_000, layers=20 + size) for _, size in found
    ]
    runs = [off(item, factor) for item, (factor, _) in zip(items, found, strict=True)]
    plain = decode(CALIBRATION, FOUR)
    few, many = (decode(with_runs(CALIBRATION, chosen), FOUR) for chosen in (runs[:1], runs))
    assert width(few) <= width(plain) * (1 + 1e-9)
    assert width(many) <= width(few) * (1 + 1e-9)
    factors = [factor for factor, _ in found]
    assert min(1.0, *factors) * (1 - 1e-9) <= many.value / plain.value <= max(1.0, *factors) * (1 + 1e-9)
    assert many.low < many.value < many.high


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.3, 3.0), min_size=1, max_size=5), st.integers(1, 40))
def test_a_bound_from_above_is_one(factors: list[float], size: int) -> None:
    runs = [
        off(traffic(gpu(), weights=n * 10**9, parameters=n * 10**9), factor)
        for n, factor in enumerate(factors, start=1)
    ]
    here = with_runs(CALIBRATION, runs)
    item = traffic(gpu(), weights=size * 10**9, parameters=size * 10**9)
    cost = decode_cost([item.device], ("llama.cpp", "q4", False), kept_model(here))
    assert cost is not None
    most = 1 / cost.seconds(item.weight_bytes, item.layers, item.active_parameters)
    assert most >= decode(here, item).value * (1 - 1e-9)
