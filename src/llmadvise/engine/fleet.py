"""Advice for many machines: which are equal, what each group should run, and what all groups add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from llmadvise.domain.assessment import Assessment
from llmadvise.domain.estimate import Estimate, weakest
from llmadvise.domain.finding import Finding
from llmadvise.domain.fleet import (
    Fleet,
    FleetGpus,
    FleetGroup,
    FleetMachine,
    FleetModel,
    FleetPick,
    FleetReason,
    FleetTotals,
    Place,
)
from llmadvise.domain.hardware import Gpu, GpuFacts
from llmadvise.engine.machine import Machine
from llmadvise.engine.present import present
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import rank
from llmadvise.engine.rules.case_rules import CASE_RULES
from llmadvise.record import dataclass

_OF_THE_MACHINE: Final = frozenset(
    {*(rule.id for rule in CASE_RULES), "no-runtime-here", "kernel-needs-compute-capability"}
)
"""Rules that another machine would not break: they say why this one runs nothing."""


class Counted(NamedTuple):
    """Equal machines, and where the first of them was read."""

    machines: int
    first: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAnswer:
    """What one group should run, or why it runs nothing."""

    pick: FleetPick | None
    reason: str | None = None
    relaxation: str | None = None


def comparable(machine: Machine) -> Machine:
    """The machine without what no advice depends on: equal ones get equal answers.

    A GPU keeps its memory, budget, bandwidth and what runtimes ask of it, and goes by its catalog row's name; a
    processor is its cores, vector instructions and bandwidth.
    """
    return replace(
        machine,
        gpus=tuple(_bare(gpu, facts) for gpu, facts in zip(machine.gpus, machine.facts, strict=True)),
        cpu=replace(machine.cpu, name="CPU"),
    )


def _bare(gpu: Gpu, facts: GpuFacts | None) -> Gpu:
    return Gpu(
        index=gpu.index,
        vendor=gpu.vendor,
        name=gpu.name if facts is None else facts.name,
        id=gpu.id,
        memory_bytes=gpu.memory_bytes,
        budget_bytes=gpu.budget_bytes,
        unified=gpu.unified,
        memory_bandwidth=gpu.memory_bandwidth,
        bandwidth_basis=gpu.bandwidth_basis,
        compute_capability=gpu.compute_capability,
        backends=gpu.backends,
        partition_of=gpu.partition_of,
        gfx_target=gpu.gfx_target,
    )


def answer_group(question: Question) -> GroupAnswer:
    """The best case on the machine of this question; where there is none, why, and what would help."""
    ranking = rank(question, 1)
    if ranking.cases:
        return GroupAnswer(pick=_pick(present(ranking.cases, question), question.requirements.users))
    from llmadvise.engine.relax import relaxations  # noqa: PLC0415 - only where nothing fits

    helps = [f"{item.words} (then {item.first})" for item in relaxations(question)]
    by_rule = ranking.ruled_out.by_rule
    counts = {rule: count for rule, count in by_rule.items() if rule in _OF_THE_MACHINE} or by_rule
    reason = min(counts, key=lambda rule: (-counts[rule], rule), default="no-runtime-here")
    return GroupAnswer(pick=None, reason=reason, relaxation=helps[0] if helps else None)


def _pick(found: Assessment, users: int) -> FleetPick:
    serving = found.speed.serving
    together = found.speed.decode if users == 1 else serving.together if serving is not None else None
    return FleetPick(
        model=found.model.id,
        name=found.model.name,
        variant=found.variant.id,
        repo=found.variant.repo,
        format=found.variant.format,
        quantization=found.variant.quantization,
        bytes=found.variant.bytes,
        runtime=found.runtime,
        placement=found.placement.kind,
        score=found.score,
        quality=found.quality.estimate.value,
        memory=found.memory.total,
        decode=found.speed.decode,
        together=together,
        license=found.license.effective,
        verdict=found.license.verdict,
        commands=found.commands,
    )


def fleet_of(
    groups: Mapping[Machine, Counted],
    answers: Mapping[Machine, GroupAnswer],
    *,
    users: int,
    invalid: int,
    findings: tuple[Finding, ...],
) -> Fleet:
    """The answer for all groups, most machines first; ties in the order in which they were read."""
    listed = sorted(
        (
            FleetGroup(
                machines=counted.machines,
                machine=_described(machine),
                example=counted.first,
                pick=answers[machine].pick,
                reason=answers[machine].reason,
                relaxation=answers[machine].relaxation,
            )
            for machine, counted in groups.items()
        ),
        key=lambda group: (-group.machines, group.example.file, group.example.line),
    )
    return Fleet(
        totals=_totals(listed, users, invalid),
        models=_models(listed, users),
        reasons=_reasons(listed),
        groups=tuple(listed),
        findings=findings,
    )


def _described(machine: Machine) -> FleetMachine:
    kinds = Counter((gpu.name, gpu.id, gpu.budget_bytes or 0) for gpu in machine.gpus)
    return FleetMachine(
        platform=machine.platform,
        ram_budget_bytes=machine.cpu.budget_bytes,
        cores=machine.cpu.cores,
        gpus=tuple(
            FleetGpus(name=name, id=id_, count=count, budget_bytes=budget)
            for (name, id_, budget), count in kinds.items()
        ),
    )


def _totals(groups: Sequence[FleetGroup], users: int, invalid: int) -> FleetTotals:
    advised = sum(group.machines for group in groups if group.pick is not None)
    machines = sum(group.machines for group in groups)
    unknown = sum(group.machines for group in groups if group.pick is not None and group.pick.together is None)
    return FleetTotals(
        machines=machines,
        groups=len(groups),
        advised=advised,
        without=machines - advised,
        invalid=invalid,
        users=advised * users,
        together=_sum(groups),
        speed_unknown=unknown,
    )


def _sum(groups: Iterable[FleetGroup]) -> Estimate | None:
    """Tokens a second of all machines of these groups; None where no speed is known."""
    known = [(group.machines, group.pick.together) for group in groups if group.pick and group.pick.together]
    if not known:
        return None
    return Estimate(
        value=round(sum(count * speed.value for count, speed in known), 1),
        low=round(sum(count * speed.low for count, speed in known), 1),
        high=round(sum(count * speed.high for count, speed in known), 1),
        basis=weakest(speed.basis for _, speed in known),
        sources=tuple(sorted({source for _, speed in known for source in speed.sources})),
    )


def _models(groups: Sequence[FleetGroup], users: int) -> tuple[FleetModel, ...]:
    found: dict[tuple[str, str, str, str], list[FleetGroup]] = {}
    for group in groups:
        if group.pick is not None:
            pick = group.pick
            found.setdefault((pick.model, pick.name, pick.quantization, pick.runtime), []).append(group)
    rows = []
    for (model, name, quantization, runtime), members in found.items():
        machines = sum(group.machines for group in members)
        rows.append(
            FleetModel(
                model=model,
                name=name,
                quantization=quantization,
                runtime=runtime,
                groups=len(members),
                machines=machines,
                users=machines * users,
                together=_sum(members),
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.machines, row.model, row.quantization, row.runtime)))


def _reasons(groups: Sequence[FleetGroup]) -> tuple[FleetReason, ...]:
    counts: Counter[str] = Counter()
    for group in groups:
        if group.reason is not None:
            counts[group.reason] += group.machines
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FleetReason(rule=rule, machines=count) for rule, count in ordered)
