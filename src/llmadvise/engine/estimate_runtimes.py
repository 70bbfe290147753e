"""The same model under each runtime that takes it here: the same context, and what each makes of the memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from llmadvise.domain.finding import Verdict
from llmadvise.domain.model import Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.runtime import Runtime
from llmadvise.engine.case import Plan
from llmadvise.engine.estimate import Laid
from llmadvise.engine.estimate_file import runtimes_for
from llmadvise.engine.memory.layout import without_table
from llmadvise.engine.most_trusted import most_trusted
from llmadvise.engine.placement import Planner
from llmadvise.engine.placement_managed import own_context
from llmadvise.engine.question import Question
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderRuntime:
    """One runtime with the file that it would load."""

    runtime: str
    variant: Variant
    context: int
    """Tokens for each user."""
    weights_bytes: int
    kv_cache_bytes: int
    total_bytes: int
    """The best guess, all devices together."""
    fits: bool
    own_context: int | None
    """What it gives when nothing is said; None: the model's own length."""
    why: str
    """What makes it differ."""


def under_runtimes(question: Question, laid: Laid) -> tuple[UnderRuntime, ...]:
    """One row for each way of taking memory; runtimes that take it alike are one. Empty where there is only one."""
    asked = replace(
        question.requirements, context_length=laid.plan.context_length, runtime=None, formats=(), kv_type="f16"
    )
    open_question = replace(question, requirements=asked)
    rows = []
    for runtime in _different(question, laid.plan.runtime):
        row = _row(open_question, laid, runtime)
        if row is not None:
            rows.append(row)
    return tuple(rows) if len(rows) > 1 else ()


def _different(question: Question, first: Runtime) -> Iterator[Runtime]:
    """The one that was planned with, then the preferred of each other kind."""
    seen = set()
    for runtime in (first, *question.runtimes):
        key = (runtime.engine, runtime.sizing)
        if key not in seen:
            seen.add(key)
            yield runtime


def _row(question: Question, laid: Laid, runtime: Runtime) -> UnderRuntime | None:
    """The runtime with the same file if it loads it, else with the listed one of the nearest bits."""
    requirements = replace(question.requirements, runtime=runtime.id)
    for variant, quantization in _candidates(question, laid, runtime):
        choice = runtimes_for(question, requirements, laid.candidate.model, variant, quantization)
        usable = [item for item in choice.usable if item.runtime.id == runtime.id]
        if not usable:
            continue
        same = variant is laid.variant
        layout = without_table(laid.layout) if same and laid.layout is not None else None
        planner = Planner(
            question.machine,
            requirements,
            question.catalog.calibration,
            question.options,
            profile=question.profile,
        )
        plan = planner.plan(laid.candidate, variant, quantization, usable, layout=layout)
        if plan is not None:
            return _under(question, plan, variant)
    return None


def _candidates(question: Question, laid: Laid, runtime: Runtime) -> Iterator[tuple[Variant, Quantization]]:
    if laid.variant.format in runtime.formats:
        yield laid.variant, laid.quantization
        return
    schemes = question.catalog.quantizations
    bits = laid.quantization.bits_per_weight
    known = [
        (abs(schemes[item.quantization].bits_per_weight - bits), item.id, item)
        for item in most_trusted(laid.candidate.model.variants)
        if item.format in runtime.formats and item.quantization in schemes and item.bytes is not None
    ]
    for _, _, item in sorted(known, key=lambda entry: entry[:2]):
        yield item, schemes[item.quantization]


def _under(question: Question, plan: Plan, variant: Variant) -> UnderRuntime:
    return UnderRuntime(
        runtime=plan.runtime.id,
        variant=variant,
        context=plan.context_length,
        weights_bytes=sum(item.weights for item in plan.memory),
        kv_cache_bytes=sum(item.kv_cache for item in plan.memory),
        total_bytes=round(sum(item.total.value for item in plan.memory)),
        fits=plan.fits,
        own_context=own_context(plan.runtime.sizing, question.machine),
        why=_why(plan),
    )


def _why(plan: Plan) -> str:
    """In few words what the runtime does its own way."""
    blocked = next((item.message for item in plan.findings if item.verdict is Verdict.BLOCK), None)
    if blocked is not None:
        return blocked
    settings, sizing = plan.settings, plan.runtime.sizing
    match plan.runtime.engine:
        case "vllm":
            held = next((item.message for item in plan.findings if item.rule == "vllm-cache-holds"), "")
            return f"takes its share of each GPU whatever the model; {held}"
        case "mlx":
            return "no buffers for a graph; the cache grows by 256 tokens, the prompt is read 2,048 at a time"
        case _ if sizing is not None and settings is not None:
            parts = [f"{settings.slots} slot{'s' if settings.slots > 1 else ''}", f"micro-batch {settings.ubatch:,}"]
            if sizing.gpu_margin_bytes:
                parts.append(f"{sizing.gpu_margin_bytes >> 20:,} MiB of each GPU kept free, layers placed by itself")
            return ", ".join(parts)
        case _:
            return "started with the flags that are advised"
