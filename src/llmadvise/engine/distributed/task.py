"""What there is to lay out: a variant, a runtime, and the GPUs of one node."""

from __future__ import annotations

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.runtime import Runtime
from llmadvise.engine.case import Candidate
from llmadvise.engine.distributed.layouts import Ways
from llmadvise.engine.distributed.weigh import Cluster
from llmadvise.engine.memory.from_catalog import layout_from_catalog
from llmadvise.engine.plan_context import kv_types, model_context
from llmadvise.engine.plan_parts import Task
from llmadvise.engine.question import Question
from llmadvise.engine.runtimes import UsableRuntime, choose_runtimes, usable_runtimes, with_kernels
from llmadvise.engine.traffic import active_bytes


def task_of(
    question: Question, candidate: Candidate, variant: Variant, runtime: Runtime
) -> tuple[Task | None, tuple[Finding, ...]]:
    """The variant to be laid out for the runtime on one node's GPUs, or why it cannot be."""
    quantization = question.catalog.quantizations.get(variant.quantization)
    usable, refusal = _usable(question, candidate, variant, quantization, runtime)
    if usable is None or quantization is None:
        return None, (refusal,) if refusal else (_not_laid(f"the scheme {variant.quantization} is not in the catalog"),)
    layout = layout_from_catalog(candidate.model, variant, quantization)
    shape, requirements = candidate.shape, question.requirements
    if shape is None or layout is None:
        return None, (_not_laid("its layers or its bytes are unknown, so its memory cannot be computed"),)
    length = question.context_length
    task = Task(
        candidate=candidate,
        shape=shape,
        layout=layout,
        active=active_bytes(candidate.model, layout),
        quantization=quantization,
        usable=usable,
        gpus=[question.machine.device(position, backend) for position, backend in usable.gpus],
        context=model_context(shape, requirements, length, question.options),
        machine=question.machine,
        requirements=requirements,
        calibration=question.catalog.calibration,
    )
    return task, ()


def _usable(
    question: Question, candidate: Candidate, variant: Variant, quantization: Quantization | None, runtime: Runtime
) -> tuple[UsableRuntime | None, Finding | None]:
    machine = question.machine
    choice = choose_runtimes(
        format_=variant.format,
        architecture=candidate.model.architecture,
        runtimes=(runtime,),
        here=usable_runtimes((runtime,), machine.platform, machine.gpus),
        asked=runtime.id,
        kv_types=kv_types(question.requirements.kv_type),
        task=question.profile.task,
    )
    if quantization is not None:
        choice = with_kernels(choice, quantization, machine.gpus)
    usable = choice.usable[0] if choice.usable and choice.usable[0].gpus else None
    if usable is None and choice.refusal is None:
        return None, _not_laid(f"{runtime.name} finds no GPU here that it computes with")
    return usable, choice.refusal


def ways_of(task: Task) -> Ways:
    """What the runtime has flags for."""
    flags, experts = task.usable.runtime.flags, task.shape.experts
    return Ways(
        pipeline="pipeline_parallel" in flags,
        data="data_parallel" in flags,
        experts=experts.total if experts is not None and "expert_parallel" in flags else 0,
    )


def cluster_of(question: Question, task: Task, nodes: int) -> Cluster:
    """So many nodes, each with the GPUs that the runtime can use."""
    positions = [position for position, _ in task.usable.gpus]
    return Cluster(
        nodes=nodes, cards=tuple(question.machine.gpus[position] for position in positions), devices=tuple(task.gpus)
    )


def _not_laid(message: str) -> Finding:
    return Finding(rule="layout-unknown", verdict=Verdict.BLOCK, message=message)
