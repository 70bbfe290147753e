"""From bare numbers to what is shown: sums, intervals, what they rest on, and seconds to the first token."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import Q4, a_candidate, a_plan, a_variant
from engine_plans import base

from llmadvise.domain.assessment import Placement, PlacementKind
from llmadvise.domain.cost import CostTerms
from llmadvise.domain.estimate import Basis, Range
from llmadvise.domain.hardware import Backend
from llmadvise.engine.case import Case, DeviceBytes, Plan
from llmadvise.engine.device import Device
from llmadvise.engine.present import ALTERNATIVES, cost_estimate, memory_estimate, present, speed_estimate

GPU = Device(id="gpu0", backend=Backend.CUDA, budget_bytes=1000, memory_bandwidth=None)
HOST = Device(id="cpu", backend=Backend.CPU, budget_bytes=500, memory_bandwidth=None, bandwidth_assumed=True)
MEMORY = (
    DeviceBytes(GPU, 600, 200, 50, Range(30.4, 10.0, 60.0), Range(880.4, 850.0, 1010.0)),
    DeviceBytes(HOST, 100, 0, 7, Range(0.0, 0.0, 0.0), Range(107.0, 103.6, 114.0)),
)


def a_case(plan: Plan | None = None, *, evidence: bool = True) -> Case:
    return Case(
        candidate=a_candidate(evidence=evidence), variant=a_variant(), quantization=Q4, plan=plan or a_plan(),
        kept=Range(0.987654, 0.98, 0.99), quality=Range(79.0123, 70.0, 85.0), grades=(), score=61.5, findings=(),
    )  # fmt: skip


def test_memory_adds_up_over_devices() -> None:
    found = memory_estimate(a_variant(source="Hub"), a_plan(memory=MEMORY), None)
    assert (found.total.value, found.total.low, found.total.high) == (987, 954, 1124)
    for part, size in ((found.weights, 700), (found.kv_cache, 200), (found.compute, 57)):
        assert (part.value, part.low, part.high) == (size, size, size)
    assert (found.overhead.value, found.overhead.low, found.overhead.high) == (30, 10, 60)
    assert [part.basis for part in (found.total, found.weights, found.kv_cache, found.overhead)] == [
        Basis.COMPUTED, Basis.DECLARED, Basis.COMPUTED, Basis.ASSUMED
    ]  # fmt: skip
    assert found.weights.sources == ("Hub",)
    assert found.total.sources[0] == "Hub"
    assert memory_estimate(a_variant(bytes_basis=None), a_plan(memory=MEMORY), None).total.basis is Basis.ASSUMED


def test_each_device_says_what_it_holds_and_what_is_left() -> None:
    gpu, host = memory_estimate(a_variant(), a_plan(memory=MEMORY), None).by_device
    assert (gpu.device, gpu.budget_bytes, gpu.used.value, gpu.headroom_bytes) == ("gpu0", 1000, 880, 120)
    assert (gpu.weights_bytes, gpu.kv_cache_bytes, gpu.compute_bytes, gpu.overhead_bytes) == (600, 200, 50, 30)
    assert (host.device, host.headroom_bytes) == ("cpu", 393)
    assert gpu.fit_chance == pytest.approx(0.8814, abs=1e-4)
    assert host.fit_chance == 1.0
    together = memory_estimate(a_variant(), a_plan(memory=MEMORY), 987).fit_chance
    # 0.4 below the best guess of 987.4, whose low end is 33.8 below: Phi(-0.4 x 1.2816 / 33.8).
    assert together == pytest.approx(0.4939, abs=1e-4), "what CPU and GPU share is the tighter one"


def test_the_first_token_comes_after_the_prompt_is_read() -> None:
    """512 tokens at 900 a second, as slow as 800 and as quick as 1000."""
    question = replace(base(), requirements=replace(base().requirements, prompt_tokens=512))
    found = speed_estimate(a_plan(), question, a_candidate(), Q4)
    assert found.time_to_first_token is not None
    assert found.decode is not None
    first = found.time_to_first_token
    assert (first.value, first.low, first.high) == (0.569, 0.512, 0.64)
    assert (found.decode.value, found.decode.low, found.decode.high) == (30.0, 20.0, 40.0)
    unknown = speed_estimate(a_plan(prefill=None, decode=None), question, a_candidate(), Q4)
    assert (unknown.prefill, unknown.decode, unknown.time_to_first_token) == (None, None, None)


def test_a_speed_rests_on_the_devices_that_work() -> None:
    alone = Placement(kind=PlacementKind.GPU, gpu_layers=1, devices=("gpu0",))
    both = replace(alone, devices=("gpu0", "cpu"))
    for placement, basis in ((alone, Basis.COMPUTED), (both, Basis.ASSUMED)):
        found = speed_estimate(a_plan(memory=MEMORY, placement=placement), base(), a_candidate(), Q4)
        assert found.decode is not None
        assert found.decode.basis is basis


def test_quality_is_rounded_and_says_what_it_rests_on() -> None:
    found = present([a_case()], base()).quality
    assert (found.estimate.value, found.retention.value, found.unquantized.value) == (79.01, 0.98765, 80.0)
    assert found.estimate.basis is Basis.COMPUTED
    guessed = present([a_case(evidence=False)], base()).quality
    assert guessed.estimate.basis is Basis.ASSUMED
    assert guessed.estimate.sources == tuple(base().catalog.calibration.quality.sources)


def test_others_stand_in_a_line_each() -> None:
    others = [replace(a_case(a_plan(memory=MEMORY)), score=float(number)) for number in range(ALTERNATIVES + 3)]
    found = present([a_case(), *others], base(), best_at=("speed",))
    assert [item.score for item in found.alternatives] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert found.best_at == ("speed",)
    line = found.alternatives[0]
    assert (line.memory_bytes, line.decode, line.quality) == (987, 30.0, 79.01)
    assert present([a_case(), a_case(a_plan(decode=None))], base()).alternatives[0].decode is None


def test_what_it_costs_is_told_where_prices_are() -> None:
    speed = speed_estimate(a_plan(), base(), a_candidate(), Q4)
    assert cost_estimate(a_plan(), base(), speed) is None
    terms = CostTerms(electricity_price=0.5, power_watts=360.0)
    found = cost_estimate(a_plan(), replace(base(), cost=terms), speed)
    assert found is not None
    assert found.writing.energy_kwh is not None
    # 360 W for a million tokens at 30 a second: 33,333 s.
    assert found.writing.energy_kwh.value == pytest.approx(360 * 1e6 / 30 / 3.6e6, rel=1e-4)


def test_several_users_are_served_together() -> None:
    """What all get is more than what one alone gets; each gets his part of it."""
    from engine_plans import Box, plan  # noqa: PLC0415 - beside the one test that plans

    box = Box(64, (24,))
    question = replace(base(), requirements=replace(base().requirements, users=4, context_length=4096))
    found = plan(box, ("qwen/qwen3-8b", "Q4_K_M"), 4096)
    assert speed_estimate(found, base(), a_candidate(), Q4).serving is None
    assert speed_estimate(replace(found, traffic=()), question, a_candidate(), Q4).serving is None
    serving = speed_estimate(found, question, a_candidate(), Q4).serving
    assert serving is not None
    assert serving.users == 4
    assert 0 < serving.each.low <= serving.each.value <= serving.each.high
    assert serving.together.value >= serving.each.value
