"""A model on the machine or the nodes that were named."""

from __future__ import annotations

from dataclasses import replace

from llmadvise import __version__
from llmadvise.api.machine import find_hardware
from llmadvise.api.plan import PlanRequest, PlanSubject, document_of, laid, model_of, row, subject_of
from llmadvise.api.setting import ask
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.deployment import HardwareClass
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.runtime import Runtime
from llmadvise.engine.distributed.spread import Spread, spread
from llmadvise.engine.hardware_walk import Offer, walk
from llmadvise.engine.machine import Machine
from llmadvise.engine.question import Question
from llmadvise.engine.runtimes import usable_runtimes
from llmadvise.errors import NothingFitsError
from llmadvise.render.documents.hardware import hardware_document
from llmadvise.render.documents.plan import PlanDocument, PlannedHardware, PlannedLayout, plan_document

_ENGINE = "vllm"
"""The engine whose layouts are computed here."""


def plan_machine(asked: PlanRequest, catalog: Catalog) -> PlanDocument:
    """Choose a layout where several GPUs share the work of one engine, else lay the model out as `recommend` would."""
    hardware = find_hardware(asked.request, catalog)
    question = ask(asked.request, catalog, hardware)
    runtime = layout_runtime(question, asked.nodes)
    if runtime is None:
        return _one_machine(asked, question, hardware)
    question, subject, found = spread_over(asked, question, runtime)
    return layout_document(asked, question, hardware, subject=subject, found=found)


def layout_document(
    asked: PlanRequest, question: Question, hardware: Hardware, *, subject: PlanSubject, found: Spread
) -> PlanDocument:
    """`llmadvise.plan/1` of a layout."""
    runtime = question.catalog.runtimes[question.requirements.runtime or ""]
    return plan_document(
        version=__version__,
        catalog=question.catalog.identity,
        age_days=asked.age_days,
        requirements=question.requirements,
        model=model_of(asked, subject.candidate.model),
        layout=_layout(asked, hardware, runtime, found),
        findings=subject.candidate.findings,
    )


def spread_over(asked: PlanRequest, question: Question, runtime: Runtime) -> tuple[Question, PlanSubject, Spread]:
    """The model over the nodes: the variant of most bits that some layout holds."""
    question = replace(question, requirements=replace(question.requirements, runtime=runtime.id))
    subject = subject_of(asked, question, every=True)
    ordered = subject.variants
    if not subject.named:
        ordered = sorted(ordered, key=lambda item: (-(item.bytes or 0), item.id))
    return question, subject, spread(question, subject.candidate, ordered, asked.nodes, runtime)


def layout_runtime(question: Question, nodes: int) -> Runtime | None:
    """The runtime whose layouts are asked about; None: the machine is planned as for any advice.

    Raises NothingFitsError where the runtime that was asked for keeps to one machine.
    """
    asked = question.requirements.runtime
    runtimes = question.catalog.runtimes
    if asked is not None:
        runtime = runtimes[asked]
        if nodes > 1 and not runtime.nodes:
            spanning = ", ".join(item.id for item in runtimes.values() if item.nodes)
            raise NothingFitsError(
                f"{runtime.name} is not planned over several nodes", f"Add --runtime {spanning}, or leave --nodes out."
            )
        return runtime if runtime.engine == _ENGINE else None
    if nodes == 1 and len(question.machine.gpus) <= 1:
        return None
    machine = question.machine
    able = [item for item in question.runtimes if item.engine == _ENGINE and (item.nodes or nodes == 1)]
    here = usable_runtimes(able, machine.platform, machine.gpus)
    found = next((item.runtime for item in here if item is not None and item.gpus), None)
    if found is None and nodes > 1:
        raise NothingFitsError(
            "no runtime spans several nodes with these GPUs", "vLLM does with CUDA and ROCm on Linux."
        )
    return found


def _layout(asked: PlanRequest, hardware: Hardware, runtime: Runtime, found: Spread) -> PlannedLayout:
    return PlannedLayout(
        node=hardware_document(hardware, version=__version__),
        nodes=asked.nodes,
        runtime=runtime.id,
        chosen=found.chosen,
        considered=found.considered,
        refused=found.refused,
        enough_nodes=found.enough_nodes,
        longest_context=found.longest_context or None,
    )


def _one_machine(asked: PlanRequest, question: Question, hardware: Hardware) -> PlanDocument:
    """Every variant that is compared, on this one machine."""
    subject = subject_of(asked, question)
    size = question.machine.capacity_bytes
    offer = Offer(
        kind=HardwareClass.COMPUTER,
        id=hardware.name or "this machine",
        name=hardware.name or "this machine",
        group="named",
        memory_bytes=size,
        capacity_bytes=size,
        bandwidth=0,
    )

    def build(_: Offer) -> tuple[Hardware, Machine]:
        return hardware, question.machine

    rows: list[PlannedHardware] = []
    for variant in subject.variants:
        whole = laid(question, subject.candidate, variant)
        rows.extend(row(question, whole, item) for item in walk(question, whole, [offer], build))
    return document_of(asked, question, subject, hardware=tuple(rows))
