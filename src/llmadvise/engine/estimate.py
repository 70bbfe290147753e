"""Memory and speed of one variant, in the engine's own terms beside ours."""

from __future__ import annotations

from dataclasses import dataclass, replace

from llmadvise.domain.assessment import MemoryEstimate, Placement, SpeedEstimate
from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import Model, Variant
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Case
from llmadvise.engine.memory.from_catalog import layout_from_catalog
from llmadvise.engine.memory.llama_cpp import EngineMemory, llama_cpp_memory
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.plan_context import settings_for
from llmadvise.engine.present import memory_estimate, speed_estimate
from llmadvise.engine.question import Question
from llmadvise.errors import LLMAdviseError


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


def estimate(question: Question, model: Model, variant: Variant) -> Estimated:
    """Lay the variant out as `recommend` would, under every setting that the question fixes.

    Raises LLMAdviseError where the architecture or the size is unknown, UsageError for a setting that is unknown.
    """
    candidate, _ = judge_model(model, question.catalog, question.profile, question.requirements)
    case, blocked = Assessor(question).judge(candidate, variant, anyway=True)
    if case is None:
        reason = blocked.message if blocked else "its dimensions are unknown"
        raise LLMAdviseError(f"{model.id} {variant.quantization} cannot be estimated: {reason}", "Try another variant.")
    settings = _settings(question, case)
    return Estimated(
        model=model,
        variant=variant,
        runtime=case.plan.runtime.id,
        settings=settings,
        placement=case.plan.placement,
        memory=memory_estimate(variant, case.plan.memory),
        engine=_engine_memory(case, settings),
        speed=speed_estimate(case.plan, question),
        findings=case.findings,
    )


def _settings(question: Question, case: Case) -> EngineSettings:
    """The engine's settings with the placement that was planned."""
    placement = case.plan.placement
    shape = case.candidate.shape
    whole = shape is not None and placement.gpu_layers > shape.layers
    return replace(
        settings_for(question.requirements, case.plan.context_length, question.options),
        gpu_layers=None if whole else placement.gpu_layers,
        cpu_moe_layers=placement.cpu_moe_layers,
    )


def _engine_memory(case: Case, settings: EngineSettings) -> EngineMemory | None:
    shape = case.candidate.shape
    layout = layout_from_catalog(case.candidate.model, case.variant, case.quantization)
    if case.plan.runtime.engine != "llama.cpp" or shape is None or layout is None:
        return None
    gpus = [item.device for item in case.plan.memory if item.device.backend is not Backend.CPU]
    return llama_cpp_memory(
        shape,
        layout,
        settings,
        gpus=len(gpus),
        gpu_free=[gpu.budget_bytes for gpu in gpus],
        backend=gpus[0].backend if gpus else Backend.CPU,
    )
