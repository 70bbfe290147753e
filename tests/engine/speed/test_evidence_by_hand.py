"""Measured runs and what follows for others, worked out by hand: normal deviations with round covariances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, log, sqrt

import pytest
from made_speed import MADE, cpu, gpu, work_on

from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.estimate import Range
from llmadvise.engine.speed import Traffic, decode_speed, kept_model, prefill_speed
from llmadvise.engine.speed.cost import decode_cost
from llmadvise.engine.speed.measured import MeasuredRun, with_runs
from llmadvise.engine.speed.rates import Work
from llmadvise.engine.speed.serving import serve

ALIKE = replace(
    MADE,
    alike={
        "decode/machine": 0.2, "decode/class": 0.1, "decode/mixture": 0.2, "decode/work": 0.3, "decode/repeat": 0.05,
        "prefill/machine": 0.5, "prefill/repeat": 0.05,
    },
    spread={"decode": (-1.0, 1.0, 9), "prefill": (-1.0, 1.0, 9), "decode partial": (-1.0, 1.0, 9)},
)  # fmt: skip
VARIANCE = 0.1**2 + 0.3**2
"""Of what is said of a run that reads nothing but weights: noise and doubt."""
DENSE: Work = ("llama.cpp", "q4", False)


def run(
    *items: Traffic,
    rate: float,
    date: str = "2026-11-01",
    deviation: float = 0.0,
    work: Work = DENSE,
    tokens: int = 0,
    batch: int = 512,
    phase: str = "decode",
) -> MeasuredRun:
    return MeasuredRun(
        id=f"{date}-{rate}", date=date, phase=phase, rate=rate, deviation=deviation, traffic=items, work=work,
        tokens=tokens, batch_tokens=batch,
    )  # fmt: skip


def decode(items: Sequence[Traffic], *runs: MeasuredRun, work: Work = DENSE) -> Range:
    calibration: SpeedCalibration = with_runs(ALIKE, runs)
    said = decode_speed(items, speed_class=work[1], mixture=work[2], runtime=work[0], calibration=calibration)
    assert said is not None
    return said


def behind(items: Sequence[Traffic], *runs: MeasuredRun, work: Work = DENSE) -> tuple[int, bool]:
    """How many runs a rate rests on, and whether they are the very same."""
    evidence = kept_model(with_runs(ALIKE, runs)).evidence
    assert evidence is not None
    found, exact = evidence.behind("decode", items, work)
    return len(found), exact


def width(said: Range) -> float:
    return log(said.high / said.low) / 2


FIVE, TEN, TWENTY = (work_on(gpu(), size * 10**9, active_parameters=size * 10**9) for size in (5, 10, 20))
"""100, 50 and 25 tokens a second, as the calibration has it."""


@pytest.mark.parametrize(
    ("work", "shared"),
    [
        (DENSE, 0.2 + 0.1 + 0.2),
        (("llama.cpp", "q8", False), 0.2 + 0.2),
        (("llama.cpp", "q4", True), 0.2 + 0.1),
        (("llama.cpp", "q8", True), 0.2),
        (("ollama", "q4", False), 0.2 + 0.1 + 0.2),
    ],
)
def test_one_run_moves_another_by_what_they_share(work: Work, shared: float) -> None:
    """A run twice as fast as said: the expected deviation of the other is the shared part of its logarithm."""
    said = decode([TEN], run(FIVE, rate=200.0), work=work)
    assert said.value == pytest.approx(50 * 2**shared)
    assert width(said) == pytest.approx(sqrt(VARIANCE * (1 - shared**2)))


def test_a_run_with_another_library_says_nothing() -> None:
    assert decode([TEN], run(FIVE, rate=200.0), work=("vllm", "q4", False)) == decode([TEN], work=("vllm", "q4", False))


def test_two_runs_move_more_than_one_and_less_than_twice() -> None:
    """Both off by r, with covariance 0.5 to each other and to the third: it moves by 2 × 0.5 / 1.5 of r."""
    said = decode([TWENTY], run(FIVE, rate=200.0), run(TEN, rate=100.0))
    assert said.value == pytest.approx(25 * 2 ** (2 * 0.5 / 1.5))
    assert width(said) == pytest.approx(sqrt(VARIANCE * (1 - 2 * 0.25 / 1.5)))


def test_two_runs_that_disagree_cancel() -> None:
    said = decode([TWENTY], run(FIVE, rate=200.0), run(TEN, rate=25.0))
    assert said.value == pytest.approx(25.0)


def test_the_scatter_of_rounds_makes_a_run_weigh_less() -> None:
    said = decode([TEN], run(FIVE, rate=200.0, deviation=sqrt(VARIANCE)))
    assert said.value == pytest.approx(50 * 2 ** (0.5 / 2))


def test_the_same_file_at_another_depth_shares_its_own_part_too() -> None:
    """A cache of a gigabyte more is another depth: 4 ms beside the 10."""
    deep = replace(FIVE, kv_bytes=10**9)
    spread = sqrt(0.1**2 + ((10 * 0.3 + 4 * 0.1) / 14) ** 2)
    said = decode([deep], run(FIVE, rate=200.0))
    assert said.value == pytest.approx(1 / 0.014 * exp(0.8 * spread / sqrt(VARIANCE) * log(2)))


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"weight_bytes": 5_050_000_000}, True),
        ({"weight_bytes": 5_051_000_000}, False),
        ({"weight_bytes": 4_950_000_000}, True),
        ({"weight_bytes": 4_949_000_000}, False),
        ({"active_parameters": 5_050_000_000}, True),
        ({"active_parameters": 5_051_000_000}, False),
        ({"kv_bytes": 102_000_000}, True),
        ({"kv_bytes": 102_100_000}, False),
        ({"layers": 1}, False),
    ],
)
def test_what_counts_as_the_same_run(changes: dict[str, int], same: bool) -> None:
    """docs/bench.md: weights and parameters within one per cent, the cache within two of what is read."""
    item = replace(FIVE, **changes)
    assert behind([item], run(FIVE, rate=200.0)) == (1, same)
    if same:
        assert decode([item], run(FIVE, rate=200.0)).value == pytest.approx(200)


def test_the_same_work_on_another_card_or_on_two_is_another_run() -> None:
    other = replace(FIVE, device=gpu("gpu1"))
    assert behind([other], run(FIVE, rate=200.0)) == (1, False), "a card of the same name is like it"
    named = replace(FIVE, device=replace(gpu(), name="another card"))
    assert behind([named], run(FIVE, rate=200.0)) == (0, False)
    halves = [work_on(replace(gpu(), id=name), 25 * 10**8, active_parameters=25 * 10**8) for name in ("gpu0", "gpu1")]
    assert behind(halves, run(FIVE, rate=200.0)) == (0, False)
    assert behind(halves[::-1], run(*halves, rate=90.0)) == (1, True), "in any order"
    apart = [replace(halves[0], weight_bytes=10**9), replace(halves[1], weight_bytes=4 * 10**9)]
    assert behind(apart, run(*halves, rate=90.0)) == (1, False)


def test_another_kind_of_weights_is_another_run() -> None:
    assert behind([FIVE], run(FIVE, rate=200.0), work=("llama.cpp", "q8", False)) == (1, False)
    assert behind([FIVE], run(FIVE, rate=200.0), work=("ollama", "q4", False)) == (1, True)


def test_beside_a_cpu_a_run_rests_on_those_of_its_own_file() -> None:
    both = work_on(gpu(), 3 * 10**9), work_on(cpu(), 2 * 10**9)
    shifted = work_on(gpu(), 2 * 10**9), work_on(cpu(), 3 * 10**9)
    larger = work_on(gpu(), 6 * 10**9), work_on(cpu(), 4 * 10**9)
    runs = run(*both, rate=10.0), run(*larger, rate=20.0)
    assert behind(shifted, *runs) == (1, False)
    assert behind(both, *runs) == (1, True)
    assert decode(shifted, runs[1]) == decode(shifted)


def test_repeats_are_averaged_by_how_sure_they_are() -> None:
    """Of runs with deviations 0 and sqrt(3) repeats the first weighs four times as much."""
    repeat = 0.05
    runs = run(FIVE, rate=200.0), run(FIVE, rate=100.0, deviation=sqrt(3) * repeat)
    said = decode([FIVE], *runs)
    assert said.value == pytest.approx(exp(0.8 * log(200) + 0.2 * log(100)))
    left = sqrt(repeat**2 + 1 / (1 / repeat**2 + 1 / (4 * repeat**2)))
    assert width(said) == pytest.approx(left)


def test_what_is_known_never_gets_surer_than_a_repeat() -> None:
    """A run that shares everything leaves no doubt but that of making it again."""
    alike = replace(ALIKE, alike={**ALIKE.alike, "decode/machine": 0.5})
    said = decode_speed([TEN], speed_class="q4", mixture=False, runtime="llama.cpp",
                        calibration=with_runs(alike, [run(FIVE, rate=140.0, deviation=0.0)]))  # fmt: skip
    assert said is not None
    part = 0.5 + 0.1 + 0.2
    assert width(said) == pytest.approx(sqrt(VARIANCE * (1 - part**2)))
    sure = replace(ALIKE, alike={**ALIKE.alike, "decode/machine": 0.7})
    said = decode_speed([TEN], speed_class="q4", mixture=False, runtime="llama.cpp",
                        calibration=with_runs(sure, [run(FIVE, rate=140.0)]))  # fmt: skip
    assert said is not None
    assert width(said) == pytest.approx(0.05)


def test_of_many_runs_the_newest_count() -> None:
    new = [run(FIVE, rate=200.0, date=f"2026-11-{day:02}", deviation=0.1) for day in range(1, 25)]
    old = run(FIVE, rate=9999.0, date="2026-10-31", deviation=0.1)
    assert decode([TEN], old, *new) == decode([TEN], *new)
    newer = replace(old, date="2026-11-30", id="z")
    assert decode([TEN], newer, *new).value > decode([TEN], *new).value


def prompt(items: Sequence[Traffic], *runs: MeasuredRun, tokens: int = 1000, batch: int = 512) -> float:
    said = prefill_speed(
        items, prompt_tokens=tokens, speed_class="q4", mixture=False, runtime="llama.cpp",
        calibration=with_runs(ALIKE, runs), batch_tokens=batch,
    )  # fmt: skip
    assert said is not None
    return said.value


@pytest.mark.parametrize(
    ("tokens", "batch", "same"),
    [(1000, 512, True), (1111, 512, True), (1112, 512, False), (900, 512, True), (1000, 256, False)],
)
def test_a_prompt_of_nearly_the_same_length_is_the_same(tokens: int, batch: int, same: bool) -> None:
    item = work_on(gpu(), 0, active_parameters=10**9)
    measured = run(item, rate=9.0, tokens=1000, phase="prefill")
    assert (prompt([item], measured, tokens=tokens, batch=batch) == pytest.approx(9.0)) is same


def test_users_at_once_gain_what_one_was_measured_to_gain() -> None:
    measured = with_runs(ALIKE, [run(FIVE, rate=200.0)])
    plain, gained = (
        serve([FIVE], users=2, together=2, prompt_tokens=100, work=DENSE, calibration=given)
        for given in (ALIKE, measured)
    )
    assert plain is not None
    assert gained is not None
    assert gained.together.value == pytest.approx(2 * plain.together.value)
    elsewhere = serve([work_on(cpu(cores=8))], users=2, together=2, prompt_tokens=100, work=DENSE, calibration=measured)
    untouched = serve([work_on(cpu(cores=8))], users=2, together=2, prompt_tokens=100, work=DENSE, calibration=ALIKE)
    assert elsewhere == untouched


def test_the_cost_of_a_token_is_that_of_decoding_it() -> None:
    """For equal halves on two cards, for a card alone, for a CPU with its arithmetic, and beside a CPU."""
    for devices in ([gpu()], [gpu("gpu0"), gpu("gpu1")], [cpu(cores=8)], [gpu(), cpu(cores=8)]):
        part = len(devices)
        items = [
            work_on(device, 4 * 10**9 // part, active_parameters=8 * 10**9 // part, layers=32 // part)
            for device in devices
        ]
        cost = decode_cost(devices, DENSE, kept_model(ALIKE))
        assert cost is not None
        assert 1 / cost.seconds(4e9, 32, 8e9) == pytest.approx(decode(items).value)
    assert decode_cost([replace(gpu(), memory_bandwidth=None)], DENSE, kept_model(ALIKE)) is None


@pytest.mark.parametrize("rate", [50.0, 100.0, 300.0])
def test_no_run_is_said_to_be_quicker_than_its_bound(rate: float) -> None:
    """The same file with a little more to read, too, which is as fast as the one that was measured."""
    measured = with_runs(ALIKE, [run(FIVE, rate=rate)])
    cost = decode_cost([gpu()], DENSE, kept_model(measured))
    assert cost is not None
    for weights, cache in ((5.0, 0.0), (5.0505, 0.1), (8.0, 0.0), (4.0, 0.0)):
        item = replace(FIVE, weight_bytes=int(weights * 10**9), kv_bytes=int(cache * 10**9))
        said = decode_speed([item], speed_class="q4", mixture=False, runtime="llama.cpp", calibration=measured)
        assert said is not None
        assert said.value <= 1 / cost.seconds(item.weight_bytes, 0, 0)
    # And the bound is no wider than what counts as the same run makes it.
    assert 1 / cost.seconds(FIVE.weight_bytes, 0, 0) <= max(100.0, rate) * 1.05
