"""Whether a plan fits, how surely, by how much not, and what its settings say."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from engine_parts import a_plan, of_case
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.assessment import Placement, PlacementKind
from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Backend
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.case import DeviceBytes, Plan
from llmadvise.engine.device import Device
from llmadvise.engine.fit_chance import chance_within, device_chance, plan_chance
from llmadvise.engine.fixed import apply_options
from llmadvise.engine.memory.settings import EngineSettings, SplitMode
from llmadvise.engine.memory.shape import LayerCache, LayerState, Shape
from llmadvise.engine.picture import Beside
from llmadvise.engine.plan_context import cache_read, kv_text, kv_types, model_context, settings_for
from llmadvise.engine.plan_parts import Task, device_bytes, excess, fits, is_tight, tightest
from llmadvise.engine.rules.case_rules import CASE_RULES
from llmadvise.engine.rules.rule import block, note
from llmadvise.errors import UsageError
from llmadvise.units import GIB

NONE = Range(0.0, 0.0, 0.0)
ATTENTION = LayerCache(key_elements=1024, value_elements=512, kv_heads=8, key_head=128, value_head=64)
SHAPE = Shape(
    architecture="llama",
    layers=4,
    hidden_size=64,
    vocabulary_size=100,
    heads=4,
    query_elements=64,
    output_elements=64,
    caches=(ATTENTION, replace(ATTENTION, window=100), None, None),
    states=(None, None, LayerState(convolution_bytes=30, state_bytes=12), None),
    feed_forward_size=128,
)


def on(id_: str, budget: int, value: float, high: float | None = None) -> DeviceBytes:
    backend = Backend.CPU if id_ == "cpu" else Backend.CUDA
    device = Device(id=id_, backend=backend, budget_bytes=budget, memory_bandwidth=None)
    return DeviceBytes(device, 0, 0, 0, NONE, Range(value, value, value if high is None else high))


def of(*memory: DeviceBytes, pool: int | None = None, devices: tuple[str, ...] = ("gpu0",)) -> Plan:
    placement = Placement(kind=PlacementKind.OFFLOAD, gpu_layers=1, devices=devices)
    return a_plan(memory=memory, pool_bytes=pool, placement=placement)


def test_the_high_end_must_be_within_the_budget() -> None:
    assert fits((on("gpu0", 100, 90, 100),), None)
    assert not fits((on("gpu0", 100, 90, 101),), None)
    assert not fits((on("gpu0", 100, 90), on("cpu", 10, 11)), None)


def test_a_memory_that_is_shared_must_hold_all() -> None:
    both = (on("gpu0", 100, 60, 70), on("cpu", 100, 30))
    assert fits(both, 100)
    assert not fits(both, 99)


def test_excess_is_what_the_worst_lacks() -> None:
    assert excess(of(on("gpu0", 100, 90, 105), on("cpu", 50, 70))) == 20
    assert excess(of(on("gpu0", 100, 90, 95))) == -5
    assert excess(of(on("gpu0", 100, 60), on("cpu", 100, 60), pool=90)) == 30
    assert excess(of(on("gpu0", 100, 130), on("cpu", 100, 60), pool=190)) == 30


def test_what_does_not_fit_says_where() -> None:
    rule = next(rule for rule in CASE_RULES if rule.id == "does-not-fit")
    lacking = rule.judge(of_case(replace(of(on("gpu0", 10 * GIB, 12 * GIB), on("cpu", GIB, GIB / 2)), fits=False)))
    assert lacking is not None
    assert lacking.message == "needs up to 12.0 GiB on gpu0, 10.0 GiB may be used: 2.0 GiB too much"
    shared = of(on("gpu0", 46 * GIB, 45 * GIB), on("cpu", 40 * GIB, 3 * GIB), pool=46 * GIB)
    together = rule.judge(of_case(replace(shared, fits=False)))
    assert together is not None
    assert together.message == (
        "needs up to 48.0 GiB of the memory that CPU and GPU share, 46.0 GiB may be used: 2.0 GiB too much"
    )
    assert together.evidence == f"{48 * GIB} of {46 * GIB} bytes"


def test_the_tightest_device_is_one_that_works() -> None:
    gpu, host = on("gpu0", 100, 50), on("cpu", 100, 80)
    assert tightest(of(gpu, host)).device.id == "gpu0"
    assert tightest(of(gpu, host, devices=("gpu0", "cpu"))).device.id == "cpu"
    assert tightest(of(gpu, host, devices=())).device.id == "cpu"
    assert tightest(of(on("gpu0", 0, 1), on("gpu1", 100, 50), devices=("gpu0", "gpu1"))).device.id == "gpu0"


@pytest.mark.parametrize(("high", "tight"), [(900.0, False), (900.5, True), (100.0, False)])
def test_tight_leaves_less_than_a_tenth(high: float, tight: bool) -> None:
    assert is_tight(of(on("gpu0", 1000, 50, high))) is tight


def test_chances_of_devices_multiply() -> None:
    ninety, half = on("gpu0", 110, 100, 110), on("cpu", 100, 100, 110)
    assert device_chance(ninety) == pytest.approx(0.9)
    assert device_chance(half) == pytest.approx(0.5)
    assert plan_chance(of(ninety, half), None) == pytest.approx(0.45)


def test_a_shared_memory_may_be_the_likelier_to_be_full() -> None:
    both = of(on("gpu0", 1000, 100, 110), on("cpu", 1000, 100, 110))
    assert plan_chance(both, 200) == pytest.approx(0.5)
    assert plan_chance(both, 220) == pytest.approx(0.9)
    assert plan_chance(of(on("gpu0", 100, 100, 110)), 1 << 40) == pytest.approx(0.5)


def test_what_the_engine_refuses_has_no_chance() -> None:
    roomy = of(on("gpu0", 1000, 1, 2))
    assert plan_chance(replace(roomy, findings=(note("n", "said"),)), None) == pytest.approx(1.0)
    assert plan_chance(replace(roomy, findings=(block("b", "refused"),)), None) == 0.0


@given(value=st.floats(1, 1e12), width=st.floats(0.001, 0.9), budget=st.floats(1, 1e12))
def test_a_chance_below_and_above_the_best_guess(value: float, width: float, budget: float) -> None:
    found = chance_within(Range(value, value * (1 - width), value * (1 + width)), int(budget))
    assert (found >= 0.5) == (int(budget) >= value)


@pytest.mark.parametrize(
    ("text", "types", "again"),
    [
        ("f16", ("f16", "f16"), "f16"),
        ("q8_0,q4_0", ("q8_0", "q4_0"), "q8_0,q4_0"),
        ("q8_0, q8_0", ("q8_0", "q8_0"), "q8_0"),
    ],
)
def test_types_of_the_cache(text: str, types: tuple[str, str], again: str) -> None:
    assert kv_types(text) == types
    assert kv_text(EngineSettings(context_length=1, kv_type_k=types[0], kv_type_v=types[1])) == again


def test_every_user_has_a_slot_with_the_whole_context() -> None:
    alone = settings_for(Requirements(), 4096, EngineOptions())
    three = settings_for(Requirements(users=3, kv_type="q8_0,q4_0"), 4096, EngineOptions())
    assert (alone.context_length, alone.slots, alone.kv_unified, alone.kv_type_k) == (4096, 1, True, "f16")
    assert (three.context_length, three.slots, three.kv_unified) == (12288, 3, False)
    assert (three.kv_type_k, three.kv_type_v) == ("q8_0", "q4_0")


def test_what_a_token_reads_of_the_cache() -> None:
    """f16: two bytes an element; a layer with a window reads no more than that; a state is read at any depth."""
    settings = EngineSettings(context_length=4096)
    token = 2 * (1024 + 512)
    assert cache_read(SHAPE, settings, 0) == (0, 0, 0, 42, 42)
    assert cache_read(SHAPE, settings, 50) == (0, 50 * token, 100 * token, 100 * token + 42, 100 * token + 42)
    assert cache_read(SHAPE, settings, 1000)[2] == (1000 + 100) * token
    q8 = replace(settings, kv_type_k="q8_0", kv_type_v="q8_0")
    assert cache_read(SHAPE, q8, 32)[1] == 32 * (1024 + 512) // 32 * 34


def test_a_prompt_adds_the_same_for_each_of_its_tokens() -> None:
    found = model_context(SHAPE, Requirements(prompt_tokens=50, depth=7), 4096, EngineOptions())
    token = 2 * (1024 + 512)
    assert found.cache_slope == (0, token, 2 * token, 2 * token, 2 * token)
    assert found.cache_read == cache_read(SHAPE, found.settings, 7)
    assert model_context(SHAPE, Requirements(prompt_tokens=200), 4096, EngineOptions()).cache_slope[2] == token * 3 // 2
    assert model_context(SHAPE, Requirements(), 4096, EngineOptions()).cache_read == (0, 0, 0, 42, 42)
    on_cpu, on_gpu = found.cost(SHAPE, Backend.CPU), found.cost(SHAPE, Backend.CUDA)
    assert found.cost(SHAPE, Backend.CUDA) is on_gpu
    assert (on_cpu.gpu, on_gpu.gpu) == (False, True)


def test_what_the_user_says_is_what_holds() -> None:
    planned = EngineSettings(context_length=4096, slots=2, kv_unified=False)
    assert apply_options(planned, EngineOptions()) == planned
    said = apply_options(
        planned,
        EngineOptions(
            batch=100, ubatch=50, slots=4, kv_unified=True, outputs=3, flash_attention=False, swa_full=True,
            kv_offload=False, tensor_split=(1.0, 2.0), split_mode="ROW", engine_build="llama-cpp-python-0.3.36",
        ),
    )  # fmt: skip
    assert said == EngineSettings(
        context_length=4096, batch=100, ubatch=50, slots=4, kv_unified=True, outputs=3, flash_attention=False,
        swa_full=True, kv_offload=False, tensor_split=(1.0, 2.0), split_mode=SplitMode.ROW,
        engine_build="llama-cpp-python-0.3.36",
    )  # fmt: skip
    with pytest.raises(UsageError, match="unknown split mode 'diagonal'"):
        apply_options(planned, EngineOptions(split_mode="diagonal"))


def test_an_encoder_lies_on_the_device_that_is_loaded_first() -> None:
    """Its file is exact; its buffer may be half or twice what was computed."""
    memory = MemoryCalibration(driver_context_bytes={}, ram_reserve_bytes=0, gpu_reserve_bytes=0)
    task: Task = SimpleNamespace(calibration=SimpleNamespace(memory=memory), beside=Beside(weights=1000, buffer=100))  # type: ignore[assignment]  # what it looks at
    device = on("gpu0", 1, 1).device
    plain = device_bytes(task, device, 10, 20, 30)
    first = device_bytes(task, device, 10, 20, 30, main=True)
    assert (plain.weights, plain.kv_cache, plain.compute, plain.total.value) == (10, 20, 30, 60)
    assert (first.weights, first.kv_cache, first.compute) == (1010, 20, 130)
    assert first.total.value - plain.total.value == 1100
    assert first.total.low - plain.total.low == pytest.approx(1050)
    assert first.total.high - plain.total.high == pytest.approx(1200)
