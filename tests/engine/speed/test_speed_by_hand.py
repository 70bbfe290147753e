"""Seconds, intervals and gains worked out by hand from a calibration of round numbers."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import pytest
from made_speed import MADE, cpu, gpu, half, of, work_on

from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Backend
from llmadvise.engine.device import Device
from llmadvise.engine.speed import Traffic, decode_speed, prefill_speed
from llmadvise.engine.speed.effects import Run
from llmadvise.engine.speed.rates import CURRENT, prompt_device, prompt_flops
from llmadvise.engine.speed.serving import Serving, serve
from llmadvise.engine.speed.traffic import batches, pipelined


def decode(
    *items: Traffic,
    calibration: SpeedCalibration = MADE,
    mixture: bool = False,
    runtime: str = "llama.cpp",
    run: Run = CURRENT,
) -> Range:
    said = decode_speed(items, speed_class="q4", mixture=mixture, runtime=runtime, calibration=calibration, run=run)
    assert said is not None
    return said


def prefill(
    *items: Traffic, tokens: int = 1000, batch: int = 1000, calibration: SpeedCalibration = MADE, run: Run = CURRENT
) -> Range:
    said = prefill_speed(
        items, prompt_tokens=tokens, speed_class="q4", mixture=False, runtime="llama.cpp", calibration=calibration,
        run=run, batch_tokens=batch,
    )  # fmt: skip
    assert said is not None
    return said


def deviations(said: Range) -> tuple[float, float]:
    """How far the ends are from the value, in logarithms."""
    return log(said.value / said.low), log(said.high / said.value)


def test_times_of_a_token_add_up() -> None:
    """10 ms of weights, 4 ms of cache, 1 ms of layers; on a CPU the cores' 2 ns a parameter, shared by eight."""
    item = work_on(gpu(), kv_bytes=10**9, layers=100)
    assert decode(item).value == pytest.approx(1 / 0.015)
    slow = work_on(cpu(cores=8), kv_bytes=10**9, layers=100, active_parameters=4 * 10**8)
    assert decode(slow).value == pytest.approx(1 / (0.1 + 0.04 + 0.001 + 0.1))
    assert decode(replace(slow, device=cpu())).value == pytest.approx(1 / 0.141)


def test_doubts_are_weighed_by_the_time_they_are_about() -> None:
    """0.3 about 10 of 15 ms, 0.1 about 4, 0.2 about 1; beside them a noise of 0.1, and ends at -1 and 2 of it."""
    doubt = (10 * 0.3 + 4 * 0.1 + 1 * 0.2) / 15
    deviation = sqrt(0.1**2 + doubt**2)
    assert deviations(decode(work_on(gpu(), kv_bytes=10**9, layers=100))) == pytest.approx((deviation, 2 * deviation))
    slow = work_on(cpu(cores=8), active_parameters=4 * 10**8)
    doubt = (100 * 0.3 + 100 * 0.5) / 200
    assert deviations(decode(slow))[0] == pytest.approx(sqrt(0.1**2 + doubt**2))


def test_a_bandwidth_only_assumed_adds_its_own_doubt() -> None:
    """0.4 about the part of the time that rests on it: 14 of 15 ms here."""
    item = work_on(gpu(assumed=True), kv_bytes=10**9, layers=100)
    doubt = (10 * 0.3 + 4 * 0.1 + 1 * 0.2) / 15
    assert deviations(decode(item))[0] == pytest.approx(sqrt(0.1**2 + doubt**2 + (0.4 * 14 / 15) ** 2))


def test_effects_add_in_squares() -> None:
    more = replace(MADE, weights={"general": half(0.3), "class:q4": half(0.4), "backend:rocm": half(9.0)})
    assert decode(work_on(gpu()), calibration=more).value == pytest.approx(1 / 0.02)
    assert deviations(decode(work_on(gpu()), calibration=more))[0] == pytest.approx(sqrt(0.01 + 0.09 + 0.16))


def test_a_key_without_a_row_widens_by_its_kind() -> None:
    unseen = replace(MADE, unseen={"weights/class": 0.4, "weights/card": 0.0, "cache/backend": 5.0})
    assert decode(work_on(gpu()), calibration=unseen).value == decode(work_on(gpu())).value
    assert deviations(decode(work_on(gpu()), calibration=unseen))[0] == pytest.approx(sqrt(0.01 + 0.09 + 0.16))


def test_several_cards_gain_a_power_of_their_number_and_a_cpu_gains_none() -> None:
    """Halves one after the other take as long as the whole; four cards with the power 1/2 are twice as fast."""
    quarter = [work_on(gpu(f"gpu{number}"), 5 * 10**9 // 4) for number in range(4)]
    assert decode(*quarter).value == pytest.approx(2 * 100)
    assert decode(*quarter, runtime="ollama").value == pytest.approx(2 * 100)
    assert decode(*quarter, runtime="vllm").value == pytest.approx(100)
    assert decode(work_on(gpu()), work_on(cpu())).value == pytest.approx(1 / 0.11)


def test_a_cpu_beside_a_gpu_has_an_interval_of_its_own() -> None:
    both = decode(work_on(gpu()), work_on(cpu()))
    assert deviations(both) == pytest.approx((3 * sqrt(0.01 + 0.09),) * 2)
    alone = decode(work_on(cpu()))
    assert deviations(alone) == pytest.approx((sqrt(0.01 + 0.09), 2 * sqrt(0.01 + 0.09)))


def test_without_residuals_the_interval_is_that_of_a_normal_distribution() -> None:
    bare = replace(MADE, spread={})
    assert deviations(decode(work_on(gpu()), calibration=bare)) == pytest.approx((1.2816 * sqrt(0.1),) * 2, rel=1e-4)
    # Quantiles on one side only leave the value within.
    odd = replace(MADE, spread={"decode": (0.5, -0.5, 9)})
    assert deviations(decode(work_on(gpu()), calibration=odd)) == (0.0, 0.0)


def test_the_host_of_a_gpu_is_another_place_than_a_cpu_alone() -> None:
    beside = replace(MADE, weights={**MADE.weights, "cpu host": half()}, launch={"cpu host": of(0.001)})
    assert decode(work_on(gpu()), work_on(cpu()), calibration=beside).value == pytest.approx(1 / 0.21)
    assert decode(work_on(cpu()), calibration=beside).value == pytest.approx(1 / 0.1)


@pytest.mark.parametrize(
    "key",
    [
        "general", "backend:cuda", "vendor:acme|cuda", "architecture:Made", "architecture backend:Made|cuda",
        "card:Made@100.0", "kernels:ggml|cuda", "runtime:llama.cpp", "class:q4", "class kernels:q4|ggml",
        "class backend:q4|cuda", "class architecture:q4|Made", "class card:q4|Made@100.0", "card backend:Made@100.0|cuda",
        "mixture", "mixture backend:cuda", "mixture architecture:Made", "mixture architecture backend:Made|cuda",
        "mixture kernels:ggml", "mixture class:q4",
    ],
)  # fmt: skip
def test_each_effect_on_reading_weights_counts_once(key: str) -> None:
    """And where it applies only: those of mixtures to mixtures, those of GPUs not to CPUs."""
    only = replace(MADE, weights={key: half()}, vendors={"Made": "acme"})
    mixture = key.startswith("mixture")
    assert decode(work_on(gpu()), calibration=only, mixture=True).value == pytest.approx(100)
    assert decode(work_on(gpu()), calibration=only).value == pytest.approx(200 if mixture else 100)
    assert decode(work_on(cpu()), calibration=only, mixture=True).value == pytest.approx(20)


@pytest.mark.parametrize(
    ("part", "key"),
    [
        *(("launch", key) for key in (
            "backend:cuda", "architecture:Made", "architecture backend:Made|cuda", "kernels:ggml|cuda",
            "runtime:llama.cpp", "mixture", "mixture backend:cuda",
        )),
        *(("cache", key) for key in (
            "backend:cuda", "architecture:Made", "kernels:ggml|cuda", "runtime:llama.cpp", "mixture", "mixture backend:cuda",
        )),
    ],
)  # fmt: skip
def test_each_effect_on_layers_and_cache_counts_once(part: str, key: str) -> None:
    """Of layers a second each, of the cache a second each where all of the bandwidth is reached."""
    only = replace(MADE, **{part: {key: of(0.5)}})
    item = work_on(gpu(), 0, **{"layers": 1} if part == "launch" else {"kv_bytes": 10**12})
    halved = decode(item, calibration=only, mixture=True).value
    assert halved == pytest.approx(2.0 if part == "launch" else 0.5)
    assert decode(item, calibration=only).value == pytest.approx(1.0 if key.startswith("mixture") else halved)


@pytest.mark.parametrize(
    "key",
    [
        "backend:cpu", "architecture:x86_64", "class:q4", "class architecture:q4|x86_64", "kernels:ggml",
        "class kernels:q4|ggml", "vectors:avx2", "class vectors:q4|avx2",
    ],
)  # fmt: skip
def test_each_effect_on_the_arithmetic_of_a_cpu_counts_once(key: str) -> None:
    only = replace(MADE, compute={key: half()})
    item = work_on(replace(cpu(cores=1), vectors="avx2"), 0, active_parameters=10**9)
    assert decode(item, calibration=only).value == pytest.approx(2.0)


def test_slopes_are_of_the_logarithm_beyond_a_unit() -> None:
    """500 GB/s, 100 operations a byte: twice the one, the very other; shaders that ask for 60 a byte are as usual."""
    steep = replace(MADE, weights={"slope bandwidth:cuda": (1.0, 0.0, 1), "slope balance:cuda": (7.0, 0.0, 1)})
    assert decode(work_on(gpu()), calibration=steep).value == pytest.approx(2 * 200)
    assert decode(work_on(gpu(flops=2e14)), calibration=steep).value == pytest.approx(2 * 200 * 2**7)
    assert decode(work_on(gpu(flops=None)), calibration=steep).value == pytest.approx(2 * 200)
    fed = replace(MADE, weights={"slope feed": (1.0, 0.0, 1), "slope feed backend:cuda": (1.0, 0.0, 1)})
    for shader, part in ((6e13, 1.0), (3e13, 0.75), (3e15, 100 / 101 * 1.5)):
        device = replace(gpu(), shader_flops=shader)
        assert decode(work_on(device), calibration=fed).value == pytest.approx(200 * part**2)


@pytest.mark.parametrize(
    ("run", "slower"),
    [
        (Run(), 1.0),
        (Run(old=True), 4.0),
        (Run(flash=False), 1.0),
        (Run(old=True, flash=None), 4.0),
    ],
)
def test_an_old_build_takes_longer(run: Run, slower: float) -> None:
    then = replace(
        MADE, run={"decode old:ggml": of(2.0), "decode old backend:ggml|cuda": of(2.0), "prefill old:ggml": of(9.0)}
    )
    assert decode(work_on(gpu()), calibration=then, run=run).value == pytest.approx(100 / slower)


def test_without_flash_attention_the_cache_is_read_more_slowly() -> None:
    off = replace(MADE, cache={"no flash": half()})
    item = work_on(gpu(), 0, kv_bytes=10**10)
    values = [decode(item, calibration=off, run=Run(flash=flash)).value for flash in (True, None, False)]
    assert values == pytest.approx([100, 100, 50])


def test_a_prompt_takes_its_operations_its_weights_and_its_layers() -> None:
    """1,000 tokens of a billion parameters are 40 ms of operations, the weights 10 ms, a hundred layers 10 ms."""
    item = work_on(gpu(), active_parameters=10**9, layers=100)
    assert prefill(item).value == pytest.approx(1000 / 0.06)
    # In batches of 100 the weights and the layers count ten times; a batch that is not full counts as one.
    assert prefill(item, batch=100).value == pytest.approx(1000 / 0.24)
    assert prefill(item, batch=2000).value == pytest.approx(1000 / 0.06)
    doubt = (40 * 0.2 + 10 * 0.4) / 60
    bare = replace(MADE, spread={"prefill": (-1.0, 1.0, 9)})
    assert deviations(prefill(item, calibration=bare))[0] == pytest.approx(sqrt(0.04 + doubt**2))


def test_attention_of_a_prompt_grows_with_its_square() -> None:
    """Eight operations a byte of cache, for half of the pairs of tokens, at a tenth of 10^14 a second."""
    item = work_on(gpu(), 0, kv_bytes_per_token=100_000.0)
    seconds = 8 * 100_000 * 1000 * 1000 / 2 / 1e13
    assert prefill(item).value == pytest.approx(1000 / seconds)
    assert prefill(item, tokens=4000).value == pytest.approx(4000 / (16 * seconds))
    bare = replace(MADE, spread={"prefill": (-1.0, 1.0, 9)})
    assert deviations(prefill(item, calibration=bare))[0] == pytest.approx(sqrt(0.04 + 0.36))


def test_weights_of_the_host_cross_the_link_and_their_attention_stays_there() -> None:
    """8 GB/s of the unit's 16: five gigabytes take 625 ms, once a batch; the card does the operations."""
    away = work_on(cpu(assumed=True), active_parameters=10**9, kv_bytes_per_token=100_000.0)
    both = prefill(work_on(gpu()), away)
    assert both.value == pytest.approx(1000 / (0.04 + 0.625 + 0.01))
    doubt = (40 * 0.2 + 625 * 0.7) / 675
    normal = 1.2816
    assert deviations(both)[0] == pytest.approx(normal * sqrt(0.04 + doubt**2), rel=1e-4), (
        "no bandwidth of the RAM in it"
    )


def test_an_assumed_bandwidth_counts_for_a_cpu_that_reads_by_itself() -> None:
    item = work_on(cpu(cores=100, assumed=True), active_parameters=10**9)
    # 1,000 tokens × 2 × 10^9 operations at half of 3.2 × 10^12 are 1.25 s, the weights 0.1.
    assert prefill(item).value == pytest.approx(1000 / 1.35)
    doubt, assumed = 1.25 * 0.2 / 1.35, 0.4 * 0.1 / 1.35
    assert deviations(prefill(item))[0] == pytest.approx(4 * sqrt(0.04 + doubt**2 + assumed**2))


@pytest.mark.parametrize(
    "key",
    [
        "backend:cuda", "vendor:acme|cuda", "architecture:Made", "architecture backend:Made|cuda", "card:Made@100.0",
        "kernels:ggml|cuda", "runtime:llama.cpp", "class:q4", "class kernels:q4|ggml", "class backend:q4|cuda",
        "class architecture:q4|Made",
    ],
)  # fmt: skip
def test_each_effect_on_operations_counts_once(key: str) -> None:
    only = replace(MADE, prefill={key: half()}, vendors={"Made": "acme"})
    assert prefill(work_on(gpu(), 0, active_parameters=10**9), calibration=only).value == pytest.approx(1000 / 0.04)


@pytest.mark.parametrize("key", ["vectors:avx2", "class vectors:q4|avx2", "vectors kernels:avx2|ggml", "host"])
def test_effects_of_a_cpu_on_operations(key: str) -> None:
    only = replace(MADE, prefill={f"cpu {key}": half()})
    item = work_on(replace(cpu(cores=100), vectors="avx2"), 0, active_parameters=10**9)
    # 32 × 10^9 operations a second and core.
    assert prefill(item, calibration=only).value == pytest.approx(1.6e12 / 2e9 * (2 if key == "host" else 1))


def test_slopes_of_reading_prompts() -> None:
    """Half a shader operation for each of the matrix units, three watts a shader teraflop: both as usual."""
    item = work_on(replace(gpu(), shader_flops=5e13, power_watts=150), 0, active_parameters=10**9)
    steep = replace(
        MADE,
        prefill={
            "slope balance:cuda": (2.0, 0.0, 1),
            "slope shader:cuda": (1.0, 0.0, 1),
            "slope power:cuda": (1.0, 0.0, 1),
        },
    )
    usual = prefill(item, calibration=steep).value
    assert usual == pytest.approx(1e14 / 2e9)
    for changes, factor in (
        ({"shader_flops": 1e14, "power_watts": 300}, 2.0),
        ({"power_watts": 300}, 2.0),
        # Below a quarter the matrix units are those of a data centre card.
        ({"shader_flops": 1e13, "power_watts": 30}, 0.5),
        ({"memory_bandwidth": 5 * 10**11}, 4.0),
        ({"power_watts": None}, 1.0),
        ({"shader_flops": None}, 1.0),
    ):
        other = replace(item, device=replace(item.device, **changes))
        assert prefill(other, calibration=steep).value == pytest.approx(usual * factor), changes


@pytest.mark.parametrize(
    ("run", "attention", "all_of_it"),
    [(Run(), 1.0, 1.0), (Run(flash=False), 0.25, 1 / 9), (Run(flash=None), 0.5, 1 / 3)],
)
def test_flash_attention_off_or_not_known(run: Run, attention: float, all_of_it: float) -> None:
    item = work_on(gpu(), 0, kv_bytes_per_token=100_000.0)
    states = {"flash:off": half(), "flash backend:off|cuda": half(), "flash:unknown": half()}
    known = replace(MADE, attention={"general": of(0.1), **states})
    assert prefill(item, calibration=known, run=run).value == pytest.approx(25_000 * attention)
    whole = {"prefill flash:off": of(3.0), "prefill flash backend:off|cuda": of(3.0), "prefill flash:unknown": of(3.0)}
    slower = replace(MADE, run=whole)
    assert prefill(item, calibration=slower, run=run).value == pytest.approx(25_000 * all_of_it)


def test_batches_run_through_cards_in_a_row() -> None:
    """Ten batches through two cards take eleven turns of half the work: 20/11 as fast."""
    assert pipelined(1, 10.0) == 1.0
    assert pipelined(2, 10.0) == pytest.approx(20 / 11)
    assert pipelined(4, 1.0) == 1.0
    halves = [work_on(gpu(f"gpu{number}"), 0, active_parameters=5 * 10**8) for number in range(2)]
    assert prefill(*halves, batch=100).value == pytest.approx(1000 / 0.04 * 20 / 11)
    assert batches(100, 512) == 1.0
    assert batches(1024, 512) == 2.0


def test_the_quickest_card_computes_prompts_for_the_host() -> None:
    slow, quick = gpu("gpu0", flops=None), gpu("gpu1")
    host = cpu(cores=2)
    assert prompt_device(host, [slow, host, quick]) is quick
    assert prompt_device(slow, [slow, quick]) is slow
    assert prompt_device(host, [host]) is host
    assert prompt_flops(host) == 64e9
    assert prompt_flops(cpu()) is None
    assert prompt_flops(quick) == 1e14


def test_rates_are_kept_by_what_they_depend_on() -> None:
    """Devices that are equal, or that take another's place in memory, get their own."""
    rates = [decode(work_on(gpu(bandwidth=number * 10**12))).value for number in (1, 2, 1, 3)]
    assert rates == pytest.approx([100, 200, 100, 300])


def test_rates_stay_true_beyond_what_is_kept() -> None:
    made: list[Device] = [gpu(bandwidth=10**12 + number) for number in range(5000)]
    for device in made:
        decode(work_on(device))
    assert decode(work_on(gpu(bandwidth=2 * 10**12))).value == pytest.approx(200)


def serving(*items: Traffic, users: int, together: int | None = None, calibration: SpeedCalibration = MADE) -> Serving:
    found = serve(
        items, users=users, together=together or users, prompt_tokens=1000, work=("llama.cpp", "q4", False),
        calibration=calibration,
    )  # fmt: skip
    assert found is not None
    return found


def test_a_step_reads_weights_once_and_each_cache() -> None:
    """10 ms of weights, 1 ms of layers, and for each of four users 4 ms of cache; three more cost 2 ms of operations."""
    item = work_on(gpu(), kv_bytes=10**9, layers=100, active_parameters=5 * 10**7, kv_bytes_per_token=10.0)
    step = 0.010 + 0.001 + 4 * 0.004 + 3 * 2 * 5e7 / 5e13
    found = serving(item, users=4)
    assert found.together.value == pytest.approx(4 / step)
    assert found.each.value == pytest.approx(1 / step)
    assert found.users == 4
    doubt = (10 * 0.3 + 1 * 0.2 + 16 * 0.1 + 0.006 * log(2)) / (step * 1000)
    assert deviations(found.together) == pytest.approx((sqrt(0.01 + doubt**2), 2 * sqrt(0.01 + doubt**2)))
    assert deviations(found.each) == pytest.approx(deviations(found.together))


def test_the_cache_of_others_holds_their_prompts() -> None:
    """A user alone may be at depth 0; of several each has read a prompt of 1,000 tokens, 4 µs of cache for a token."""
    item = work_on(gpu(), kv_bytes_per_token=10**6)
    assert serving(item, users=1).together.value == pytest.approx(100)
    assert serving(item, users=2).together.value == pytest.approx(2 / (0.010 + 2 * 0.004))
    deep = replace(item, kv_bytes=2 * 10**9)
    assert serving(deep, users=2).together.value == pytest.approx(2 / (0.010 + 2 * 0.008))


def test_who_finds_no_slot_waits() -> None:
    found = serving(work_on(gpu()), users=6, together=2)
    assert found.together.value == pytest.approx(200)
    assert found.each.value == pytest.approx(200 / 6)
    assert serving(work_on(gpu()), users=2, together=9).together.value == pytest.approx(200)
    assert serving(work_on(gpu()), users=2, together=-1).together.value == pytest.approx(100)


def test_prompts_that_arrive_together_are_read_one_after_the_other() -> None:
    item = work_on(gpu(), 0, active_parameters=10**9)
    alone = prefill_speed(
        [item], prompt_tokens=1000, speed_class="q4", mixture=False, runtime="llama.cpp", calibration=MADE
    )
    first = serving(item, users=3).first_token
    assert alone is not None
    assert first is not None
    assert list(first) == pytest.approx([3000 / alone.value, 3000 / alone.high, 3000 / alone.low])


def test_without_operations_of_the_gpu_only_one_user_can_be_timed() -> None:
    blind = work_on(gpu(flops=None), active_parameters=10**9)
    alone = serving(blind, users=1)
    assert alone.first_token is None
    assert alone.each.value == pytest.approx(100)
    several = serve([blind], users=2, together=2, prompt_tokens=1000, work=("llama.cpp", "q4", False), calibration=MADE)
    assert several is None


def test_serving_counts_cores_gains_and_doubts_as_decoding_does() -> None:
    for items in (
        [work_on(cpu(cores=8), active_parameters=10**8)],
        [work_on(gpu("gpu0", assumed=True)), work_on(gpu("gpu1"))],
        [work_on(gpu()), work_on(cpu())],
        [work_on(gpu("gpu0")), work_on(gpu("gpu1")), work_on(cpu())],
        [work_on(gpu(), layers=3)],
    ):
        assert list(serving(*items, users=1).each) == pytest.approx(list(decode(*items)))
        beside = replace(MADE, weights={**MADE.weights, "cpu host": half(), "host": half()})
        apart = serving(*items, users=1, calibration=beside).each
        assert list(apart) == pytest.approx(list(decode(*items, calibration=beside)))


def test_nothing_to_do_is_served_by_nobody() -> None:
    nothing = serve([], users=2, together=2, prompt_tokens=9, work=("llama.cpp", "q4", False), calibration=MADE)
    assert nothing is None


def test_each_backend_has_its_own_architecture_of_effects() -> None:
    """A CPU's plain keys stand apart from those of GPUs."""
    apart = replace(MADE, weights={"general": half(), "cpu general": of(1.0)})
    assert decode(work_on(cpu()), calibration=apart).value == pytest.approx(20)
    vulkan = replace(gpu(), backend=Backend.VULKAN)
    assert decode(work_on(vulkan), calibration=apart).value == pytest.approx(100)


def test_what_a_batch_touches() -> None:
    """Each token chooses one expert of four by chance: two touch 1 + 3/4 of them on average."""
    item = work_on(gpu(), 3 * 10**9, expert_bytes=10**9, expert_ratio=4.0)
    assert item.touched(1) == pytest.approx(3 * 10**9)
    assert item.touched(2) == pytest.approx(2 * 10**9 + 1.75 * 10**9)
    assert item.touched(10**6) == pytest.approx(6 * 10**9)
    # Of five experts four are read by each: two tokens miss one with a chance of 1/25.
    most = work_on(gpu(), 10**9, expert_bytes=10**9, expert_ratio=1.25)
    assert most.touched(2) == pytest.approx(1.25 * (1 - 1 / 25) * 10**9)
    assert work_on(gpu(), 3 * 10**9, expert_bytes=10**9).touched(9) == 3 * 10**9
    assert work_on(gpu(), 3 * 10**9, expert_ratio=4.0).touched(9) == 3 * 10**9
