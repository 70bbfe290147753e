"""Bounds: never below what a layout reaches, exactly that where nothing is left open, and none where nothing is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import CHAT, FILL_IN, VECTORS
from engine_plans import FILES_OF_PLANS, Box, base, plan
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.domain.catalog import summaries
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Hardware
from llmadvise.engine.bounds import Bounds
from llmadvise.engine.machine import machine_of
from llmadvise.engine.scoring import weights_of

CPU = Box(256, ())
many = settings(max_examples=40, deadline=None, derandomize=True)


def bounds(box: Box, hardware: Hardware | None = None) -> Bounds:
    catalog = base().catalog
    machine = machine_of(hardware or box.hardware(), catalog.gpus, catalog.calibration.memory)
    return Bounds(base().profile, machine, catalog)


def fastest(box: Box, file: tuple[str, str], hardware: Hardware | None = None) -> float | None:
    catalog = base().catalog
    model = catalog.models[file[0]]
    variant = next(item for item in model.variants if item.quantization == file[1] and item.bytes)
    return bounds(box, hardware).fastest(model, variant, catalog.quantizations[file[1]].speed_class, "llama.cpp")


@many
@given(
    ram=st.integers(8, 128), cards=st.lists(st.sampled_from((6, 12, 24, 48)), max_size=2).map(tuple),
    file=st.sampled_from(FILES_OF_PLANS),
)  # fmt: skip
def test_no_plan_is_faster_than_its_bound(ram: int, cards: tuple[int, ...], file: tuple[str, str]) -> None:
    found, bound = plan(Box(ram, cards), file, 2048), fastest(Box(ram, cards), file)
    assert bound is not None
    assert found.decode is None or found.decode.value <= bound * (1 + 1e-9)


@pytest.mark.parametrize("file", FILES_OF_PLANS)
def test_on_one_device_the_bound_is_near(file: tuple[str, str]) -> None:
    """Nothing but the cache of a short context and the table of tokens stands between the two."""
    found, bound = plan(CPU, file, 2048), fastest(CPU, file)
    assert found.decode is not None
    assert bound == pytest.approx(found.decode.value, rel=0.12)


def test_more_of_a_model_than_the_cards_hold_is_read_from_ram() -> None:
    """Qwen3-14B Q8_0 is 14.6 GiB: of 15.7 GB a card of 8 GiB leaves about 7.6, which 70 GB/s read 9 times a second."""
    spilled, held = (
        fastest(Box(256, (8,)), ("qwen/qwen3-14b", "Q8_0")),
        fastest(Box(256, (24,)), ("qwen/qwen3-14b", "Q8_0")),
    )
    assert spilled is not None
    assert held is not None
    assert 6 < spilled < 14 < held


def test_an_unknown_bandwidth_has_no_bound() -> None:
    dark = replace(CPU.hardware(), cpu=replace(CPU.hardware().cpu, memory_bandwidth=None))
    assert fastest(CPU, FILES_OF_PLANS[0], dark) is None
    summary = next(item for item in summaries(base().catalog.models) if item.id == "qwen/qwen3-8b")
    assert bounds(CPU, dark).fastest_of_model(summary) is None


def test_what_reads_has_no_bound_by_decoding() -> None:
    catalog, machine = base().catalog, machine_of(CPU.hardware(), {}, base().catalog.calibration.memory)
    model = catalog.models["qwen/qwen3-8b"]
    variant = next(item for item in model.variants if item.quantization == "Q4_K_M" and item.bytes)
    summary = next(item for item in summaries(catalog.models) if item.id == model.id)
    for profile, bounded in ((CHAT, True), (FILL_IN, True), (VECTORS, False)):
        found = Bounds(profile, machine, catalog)
        assert (found.fastest(model, variant, "q4", "llama.cpp") is not None) is bounded
        assert (found.fastest_of_model(summary) is not None) is bounded
    assert Bounds(CHAT, machine, catalog).fastest(model, replace(variant, bytes=None), "q4", "llama.cpp") is None


@pytest.mark.parametrize("id_", ["qwen/qwen3-8b", "qwen/qwen3-30b-a3b", "openai/gpt-oss-20b"])
def test_a_model_is_bounded_by_its_smallest_file(id_: str) -> None:
    """No variant of it has a higher bound, and the bound is not far above the best of them."""
    catalog, of = base().catalog, bounds(CPU)
    model = catalog.models[id_]
    summary = next(item for item in summaries(catalog.models) if item.id == id_)
    whole = of.fastest_of_model(summary)
    each = [
        found
        for variant in model.variants
        if variant.bytes and variant.quantization in catalog.quantizations
        if (found := of.fastest(model, variant, catalog.quantizations[variant.quantization].speed_class, "llama.cpp"))
    ]
    assert whole is not None
    assert max(each) <= whole < 4 * max(each)


def test_the_bound_of_a_variant_is_its_grades_and_the_best_for_the_others() -> None:
    profile = replace(CHAT, weights={"quality": 5.0, "speed": 3.0, "license": 1.0, "memory-fit": 1.0})
    machine = machine_of(CPU.hardware(), {}, base().catalog.calibration.memory)
    of = Bounds(profile, machine, base().catalog)
    quality = Range(80.0, 60.0, 90.0)
    # Quality midway between 80 and 60; 20 tokens a second are comfortable, 4 just usable; memory may be ample.
    most = of.of_candidate(quality, {"license": 0.5})
    near = 0.0011
    """Above by what rounding may take, and no more."""
    assert of.of_variant(most, 20.0, 1.0) == pytest.approx(10 * (5 * 0.7 + 3 + 0.5 + 1), abs=near)
    assert of.of_variant(most, 4.0, 1.0) == pytest.approx(10 * (5 * 0.7 + 0 + 0.5 + 1), abs=near)
    assert of.of_variant(most, 4.0, 1.0) > 10 * (5 * 0.7 + 0 + 0.5 + 1)
    assert of.of_candidate(quality, {"license": 2.0}) == pytest.approx(10 * (5 * 0.7 + 3 + 1 + 1), abs=near)
    assert of.of_candidate(quality, {"license": -1.0}) == pytest.approx(10 * (5 * 0.7 + 3 + 0 + 1), abs=near)
    assert of.of_variant(most, None, 0.25) == of.of_variant(most, None, 1.0), "bits weigh nothing here"
    lost = of.lost(quality, Range(70.0, 50.0, 80.0))
    assert lost == pytest.approx(100 * 0.5 * 0.1, abs=0.0011)
    assert lost < 5.0, "less than the parts of a score lose when they are rounded"
    assert sum(weights_of(profile)) == 10.0
