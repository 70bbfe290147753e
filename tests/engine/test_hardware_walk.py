"""The reverse question: hardware from the smallest upward."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.api.plan_offers import builder, offers
from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.catalog.load import load_catalog
from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.deployment import HardwareClass, SpeedLevel
from llmadvise.domain.hardware import Hardware, Platform
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.hardware_walk import Found, Subject, walk
from llmadvise.engine.memory.from_catalog import layout_from_catalog
from llmadvise.units import GIB

CATALOG = load_catalog()
OFFERS = tuple(offers(CATALOG))
BUILD = builder(CATALOG)


@cache
def walked(
    model: str, scheme: str, context: int, users: int = 1, kinds: frozenset[HardwareClass] | None = None
) -> tuple[Found, ...]:
    wanted = Requirements(context_length=context, users=users, asked=("context_length",))
    put = ask(Request(requirements=wanted, gpus=("none",)), CATALOG, Hardware(platform=Platform.LINUX))
    put = replace(put, installed=None)
    known = CATALOG.models[model]
    candidate, _ = judge_model(known, put)
    variant = next(item for item in known.variants if item.quantization == scheme and item.bytes and item.files)
    quantization = CATALOG.quantizations[scheme]
    layout = layout_from_catalog(known, variant, quantization)
    assert layout is not None
    subject = Subject(candidate=candidate, variant=variant, quantization=quantization, layout=layout)
    return walk(put, subject, (offer for offer in OFFERS if kinds is None or offer.kind in kinds), BUILD)


CARDS = frozenset({HardwareClass.GPU})


@pytest.mark.parametrize(
    ("model", "scheme", "gib"),
    [
        # 4.9 GB of weights, a cache of 1 GiB and the rest: cards of 8 GB hold it, cards of 6 do not.
        ("qwen/qwen3-8b", "Q4_K_M", 8),
        # What cards of 24 GB are bought for: 19.8 GB of weights; with 8k tokens of context 22 GB is enough.
        ("qwen/qwen3-32b", "Q4_K_M", 24),
        ("openai/gpt-oss-20b", "MXFP4", 16),  # its card: within 16 GB of memory
        ("openai/gpt-oss-120b", "MXFP4", 80),  # its card: on a single 80 GB GPU
    ],
)
def test_the_smallest_card_is_the_one_that_people_name(model: str, scheme: str, gib: int) -> None:
    first = walked(model, scheme, 8192, kinds=CARDS)[0]
    assert SpeedLevel.RUNS in first.levels
    assert gib * 0.75 < first.offer.memory_bytes / GIB <= gib


def test_each_group_goes_from_the_smallest_upward_and_names_a_level_once() -> None:
    rows = walked("qwen/qwen3-32b", "Q4_K_M", 8192)
    groups: dict[tuple[HardwareClass, str], list[Found]] = {}
    for row in rows:
        groups.setdefault((row.offer.kind, row.offer.group), []).append(row)
    assert {kind for kind, _ in groups} == set(HardwareClass)
    for members in groups.values():
        sizes = [row.offer.memory_bytes for row in members]
        assert sizes == sorted(sizes)
        levels = [level for row in members for level in row.levels]
        assert len(set(levels)) == len(levels)


def test_cards_and_macs_hold_the_whole_model() -> None:
    rows = walked("qwen/qwen3-32b", "Q4_K_M", 8192)
    assert all(
        row.plan.placement.kind is PlacementKind.GPU
        for row in rows
        if row.offer.kind in {HardwareClass.GPU, HardwareClass.GPUS, HardwareClass.MAC}
    )
    assert all(row.plan.fits for row in rows)


@settings(max_examples=12)
@given(
    st.sampled_from((("qwen/qwen3-8b", "Q4_K_M"), ("qwen/qwen3-32b", "Q4_K_M"), ("google/gemma-3-12b-it", "Q4_0"))),
    st.sampled_from((2048, 8192, 16384)),
)
def test_a_longer_context_or_more_users_never_need_a_smaller_machine(model: tuple[str, str], context: int) -> None:
    smallest = [
        _smallest(*model, context, 1),
        _smallest(*model, context * 2, 1),
        _smallest(*model, context * 2, 2),
    ]
    assert smallest == sorted(smallest)


def _smallest(model: str, scheme: str, context: int, users: int) -> int:
    return walked(model, scheme, context, users, CARDS)[0].offer.memory_bytes
