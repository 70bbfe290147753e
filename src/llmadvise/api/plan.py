"""Which hardware runs a model, and how it is spread over several GPUs and nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from llmadvise import __version__
from llmadvise.api.plan_offers import builder, offers
from llmadvise.api.plan_variants import in_formats, kept_of, ladder, named_variants, recommended
from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.domain.deployment import HardwareClass, SpeedLevel
from llmadvise.domain.estimate import Basis, Estimate, Range
from llmadvise.domain.hardware import Hardware, Platform
from llmadvise.domain.model import Model, Variant
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Candidate
from llmadvise.engine.hardware_walk import Found, Offer, Subject, walk
from llmadvise.engine.memory.from_catalog import layout_from_catalog
from llmadvise.engine.naming import find_target
from llmadvise.engine.present import memory_estimate, speed_estimate
from llmadvise.engine.question import Question
from llmadvise.errors import LLMAdviseError, NothingFitsError
from llmadvise.record import dataclass
from llmadvise.render.documents.assessment import whole_bytes
from llmadvise.render.documents.plan import (
    PlanDocument,
    PlannedHardware,
    PlannedModel,
    PlannedVariant,
    plan_document,
)

_FORBIDDING = frozenset({"architecture-unknown", "context-too-short"})
"""Findings about a model that leave nothing to plan; a role or a license does not."""
_DIGITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What to plan."""

    request: Request
    model: str
    quantizations: tuple[str, ...] = ()
    nodes: int = 1
    age_days: int | None = None


def plan(asked: PlanRequest) -> PlanDocument:
    """Walk the catalog's hardware, or lay the model out on the machine or the nodes that were named.

    Raises UsageError for an unknown model or quantization, NothingFitsError where its context is too long for it.
    """
    from llmadvise.catalog.load import load_catalog  # noqa: PLC0415 - not needed to print help

    request = asked.request
    catalog = load_catalog(request.catalog)
    if asked.nodes > 1 or request.hardware or request.gpus or request.ram_bytes:
        from llmadvise.api.plan_machine import plan_machine  # noqa: PLC0415 - only where a machine is named

        return plan_machine(asked, catalog)
    # No look at this machine: the question is about others.
    question = ask(request, catalog, Hardware(platform=Platform.LINUX))
    question = replace(question, installed=None)
    subject = subject_of(asked, question)
    chosen = subject.variants if subject.named else [subject.preferred]
    every = tuple(
        offer for offer in offers(catalog) if offer.kind is HardwareClass.CPU or not question.requirements.cpu_only
    )
    build = builder(catalog)
    hardware: list[PlannedHardware] = []
    for variant in chosen:
        whole = laid(question, subject.candidate, variant)
        found = walk(question, whole, every, build)
        hardware.extend(row(question, whole, item) for item in found)
    cards = [offer for offer in every if offer.kind is HardwareClass.GPU]
    return document_of(
        asked,
        question,
        subject,
        variants=tuple(_need(question, subject.candidate, item, cards) for item in subject.variants),
        hardware=tuple(hardware),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSubject:
    """The model, and the files of it that are compared."""

    candidate: Candidate
    variants: list[Variant]
    preferred: Variant
    named: bool
    """The user said which."""


def subject_of(asked: PlanRequest, question: Question, *, every: bool = False) -> PlanSubject:
    """The model with its files; `every`: all of the formats in question, not one for each degree of loss."""
    model, quantization = find_target(asked.model, question.catalog)
    candidate, blocked = judge_model(model, question)
    if blocked is not None and blocked.rule in _FORBIDDING:
        raise NothingFitsError(f"{model.id}: {blocked.message}", "Ask for a shorter context, or another model.")
    names = (*((quantization,) if quantization else ()), *asked.quantizations)
    if names:
        variants = named_variants(question.catalog, model, tuple(dict.fromkeys(names)))
    else:
        variants = in_formats(question, model) if every else ladder(question, model)
    preferred = recommended(question, model, variants)
    if preferred is None:
        raise LLMAdviseError(
            f"no file of {model.id} has a known size in these formats",
            "Name a quantization (--quantization Q4_K_M): its size is then computed.",
        )
    return PlanSubject(candidate=candidate, variants=variants, preferred=preferred, named=bool(names))


def document_of(
    asked: PlanRequest,
    question: Question,
    subject: PlanSubject,
    *,
    variants: tuple[PlannedVariant, ...] = (),
    hardware: tuple[PlannedHardware, ...] = (),
) -> PlanDocument:
    """`llmadvise.plan/1` of hardware."""
    return plan_document(
        version=__version__,
        catalog=question.catalog.identity,
        age_days=asked.age_days,
        requirements=question.requirements,
        model=model_of(asked, subject.candidate.model),
        variants=variants,
        hardware=hardware,
        findings=subject.candidate.findings,
    )


def model_of(asked: PlanRequest, model: Model) -> PlannedModel:
    """The model as the document names it."""
    return PlannedModel(
        asked=asked.model,
        model=model.id,
        name=model.name,
        repo=model.repo,
        parameters=model.parameters,
        context_native=model.context_length.native,
    )


def laid(question: Question, candidate: Candidate, variant: Variant) -> Subject:
    """The variant with where its bytes lie. Raises LLMAdviseError where its dimensions are unknown."""
    quantization = question.catalog.quantizations[variant.quantization]
    layout = layout_from_catalog(candidate.model, variant, quantization)
    if layout is None or candidate.shape is None:
        raise LLMAdviseError(
            f"{candidate.model.id} {variant.quantization} cannot be laid out: its dimensions are unknown",
            "Try another variant.",
        )
    return Subject(candidate=candidate, variant=variant, quantization=quantization, layout=layout)


def row(question: Question, subject: Subject, found: Found) -> PlannedHardware:
    """One machine as the document shows it."""
    plan_, offer = found.plan, found.offer
    here = replace(question, machine=found.machine)
    return PlannedHardware(
        kind=offer.kind,
        group=offer.group,
        name=offer.name,
        id=offer.id,
        levels=found.levels,
        memory_bytes=offer.memory_bytes,
        quantization=subject.variant.quantization,
        runtime=plan_.runtime.id,
        placement=plan_.placement,
        context=plan_.context_length,
        memory=whole_bytes(memory_estimate(subject.variant, plan_, found.machine.pool_bytes)),
        speed=speed_estimate(plan_, here, subject.candidate, subject.quantization),
        others=found.others,
        findings=plan_.findings,
    )


def _need(question: Question, candidate: Candidate, variant: Variant, cards: Sequence[Offer]) -> PlannedVariant:
    """A line of the comparison: what it keeps, and the smallest card that holds it whole."""
    subject = laid(question, candidate, variant)
    found = walk(
        replace(question, requirements=replace(question.requirements, minimum_speed=0.0)),
        subject,
        cards,
        builder(question.catalog),
    )
    smallest = next((item for item in found if SpeedLevel.RUNS in item.levels), None)
    memory = None
    if smallest is not None:
        memory = whole_bytes(memory_estimate(variant, smallest.plan, None)).by_device[0].used
    return PlannedVariant(
        format=variant.format,
        quantization=variant.quantization,
        repo=variant.repo,
        revision=variant.revision,
        bytes=variant.bytes,
        bytes_basis=variant.bytes_basis,
        bits_per_weight=variant.bits_per_weight,
        kept=_kept(kept_of(question, candidate.model, variant, subject.quantization)),
        memory=memory,
        smallest_gpu=smallest.offer.name if smallest else None,
        smallest_gpu_bytes=smallest.offer.memory_bytes if smallest else None,
    )


def _kept(size: Range) -> Estimate:
    return Estimate(
        value=round(size.value, _DIGITS),
        low=round(size.low, _DIGITS),
        high=round(size.high, _DIGITS),
        basis=Basis.COMPUTED,
        sources=("loss by bits, method and size (docs/quality.md)",),
    )


def nothing_runs(document: PlanDocument) -> NothingFitsError:
    """The error where no hardware in the list, or no layout, runs it."""
    name = document.model.name
    if document.layout is None:
        return NothingFitsError(
            f"no hardware in the catalog runs {name} as asked for",
            "Fewer bits (--quantization), a shorter --context, or several nodes: --nodes 2 --gpu '8x H100'.",
        )
    layout = document.layout
    hints = []
    if layout.enough_nodes is not None:
        hints.append(f"--nodes {layout.enough_nodes}")
    if layout.longest_context:
        hints.append(f"--context {layout.longest_context}")
    reasons = "; ".join(dict.fromkeys(item.message for row in layout.refused[-1:] for item in row.reasons))
    return NothingFitsError(
        f"{name} cannot run on {layout.nodes} node{'s' if layout.nodes > 1 else ''} with {layout.runtime}: "
        f"{reasons or 'no layout fits'}",
        f"Any one of these would do: {', '.join(hints)}." if hints else "Try fewer bits or larger GPUs.",
    )


def empty(document: PlanDocument) -> bool:
    """Whether nothing runs it."""
    if document.layout is not None:
        return document.layout.chosen is None
    return not document.hardware
