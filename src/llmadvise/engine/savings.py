"""Steps that would free memory: each found by laying the model out again, with what it frees and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from llmadvise.domain.assessment import PlacementKind, Saving
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.finding import Verdict
from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.profile import Task
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.case import Candidate, Case, Plan
from llmadvise.engine.commands import options as flags_of
from llmadvise.engine.memory.layout import WeightLayout, without_table
from llmadvise.engine.placement import SMALLER_CACHE, Planner
from llmadvise.engine.plan_context import kv_text
from llmadvise.engine.plan_parts import tightest
from llmadvise.engine.quality import retention
from llmadvise.engine.question import Question
from llmadvise.engine.runtimes import UsableRuntime
from llmadvise.engine.words import gib
from llmadvise.record import dataclass, replace

if TYPE_CHECKING:
    from llmadvise.engine.estimate import Laid

MOST: Final = 3
_LEAST_SHARE: Final = 0.01
"""Of what lies on the device: less is not worth a word."""
_SHORTEST: Final = 2048
"""Tokens; nobody is helped by a context below that."""
_SMALL_BATCH: Final = 256
"""Tokens; half of llama.cpp's own."""
_EIGHTH: Final = 8
"""A step moves this part of the layers."""
_NOISE: Final = 0.2
"""Points of quality that no benchmark tells apart (docs/quality.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layable:
    """What was laid out, and what is needed to do it again."""

    candidate: Candidate
    variant: Variant
    quantization: Quantization
    plan: Plan
    usable: UsableRuntime
    layout: WeightLayout | None


def savings_of(question: Question, case: Case, usable: UsableRuntime) -> tuple[Saving, ...]:
    """The savings of a judged case."""
    return savings(
        question,
        Layable(
            candidate=case.candidate,
            variant=case.variant,
            quantization=case.quantization,
            plan=case.plan,
            usable=usable,
            layout=None,
        ),
    )


def savings_of_estimate(question: Question, laid: Laid) -> tuple[Saving, ...]:
    """The savings of what `estimate` laid out."""
    from llmadvise.engine.estimate_file import runtimes_for  # noqa: PLC0415 - advice does without

    choice = runtimes_for(question, question.requirements, laid.candidate.model, laid.variant, laid.quantization)
    usable = next((item for item in choice.usable if item.runtime.id == laid.plan.runtime.id), None)
    if usable is None:
        return ()
    return savings(
        question,
        Layable(
            candidate=laid.candidate,
            variant=laid.variant,
            quantization=laid.quantization,
            plan=laid.plan,
            usable=usable,
            layout=laid.layout,
        ),
    )


def savings(question: Question, laid: Layable) -> tuple[Saving, ...]:
    """At most three steps, those that cost least first; empty for engines that take all they are given, and for vectors,
    whose batches must hold a whole text.

    Both sides of a difference are computed by formula: what the files' tensors would add to each is nearly the same.
    """
    if laid.plan.runtime.engine != "llama.cpp" or laid.plan.runtime.sizing or laid.plan.settings is None:
        return ()
    if laid.plan.task is Task.EMBEDDING:
        return ()
    before = _again(question, laid)
    if before is None:
        return ()
    same = replace(laid, plan=before)
    found = [saving for step in _STEPS for saving in step(question, same)]
    return tuple(found[:MOST])


def _smaller_cache(question: Question, laid: Layable) -> Iterator[Saving]:
    settings = laid.plan.settings
    if settings is None or kv_text(settings) != "f16" or SMALLER_CACHE not in laid.plan.runtime.kv_types:
        return
    plan = _again(question, laid, kv_type=SMALLER_CACHE)
    if plan is None or any(finding.verdict is Verdict.BLOCK for finding in plan.findings):
        return
    change = _quality(question, laid, SMALLER_CACHE) - _quality(question, laid, "f16")
    yield from _saving(
        laid, plan, step="kv-cache", setting=f"--kv-type {SMALLER_CACHE}", what=f"KV cache in {SMALLER_CACHE}",
        cost=_quality_words(change), said=(("kv_type", SMALLER_CACHE), ("flash_attention", "on")), quality=change,
    )  # fmt: skip


def _smaller_batch(question: Question, laid: Layable) -> Iterator[Saving]:
    settings = laid.plan.settings
    if settings is None or "ubatch" not in laid.plan.runtime.flags or settings.ubatch <= _SMALL_BATCH:
        return
    plan = _again(question, laid, ubatch=_SMALL_BATCH)
    if plan is not None:
        yield from _saving(
            laid, plan, step="micro-batch", setting=f"--ubatch {_SMALL_BATCH}", what=f"micro-batch of {_SMALL_BATCH}",
            cost="prompts are read slower, by how much is not known", said=(("ubatch", str(_SMALL_BATCH)),),
        )  # fmt: skip


def _more_on_host(question: Question, laid: Layable) -> Iterator[Saving]:
    """Experts of more blocks, or more blocks, in RAM; only where a GPU is the tighter device."""
    placement, shape = laid.plan.placement, laid.candidate.shape
    if shape is None or placement.kind is PlacementKind.CPU or tightest(laid.plan).device.backend is Backend.CPU:
        return
    count = max(1, shape.layers // _EIGHTH)
    if shape.experts is not None:
        moved = min(shape.layers, placement.cpu_moe_layers + count)
        plan = _again(question, laid, cpu_moe_layers=moved)
        setting, said = f"--n-cpu-moe {moved}", ("cpu_moe_layers", str(moved))
        what = f"experts of {moved - placement.cpu_moe_layers} more blocks in RAM"
    else:
        left = max(1, placement.gpu_layers - count)
        plan = _again(question, laid, gpu_layers=left)
        setting, said = f"--gpu-layers {left}", ("gpu_layers", str(left))
        what = f"{placement.gpu_layers - left} more layers in RAM"
    before = laid.plan.decode
    if plan is None or before is None:
        return
    if plan.decode is None:
        return
    change = plan.decode.value / before.value - 1
    cost = f"decodes about {-change:.0%} slower"
    yield from _saving(laid, plan, step="host", setting=setting, what=what, cost=cost, said=(said,), speed=change)


def _shorter_context(question: Question, laid: Layable) -> Iterator[Saving]:
    half = laid.plan.context_length // 2
    if half < _SHORTEST:
        return
    plan = _again(question, laid, context_length=half)
    if plan is not None:
        yield from _saving(
            laid, plan, step="context", setting=f"--context {half}", what=f"a context of {half:,} tokens",
            cost="half as much text at once",
        )  # fmt: skip


_STEPS: Final[tuple[Callable[[Question, Layable], Iterator[Saving]], ...]] = (
    _smaller_cache,
    _smaller_batch,
    _more_on_host,
    _shorter_context,
)
"""Those that cost least first."""


def _again(
    question: Question,
    laid: Layable,
    *,
    kv_type: str | None = None,
    context_length: int | None = None,
    ubatch: int | None = None,
    gpu_layers: int | None = None,
    cpu_moe_layers: int | None = None,
) -> Plan | None:
    """The same layout with one thing changed: layers stay where they are, so that the difference is what it frees."""
    placement = laid.plan.placement
    settings = laid.plan.settings
    requirements: Requirements = replace(
        question.requirements,
        kv_type=kv_type or (kv_text(settings) if settings else question.requirements.kv_type),
        context_length=context_length or laid.plan.context_length,
    )
    options: EngineOptions = replace(
        question.options,
        gpu_layers=placement.gpu_layers if gpu_layers is None else gpu_layers,
        cpu_moe_layers=placement.cpu_moe_layers if cpu_moe_layers is None else cpu_moe_layers,
        ubatch=ubatch or question.options.ubatch,
    )
    planner = Planner(question.machine, requirements, question.catalog.calibration, options, profile=question.profile)
    layout = None if laid.layout is None else without_table(laid.layout)
    return planner.plan(laid.candidate, laid.variant, laid.quantization, (laid.usable,), layout=layout)


def _saving(
    laid: Layable,
    plan: Plan,
    *,
    step: str,
    setting: str,
    what: str,
    cost: str,
    said: tuple[tuple[str, str], ...] = (),
    quality: float | None = None,
    speed: float | None = None,
) -> Iterator[Saving]:
    """The saving on the device that has least to spare; none where it is not worth a word."""
    before = tightest(laid.plan)
    after = next((item for item in plan.memory if item.device.id == before.device.id), None)
    freed = round(before.total.value - after.total.value) if after is not None else 0
    if freed > before.total.value * _LEAST_SHARE:
        yield Saving(
            step=step,
            setting=setting,
            flags=flags_of(laid.plan.runtime, said) or None,
            device=before.device.id,
            saved_bytes=freed,
            quality_change=None if quality is None else round(quality, 3),
            speed_change=None if speed is None else round(speed, 3),
            message=f"{what}: {gib(freed)} less on {before.device.id}, {cost}",
        )


def _quality(question: Question, laid: Layable, kv_type: str) -> float:
    model: Model = laid.candidate.model
    kept = retention(
        model,
        laid.quantization,
        calibrated=laid.variant.calibrated,
        kv_type=kv_type,
        profile=question.profile,
        calibration=question.catalog.calibration.quality,
    )
    return kept.value * laid.candidate.unquantized.value


def _quality_words(change: float) -> str:
    return "quality loss within noise" if -change < _NOISE else f"about {-change:.1f} points of quality less"
