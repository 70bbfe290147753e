"""The reverse question: of hardware from the smallest upward, the first that runs a variant, and how well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.deployment import HardwareClass, SpeedLevel
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.model import Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.case import Candidate, Plan
from llmadvise.engine.felt_speed import felt_speed
from llmadvise.engine.machine import Machine
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.placement import Planner
from llmadvise.engine.plan_context import ModelContext, kv_types
from llmadvise.engine.question import Question
from llmadvise.engine.runtimes import choose_runtimes, usable_runtimes, with_kernels
from llmadvise.record import dataclass

_OTHERS: Final = 4
"""Further devices of the same size that are named beside the first."""
_UNSURE: Final = 100.0
_PAIR: Final = "2"
_CARDS: Final = frozenset({HardwareClass.GPU, HardwareClass.GPUS})
_WHOLE: Final = frozenset({HardwareClass.GPU, HardwareClass.GPUS, HardwareClass.MAC})
"""Classes in which the model must lie on the GPUs: what is beside them is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One machine that could be had."""

    kind: HardwareClass
    id: str
    name: str
    group: str
    """Offers of one group are compared with each other: the count of cards, the sort of computer."""
    memory_bytes: int
    """What it is ordered by: memory of the GPUs, or the RAM where there are none or it is shared."""
    capacity_bytes: int
    """All memory that weights could lie in."""
    bandwidth: int
    """Of the memory; 0: unknown."""
    consumer: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The smallest offer of a group that reaches a level."""

    offer: Offer
    levels: tuple[SpeedLevel, ...]
    """Those that it is the smallest for."""
    machine: Machine
    hardware: Hardware
    plan: Plan
    others: tuple[str, ...]
    """Names of further devices with as much memory that reach the same level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is to run."""

    candidate: Candidate
    variant: Variant
    quantization: Quantization
    layout: WeightLayout


Build = Callable[[Offer], tuple[Hardware, Machine]]
"""The offer as a whole machine."""


def walk(question: Question, subject: Subject, offers: Iterable[Offer], build: Build) -> tuple[Found, ...]:
    """Of each group the smallest offer for each level, in the order of the groups."""
    contexts: dict[tuple[str, str], ModelContext] = {}
    found: list[Found] = []
    for _, group in groupby(offers, key=lambda offer: (offer.kind, offer.group)):
        few = {level for item in found if item.offer.kind in _CARDS for level in item.levels}
        here = sorted((offer for offer in group if not _needless(offer, found)), key=_size)
        if not here:
            continue
        # A pair may cost less than the one card that would do; more of them hardly do.
        levels = [level for level in SpeedLevel if not _many(here[0]) or level not in few]
        found.extend(_of_group(question, subject, here, levels, build=build, contexts=contexts))
    return tuple(found)


def _needless(offer: Offer, found: Sequence[Found]) -> bool:
    """Whether one of several cards would do alone, by its memory."""
    alone = next((item.offer.memory_bytes for item in found if item.offer.kind is HardwareClass.GPU), None)
    several = offer.kind is HardwareClass.GPUS
    return several and alone is not None and offer.memory_bytes // int(offer.group) >= alone


def _many(offer: Offer) -> bool:
    """More cards than a pair."""
    return offer.kind is HardwareClass.GPUS and offer.group != _PAIR


def _size(offer: Offer) -> tuple[int, str]:
    return (offer.memory_bytes, offer.id)


def _of_group(
    question: Question,
    subject: Subject,
    offers: Sequence[Offer],
    levels: Sequence[SpeedLevel],
    *,
    build: Build,
    contexts: dict[tuple[str, str], ModelContext],
) -> list[Found]:
    missing = list(levels)
    found: list[Found] = []
    least = _least_bytes(subject)
    for _, same in groupby((offer for offer in offers if offer.capacity_bytes >= least), key=lambda o: o.memory_bytes):
        tried = list(_tried(question, subject, list(same), build, contexts))
        while missing:
            reaching = sorted((item for item in tried if missing[0] in item.levels), key=_sureness)
            if not reaching:
                break
            first = reaching[0]
            reached = tuple(level for level in missing if level in first.levels)
            missing = missing[len(reached) :]
            found.append(_found(first, reached, reaching))
        if not missing:
            break
    return found


class _Tried(NamedTuple):
    """An offer that runs the variant, with the levels that it reaches."""

    offer: Offer
    levels: tuple[SpeedLevel, ...]
    hardware: Hardware
    machine: Machine
    plan: Plan


def _tried(
    question: Question,
    subject: Subject,
    offers: Sequence[Offer],
    build: Build,
    contexts: dict[tuple[str, str], ModelContext],
) -> Iterator[_Tried]:
    """Those that run it; cards and Macs whole."""
    for offer in offers:
        hardware, machine = build(offer)
        plan = plan_on(question, subject, machine, contexts)
        if plan is None or not plan.fits:
            continue
        if offer.kind in _WHOLE and plan.placement.kind is not PlacementKind.GPU:
            continue
        yield _Tried(offer, _levels(question, plan), hardware, machine, plan)


def _sureness(tried: _Tried) -> tuple[bool, float, int, str]:
    """Of one size what consumers buy first, then what the speed is surest of, then the slowest memory."""
    offer, decode = tried.offer, tried.plan.decode
    width = _UNSURE if decode is None or decode.low <= 0.0 else min(_UNSURE, round(decode.high / decode.low, 1))
    return (not offer.consumer, width, offer.bandwidth, offer.id)


def _found(first: _Tried, levels: tuple[SpeedLevel, ...], reaching: Sequence[_Tried]) -> Found:
    names = [item.offer.name for item in reaching if levels[-1] in item.levels and item.offer.id != first.offer.id]
    return Found(
        offer=first.offer,
        levels=levels,
        machine=first.machine,
        hardware=first.hardware,
        plan=first.plan,
        others=tuple(dict.fromkeys(names))[:_OTHERS],
    )


def _least_bytes(subject: Subject) -> int:
    """No machine with less memory than the blocks alone take can hold it."""
    return subject.layout.blocks_bytes


def _levels(question: Question, plan: Plan) -> tuple[SpeedLevel, ...]:
    felt = felt_speed(plan, question.profile, question.requirements.prompt_tokens)
    usable = question.requirements.minimum_speed or 0.0
    if felt is None or felt.value < usable:
        return (SpeedLevel.RUNS,)
    if felt.value < max(usable, question.profile.speed.comfortable):
        return (SpeedLevel.RUNS, SpeedLevel.USABLE)
    return tuple(SpeedLevel)


def plan_on(
    question: Question,
    subject: Subject,
    machine: Machine,
    contexts: dict[tuple[str, str], ModelContext] | None = None,
) -> Plan | None:
    """The plan of the variant on a machine; None where no runtime takes it there."""
    requirements, variant = question.requirements, subject.variant
    choice = choose_runtimes(
        format_=variant.format,
        architecture=subject.candidate.model.architecture,
        runtimes=question.runtimes,
        here=usable_runtimes(question.runtimes, machine.platform, machine.gpus),
        asked=requirements.runtime,
        split=variant.is_split,
        kv_types=kv_types(requirements.kv_type),
        task=question.profile.task,
    )
    choice = with_kernels(choice, subject.quantization, machine.gpus)
    if not choice.usable:
        return None
    planner = Planner(
        machine,
        requirements,
        question.catalog.calibration,
        question.options,
        contexts=contexts,
        profile=question.profile,
    )
    return planner.plan(subject.candidate, variant, subject.quantization, choice.usable, subject.layout)
