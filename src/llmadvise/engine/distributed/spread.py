"""A model spread over equal nodes: the variant, the layout, its memory and speed, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from llmadvise.domain.deployment import ChosenLayout, ConsideredLayout, RefusedVariant
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.runtime import Runtime
from llmadvise.engine.case import Candidate, Plan
from llmadvise.engine.distributed.choose import Choice, choose, longest, reach_of
from llmadvise.engine.distributed.commands import first_command, worker_command
from llmadvise.engine.distributed.layouts import Ways
from llmadvise.engine.distributed.plan import plan_of
from llmadvise.engine.distributed.speed import speed_of
from llmadvise.engine.distributed.task import cluster_of, task_of, ways_of
from llmadvise.engine.distributed.weigh import Cluster, Weighed
from llmadvise.engine.plan_parts import Task
from llmadvise.engine.present import memory_estimate
from llmadvise.engine.question import Question
from llmadvise.record import dataclass

_MOST_NODES = 64
"""Nodes up to which is looked for how many would do; a choice."""
_TOLD = 60
"""Layouts that an answer lists at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The answer for one model on a number of nodes."""

    chosen: ChosenLayout | None
    considered: tuple[ConsideredLayout, ...]
    """Layouts of the chosen variant, or of the one that comes nearest, the preferred first."""
    refused: tuple[RefusedVariant, ...]
    """Variants that were tried before, or all."""
    case: tuple[Variant, Quantization, Plan] | None
    """What was chosen, for commands and files."""
    enough_nodes: int | None = None
    """Where nothing fits: how many nodes would do."""
    longest_context: int = 0
    """Where nothing fits: the longest request that would."""


def spread(
    question: Question, candidate: Candidate, variants: Sequence[Variant], nodes: int, runtime: Runtime
) -> Spread:
    """Take the first variant that some layout holds. `question.machine` is one node."""
    refused: list[RefusedVariant] = []
    nearest: tuple[Choice, Task, Cluster, Ways] | None = None
    for variant in variants:
        task, reasons = task_of(question, candidate, variant, runtime)
        if task is None:
            refused.append(RefusedVariant(variant=variant.quantization, reasons=reasons))
            continue
        cluster = cluster_of(question, task, nodes)
        ways = ways_of(task)
        choice = choose(task, cluster, ways)
        if choice.best is not None:
            plan = plan_of(task, cluster, choice.best)
            return Spread(
                chosen=_chosen(question, task, cluster, variant=variant, best=choice.best, plan=plan),
                considered=tuple(map(_told, choice.considered[:_TOLD])),
                refused=tuple(refused),
                case=(variant, task.quantization, plan),
            )
        nearest = (choice, task, cluster, ways)
        refused.append(RefusedVariant(variant=variant.quantization, reasons=_reasons(choice)))
    if nearest is None:
        return Spread(chosen=None, considered=(), refused=tuple(refused), case=None)
    choice, task, cluster, ways = nearest
    return Spread(
        chosen=None,
        considered=tuple(map(_told, choice.considered[:_TOLD])),
        refused=tuple(refused),
        case=None,
        enough_nodes=_enough(task, cluster, ways) if runtime.nodes else None,
        longest_context=longest(choice.considered),
    )


def _enough(task: Task, cluster: Cluster, ways: Ways) -> int | None:
    """The fewest nodes of this kind that some layout fits on."""
    nodes = cluster.nodes
    while nodes < _MOST_NODES:
        nodes += 1
        if choose(task, replace(cluster, nodes=nodes), ways).best is not None:
            return nodes
    return None


def _reasons(choice: Choice) -> tuple[Finding, ...]:
    """Why the layout that comes nearest does not work: one that divides, with the least that is missing."""
    nearest = min(
        choice.considered,
        key=lambda item: (not item.divides, item.total.high - item.memory.budget_bytes),
        default=None,
    )
    return () if nearest is None else tuple(item for item in nearest.findings if item.verdict is Verdict.BLOCK)


def _told(item: Weighed) -> ConsideredLayout:
    return ConsideredLayout(
        layout=item.layout,
        fits=item.fits,
        gpu_bytes=round(item.total.high),
        budget_bytes=item.memory.budget_bytes,
        largest_context=item.memory.largest_context,
        requests=round(item.requests, 2),
        findings=item.findings,
    )


def _chosen(
    question: Question, task: Task, cluster: Cluster, *, variant: Variant, best: Weighed, plan: Plan
) -> ChosenLayout:
    layout = best.layout
    reach = reach_of(best, cluster)
    speed, notes = speed_of(question, task, plan, best, crosses=reach > 1)
    several = cluster.across(layout.gpus) > 1
    return ChosenLayout(
        variant=variant,
        runtime=plan.runtime.id,
        layout=layout,
        nodes=cluster.across(layout.gpus),
        nodes_per_copy=reach,
        placement=plan.placement,
        context=plan.context_length,
        gpu=memory_estimate(variant, plan, None).by_device[0],
        largest_context=best.memory.largest_context,
        requests=round(best.requests, 2),
        speed=speed,
        command=first_command(plan, variant, task.quantization, several=several) if variant.files else None,
        worker_command=worker_command(plan.runtime) if several and variant.files else None,
        findings=(*plan.findings, *_variant_notes(variant), *notes, *_idle(cluster, best)),
    )


def _variant_notes(variant: Variant) -> tuple[Finding, ...]:
    if variant.files:
        return ()
    message = f"no published {variant.quantization} of this model is in the catalog: its bytes are computed"
    return (Finding(rule="variant-computed", verdict=Verdict.WARN, message=message, evidence=variant.note),)


def _idle(cluster: Cluster, best: Weighed) -> tuple[Finding, ...]:
    left = cluster.nodes * len(cluster.cards) - best.layout.gpus
    if not left:
        return ()
    words = "1 GPU is" if left == 1 else f"{left} GPUs are"
    return (Finding(rule="gpus-idle", verdict=Verdict.NOTE, message=f"{words} left without work"),)
