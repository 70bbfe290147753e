"""Memory and speed of one variant, in the engine's own terms beside ours."""

from __future__ import annotations

from dataclasses import replace

from llmadvise.domain.assessment import MemoryEstimate, Placement, SpeedEstimate
from llmadvise.domain.cost import CostEstimate
from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Candidate, Plan
from llmadvise.engine.memory.from_catalog import layout_from_catalog
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.llama_cpp import EngineMemory, llama_cpp_memory
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.memory.tensors.made_up import layout_with_tensors
from llmadvise.engine.plan_context import settings_for
from llmadvise.engine.present import cost_estimate, memory_estimate, speed_estimate
from llmadvise.engine.question import Question
from llmadvise.errors import LLMAdviseError
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A variant laid out on a machine, wherever it was read."""

    candidate: Candidate
    variant: Variant
    quantization: Quantization
    layout: WeightLayout | None
    plan: Plan
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """What one variant takes and how fast it runs."""

    model: Model
    variant: Variant
    runtime: str
    settings: EngineSettings
    placement: Placement
    memory: MemoryEstimate
    engine: EngineMemory | None
    """The engine's own terms; None where the runtime is not built on llama.cpp."""
    speed: SpeedEstimate
    findings: tuple[Finding, ...]
    cost: CostEstimate | None = None
    """What its tokens cost; None: no price was given."""


def as_started(question: Question, native: int) -> Question:
    """The question with the context length that the runtime asked for gives by itself, where none was asked.

    `native`: the length that the model was trained for, which none exceeds by itself.
    """
    asked = question.requirements
    if asked.runtime is None or {"runtime", "context_length"} & set(asked.asked) != {"runtime"}:
        return question
    from llmadvise.engine.placement_managed import own_context  # noqa: PLC0415 - few runtimes have one

    length = own_context(question.catalog.runtimes[asked.runtime].sizing, question.machine)
    if length is None:
        return question
    return replace(question, requirements=replace(asked, context_length=min(length, native)))


def lay_out_known(question: Question, model: Model, variant: Variant) -> Laid:
    """Lay out a variant of a model in the catalog as `recommend` would.

    Raises LLMAdviseError where the architecture or the size is unknown, UsageError for a setting that is unknown.
    """
    candidate, _ = judge_model(model, question)
    layout = _layout(question, candidate, variant)
    case, blocked = Assessor(question).judge(candidate, variant, anyway=True, layout=layout)
    if case is None:
        reason = blocked.message if blocked else "its dimensions are unknown"
        raise LLMAdviseError(f"{model.id} {variant.quantization} cannot be estimated: {reason}", "Try another variant.")
    return Laid(
        candidate=candidate,
        variant=variant,
        quantization=case.quantization,
        layout=layout or layout_from_catalog(model, variant, case.quantization),
        plan=case.plan,
        findings=case.findings,
    )


def _layout(question: Question, candidate: Candidate, variant: Variant) -> WeightLayout | None:
    """The layout with its tensors made up, from which the graph is drawn; None where they cannot be."""
    quantization = question.catalog.quantizations.get(variant.quantization)
    if quantization is None or candidate.shape is None:
        return None
    return layout_with_tensors(candidate.model, variant, quantization, candidate.shape)


def estimate(question: Question, laid: Laid) -> Estimated:
    """What was laid out, under every setting that the question fixes."""
    settings = _settings(question, laid)
    speed = speed_estimate(laid.plan, question, laid.candidate, laid.quantization)
    return Estimated(
        model=laid.candidate.model,
        variant=laid.variant,
        runtime=laid.plan.runtime.id,
        settings=settings,
        placement=laid.plan.placement,
        memory=memory_estimate(laid.variant, laid.plan, question.machine.pool_bytes),
        engine=_engine_memory(laid, settings),
        speed=speed,
        findings=laid.findings,
        cost=cost_estimate(laid.plan, question, speed),
    )


def _settings(question: Question, laid: Laid) -> EngineSettings:
    """The engine's settings with the placement that was planned."""
    placement = laid.plan.placement
    shape = laid.candidate.shape
    whole = shape is not None and placement.gpu_layers > shape.layers
    return replace(
        laid.plan.settings or settings_for(question.requirements, laid.plan.context_length, question.options),
        gpu_layers=None if whole else placement.gpu_layers,
        cpu_moe_layers=placement.cpu_moe_layers,
    )


def _engine_memory(laid: Laid, settings: EngineSettings) -> EngineMemory | None:
    shape, layout, plan = laid.candidate.shape, laid.layout, laid.plan
    if plan.runtime.engine != "llama.cpp" or shape is None or layout is None:
        return None
    gpus = [item.device for item in plan.memory if item.device.backend is not Backend.CPU]
    return llama_cpp_memory(
        shape,
        layout,
        settings,
        gpus=len(gpus),
        gpu_free=[gpu.budget_bytes for gpu in gpus],
        backend=gpus[0].backend if gpus else Backend.CPU,
    )
