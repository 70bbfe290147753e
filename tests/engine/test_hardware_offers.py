"""The walk through offers that were made up: which is named for which level, and which are passed over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_plans import base

from llmadvise.domain.deployment import HardwareClass, SpeedLevel
from llmadvise.domain.hardware import Backend, Cpu, Gpu, Hardware, Memory, Platform
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.hardware_walk import Found, Offer, Subject, walk
from llmadvise.engine.machine import Machine, machine_of
from llmadvise.engine.memory.from_catalog import layout_from_catalog
from llmadvise.units import GIB

RUNS, USABLE, COMFORTABLE = SpeedLevel
GPU, GPUS, CPU = HardwareClass.GPU, HardwareClass.GPUS, HardwareClass.CPU


def subject() -> Subject:
    """Qwen3-8B Q4_K_M: 4.7 GiB of weights, about 6.5 GiB with 8k tokens of context on a card."""
    catalog = base().catalog
    model = catalog.models["qwen/qwen3-8b"]
    variant = next(item for item in model.variants if item.quantization == "Q4_K_M" and item.bytes)
    quantization = catalog.quantizations["Q4_K_M"]
    layout = layout_from_catalog(model, variant, quantization)
    assert layout is not None
    return Subject(candidate=judge_model(model, base())[0], variant=variant, quantization=quantization, layout=layout)


def offer(
    size: int, bandwidth: int, kind: HardwareClass = GPU, *, count: int = 1, id_: str = "", **more: bool
) -> Offer:
    """So many GiB, read at so many GB/s."""
    name = id_ or f"{count}x{size} at {bandwidth}"
    return Offer(
        kind=kind, id=name, name=name.title(), group=str(count) if kind is not CPU else "cpu", memory_bytes=size * GIB,
        capacity_bytes=size * GIB, bandwidth=bandwidth, **more,
    )  # fmt: skip


def build(offer_: Offer) -> tuple[Hardware, Machine]:
    count = int(offer_.group) if offer_.kind is not CPU else 0
    each = offer_.memory_bytes // max(1, count)
    gpus = tuple(
        Gpu(
            index=index, vendor="nvidia", name="card", memory_bytes=each, budget_bytes=each, compute_capability="8.9",
            memory_bandwidth=offer_.bandwidth * 10**9 or None, backends=(Backend.CUDA,),
        )
        for index in range(count)
    )  # fmt: skip
    ram = 64 * GIB if count else offer_.memory_bytes
    bandwidth = 50 * 10**9 if count else offer_.bandwidth * 10**9
    hardware = Hardware(
        platform=Platform.LINUX, cpu=Cpu(cores=8, memory_bandwidth=bandwidth), memory=Memory(total_bytes=ram), gpus=gpus
    )
    catalog = base().catalog
    return hardware, machine_of(hardware, catalog.gpus, catalog.calibration.memory)


def walked(*offers: Offer) -> tuple[Found, ...]:
    return walk(base(), subject(), offers, build)


def told(*offers: Offer) -> list[tuple[str, tuple[SpeedLevel, ...]]]:
    return [(item.offer.id, item.levels) for item in walked(*offers)]


def test_the_smallest_that_reaches_a_level_is_named_for_it() -> None:
    assert told(offer(24, 900), offer(12, 8), offer(6, 900), offer(8, 8)) == [
        ("1x8 at 8", (RUNS,)),
        ("1x24 at 900", (USABLE, COMFORTABLE)),
    ]
    assert told(offer(8, 900), offer(24, 900)) == [("1x8 at 900", (RUNS, USABLE, COMFORTABLE))]
    assert told(offer(4, 900)) == []


def test_an_unknown_speed_runs_and_promises_nothing() -> None:
    assert told(offer(8, 0)) == [("1x8 at 0", (RUNS,))]


def test_of_one_size_consumers_then_surest_then_slowest_then_by_name() -> None:
    server, fast, slow = offer(8, 900, id_="a", consumer=False), offer(8, 900, id_="b"), offer(8, 600, id_="c")
    (found,) = walked(server, fast, slow)
    assert found.offer.id == "c"
    assert found.others == ("B", "A")
    assert walked(server)[0].others == ()
    assert walked(offer(8, 600, id_="y"), offer(8, 600, id_="x"))[0].offer.id == "x"


def test_four_others_are_named_once_each() -> None:
    offers = [offer(8, 600, id_=letter) for letter in "abcdefg"]
    assert walked(*offers)[0].others == ("B", "C", "D", "E")
    twins = [replace(offer(8, 600, id_=letter), name="Twin") for letter in "abc"]
    assert walked(*twins)[0].others == ("Twin",)


def test_others_reach_the_same_level() -> None:
    found = walked(offer(8, 900, id_="fast"), offer(8, 8, id_="slow"))
    assert [(item.offer.id, item.levels, item.others) for item in found] == [
        ("slow", (RUNS,), ("Fast",)),
        ("fast", (USABLE, COMFORTABLE), ()),
    ]


def test_cards_that_would_do_alone_are_not_offered_in_pairs() -> None:
    alone = offer(8, 900)
    assert told(alone, offer(16, 900, GPUS, count=2)) == [("1x8 at 900", (RUNS, USABLE, COMFORTABLE))]
    small_pair = offer(14, 900, GPUS, count=2)
    assert told(alone, small_pair) == [
        ("1x8 at 900", (RUNS, USABLE, COMFORTABLE)),
        ("2x14 at 900", (RUNS, USABLE, COMFORTABLE)),
    ]
    assert told(small_pair) == [("2x14 at 900", (RUNS, USABLE, COMFORTABLE))]


def test_more_than_a_pair_only_for_levels_that_fewer_do_not_reach() -> None:
    pair, four = offer(14, 900, GPUS, count=2), offer(16, 900, GPUS, count=4)
    assert [id_ for id_, _ in told(pair, four)] == ["2x14 at 900"]
    assert [id_ for id_, _ in told(four)] == ["4x16 at 900"]
    slow_pair = offer(14, 8, GPUS, count=2)
    assert told(slow_pair, four) == [("2x14 at 8", (RUNS,)), ("4x16 at 900", (USABLE, COMFORTABLE))]
    # RAM says nothing about cards: its levels are not taken from them.
    assert [id_ for id_, _ in told(offer(64, 400, CPU), four)] == [offer(64, 400, CPU).id, "4x16 at 900"]


def test_cards_hold_it_whole_and_ram_need_not() -> None:
    """A card of 4 GiB beside 64 GiB of RAM runs it partly, which is no answer to which card."""
    assert told(offer(5, 900)) == []
    (found,) = walked(offer(16, 50, CPU))
    assert found.plan.placement.devices == ("cpu",)
    assert found.machine.gpus == found.hardware.gpus == ()


@pytest.mark.parametrize(("asked", "levels"), [(0.0, (RUNS, USABLE)), (1000.0, (RUNS,)), (None, (RUNS, USABLE))])
def test_usable_is_what_was_asked_for(asked: float | None, levels: tuple[SpeedLevel, ...]) -> None:
    """A card that decodes at some tokens a second, in a use that is comfortable at 10,000."""
    question = replace(
        base(),
        requirements=replace(base().requirements, minimum_speed=asked),
        profile=replace(base().profile, speed=replace(base().profile.speed, comfortable=10_000.0)),
    )
    (found,) = walk(question, subject(), [offer(8, 900)], build)
    assert found.levels == levels
