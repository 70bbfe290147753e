"""One plan to try instead of one that failed: in words, and as options that give it."""

from __future__ import annotations

from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.hardware import Backend
from llmadvise.engine.case import Plan
from llmadvise.engine.plan_context import kv_text
from llmadvise.engine.plan_parts import tightest
from llmadvise.engine.question import Question
from llmadvise.engine.words import gib
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One plan to try instead."""

    words: str
    settings: tuple[tuple[str, str], ...]
    """Options of `serve` and `run` that give it, as (name, value)."""
    quantization: str | None = None
    """Another one of the same model; None: the same file."""
    memory_bytes: int | None = None
    decode: float | None = None
    """Tokens a second."""


def cache_told(question: Question, plan: Plan) -> tuple[tuple[str, str], ...]:
    """The type of the cache as an option, where a plan on the machine as it seems to be might take another one."""
    if plan.settings is None or kv_text(plan.settings) == question.requirements.kv_type:
        return ()
    return (("kv-type", kv_text(plan.settings)),)


def placed(plan: Plan) -> tuple[tuple[str, str], ...]:
    """The placement as options: the machine will be looked at again and may seem to have more than it has."""
    placement = plan.placement
    match placement.kind:
        case PlacementKind.GPU:
            return ()
        case PlacementKind.CPU:
            return () if all(item.device.backend is Backend.CPU for item in plan.memory) else (("gpu-layers", "0"),)
        case PlacementKind.OFFLOAD | PlacementKind.DISTRIBUTED:
            if placement.cpu_moe_layers:
                return (("n-cpu-moe", str(placement.cpu_moe_layers)),)
            return (("gpu-layers", str(placement.gpu_layers)),)


def placement_words(plan: Plan) -> str:
    placement = plan.placement
    device = tightest(plan)
    taken = f"{gib(device.total.value)} on {device.device.id}"
    match placement.kind:
        case PlacementKind.GPU:
            return f"all on the GPU ({taken})"
        case PlacementKind.CPU:
            return f"on the CPU ({taken})"
        case PlacementKind.OFFLOAD | PlacementKind.DISTRIBUTED:
            if placement.cpu_moe_layers:
                return f"experts of {placement.cpu_moe_layers} blocks in RAM ({taken})"
            return f"{placement.gpu_layers} layers on the GPU ({taken})"


def remedy_of(plan: Plan, words: str, settings: tuple[tuple[str, str], ...]) -> Remedy:
    return Remedy(
        words=words,
        settings=settings,
        memory_bytes=round(sum(item.total.value for item in plan.memory)),
        decode=None if plan.decode is None else round(plan.decode.value, 1),
    )
