"""When nothing fits: which single requirement to relax, and by how much, found by asking the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from llmadvise.domain.requirements import Requirements
from llmadvise.engine.felt_speed import felt_speed
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import Ranking, rank
from llmadvise.record import dataclass
from llmadvise.units import GIB

_SHORTEST_CONTEXT = 512
_MEMORY_STEPS_GIB = (1, 2, 4, 8, 16, 32, 64, 128)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """One change after which there is an answer."""

    words: str
    """What to type or to have."""
    first: str
    """What would then be advised."""


def relaxations(question: Question) -> tuple[Relaxation, ...]:
    """Every single change that helps, the smallest step of each kind."""
    found = []
    for attempts in (_shorter(question), _slower(question), _dropped(question), more_memory(question)):
        for words, other in attempts:
            # The least speed to give up is that of the fastest model, wherever it ranks.
            ranking = rank(other, None if "{speed}" in words else 1)
            if ranking.cases:
                found.append(Relaxation(words=_with_speed(words, ranking, question), first=ranking.cases[0].name))
                break
    return tuple(found)


def _with_speed(words: str, ranking: Ranking, question: Question) -> str:
    if "{speed}" not in words:
        return words
    profile, prompt_tokens = question.profile, question.requirements.prompt_tokens
    felt = (felt_speed(case.plan, profile, prompt_tokens) for case in ranking.cases)
    fastest = max((rate.value for rate in felt if rate is not None), default=0.0)
    return words.replace("{speed}", f"{int(fastest * 10) / 10:g}")


def _shorter(question: Question) -> Iterator[tuple[str, Question]]:
    length = question.context_length
    while length > _SHORTEST_CONTEXT:
        length = max(_SHORTEST_CONTEXT, length // 2)
        yield f"--context {length}", _ask(question, replace(question.requirements, context_length=length))


def _slower(question: Question) -> Iterator[tuple[str, Question]]:
    if question.requirements.minimum_speed:
        yield "--min-speed {speed}", _ask(question, replace(question.requirements, minimum_speed=0.0))


def _dropped(question: Question) -> Iterator[tuple[str, Question]]:
    asked = question.requirements
    if asked.families:
        yield "without --family", _ask(question, replace(asked, families=()))
    if asked.formats:
        yield "without --model-format", _ask(question, replace(asked, formats=()))
    if asked.runtime:
        yield "without --runtime", _ask(question, replace(asked, runtime=None))
    if asked.minimum_bits and "minimum_bits" in asked.asked:
        yield "--min-bits 1", _ask(question, replace(asked, minimum_bits=1.0))
    if asked.commercial:
        yield "without --commercial", _ask(question, replace(asked, commercial=False))
    if asked.license_policy:
        yield "without --license-policy", replace(_ask(question, replace(asked, license_policy=None)), policy=None)
    if asked.users > 1:
        yield "--users 1", _ask(question, replace(asked, users=1))


def _ask(question: Question, requirements: Requirements) -> Question:
    return replace(question, requirements=requirements)


def more_memory(question: Question) -> Iterator[tuple[str, Question]]:
    """The same machine with more memory, step by step: on its GPUs where it has any, else RAM."""
    machine = question.machine
    for step in _MEMORY_STEPS_GIB:
        extra = step * GIB
        if machine.gpus:
            first, *others = machine.gpus
            larger = replace(first, budget_bytes=(first.budget_bytes or 0) + extra)
            pool = None if machine.pool_bytes is None else machine.pool_bytes + extra
            other = replace(machine, gpus=(larger, *others), pool_bytes=pool)
            words = f"With {step} GiB more memory on the GPU"
        else:
            cpu = replace(machine.cpu, budget_bytes=machine.cpu.budget_bytes + extra)
            other, words = replace(machine, cpu=cpu), f"With {step} GiB more RAM"
        yield words, replace(question, machine=other)
