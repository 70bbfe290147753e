"""Layouts of runtimes that start llama.cpp's server in their own way: other defaults, other margins, other GPUs.

Ollama (fb3076099) passes context, slots and batches to llama-server and leaves the layers to its `--fit`, which keeps
1,024 MiB of each GPU free and moves experts, then whole layers, to the host. What it passes follows from its own rough
estimate: file bytes, and keys and values of all layers at the model's width, whatever windows the layers have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Backend
from llmadvise.domain.runtime import Sizing
from llmadvise.engine.case import Plan
from llmadvise.engine.device import Device
from llmadvise.engine.machine import Machine
from llmadvise.engine.memory.refusals import refusals
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.placement_llama_cpp import plan_llama_cpp
from llmadvise.engine.plan_parts import Task
from llmadvise.engine.words import gib

_WITHIN: Final = 0.8
"""Part of the free memory that a batch beyond the smallest must leave its estimate within (server/sched.go)."""


def own_context(sizing: Sizing | None, machine: Machine) -> int | None:
    """The context length that the runtime gives on this machine when nothing is said; None: it has none of its own."""
    if sizing is None:
        return None
    # Metal says of its memory what it may wire, not what is installed.
    total = sum((gpu.budget_bytes if Backend.METAL in gpu.backends else gpu.memory_bytes) or 0 for gpu in machine.gpus)
    return next((tier.context for tier in sizing.contexts if total >= tier.gpu_bytes), None)


def plan_managed(task: Task, sizing: Sizing) -> Plan | None:
    """The plan under the runtime's own settings, on the GPUs and within the margins that it keeps."""
    free = {gpu.id: _free(task, gpu) for gpu in task.gpus}
    settings = _slots(task, sizing)
    gpus = _usable(task.gpus, sizing)
    estimate = rough_estimate(task, settings)
    gpus = _alone(gpus, free, estimate, sizing)
    settings = _batches(task, settings, sizing, estimate, sum(free[gpu.id] for gpu in gpus))
    own = replace(
        task,
        gpus=[_with_margin(gpu, free[gpu.id], sizing) for gpu in gpus],
        context=replace(task.context, settings=settings, refusals=refusals(task.shape, settings), costs={}),
    )
    plan = plan_llama_cpp(own)
    if plan is None:
        return None
    # Of one slot where several users were asked for, each has the whole context in turn.
    length = task.context.settings.context_length // task.requirements.users
    plan = replace(plan, context_length=length)
    return replace(plan, findings=(*plan.findings, *_notes(task, own, plan, sizing)))


def rough_estimate(task: Task, settings: EngineSettings) -> int:
    """Ollama's own forecast of a load (llm/llama_server.go: PredictServerVRAM)."""
    shape, layout = task.shape, task.layout
    heads = min((cache.kv_heads for cache in shape.caches if cache is not None), default=1)
    head = shape.hidden_size // shape.heads if shape.heads else 0
    weights = layout.loaded_bytes + layout.skipped_bytes + layout.overhead_bytes
    return weights + 4 * shape.layers * heads * head * settings.context_length


def _free(task: Task, gpu: Device) -> int:
    """What is free on a GPU: the budget with the reserve that the probe took off."""
    return gpu.budget_bytes if gpu.unified else gpu.budget_bytes + task.calibration.memory.gpu_reserve_bytes


def _slots(task: Task, sizing: Sizing) -> EngineSettings:
    """More slots than users share one cache; an architecture served one at a time has one."""
    settings = task.context.settings
    if task.shape.architecture in sizing.one_at_a_time and settings.slots > 1:
        return replace(settings, slots=1, kv_unified=True, context_length=settings.context_length // settings.slots)
    if task.context.options.slots is not None or settings.slots >= sizing.slots:
        return settings
    unified = replace(settings, slots=sizing.slots, kv_unified=True)
    return unified if task.context.options.kv_unified is not False else replace(unified, kv_unified=False)


def _usable(gpus: Sequence[Device], sizing: Sizing) -> list[Device]:
    return [gpu for gpu in gpus if sizing.integrated_vulkan or not (gpu.unified and gpu.backend is Backend.VULKAN)]


def _alone(gpus: list[Device], free: dict[str, int], estimate: int, sizing: Sizing) -> list[Device]:
    """Of several GPUs the one with most free memory that the estimate fits, else all of them."""
    if sizing.one_gpu_share is None or len(gpus) < 2:  # noqa: PLR2004 - several
        return gpus
    fitting = [gpu for gpu in gpus if estimate <= free[gpu.id] * sizing.one_gpu_share]
    return [max(fitting, key=lambda gpu: free[gpu.id])] if fitting else gpus


def _batches(task: Task, settings: EngineSettings, sizing: Sizing, estimate: int, free: int) -> EngineSettings:
    options = task.context.options
    for tier in sizing.batches:
        if settings.context_length <= tier.above_context:
            continue
        room = _WITHIN * free - estimate
        if free and tier.extra_bytes and (estimate > tier.gpu_share * free or room < tier.extra_bytes):
            continue
        batch = tier.batch if options.batch is None else options.batch
        return replace(settings, batch=batch, ubatch=tier.batch if options.ubatch is None else options.ubatch)
    return settings


def _with_margin(gpu: Device, free: int, sizing: Sizing) -> Device:
    if sizing.gpu_margin_bytes is None:
        return gpu
    return replace(gpu, budget_bytes=max(0, min(gpu.budget_bytes, free - sizing.gpu_margin_bytes)))


def _notes(task: Task, own: Task, plan: Plan, sizing: Sizing) -> Iterator[Finding]:
    """Where it differs from llama.cpp started as advised."""
    name, settings = task.usable.runtime.name, own.context.settings
    default = own_context(sizing, task.machine)
    if default is not None and default < plan.context_length:
        yield _note(
            "runtime-default-context",
            f"{name} gives {default:,} tokens on this machine unless told, and cuts longer prompts; "
            f"the command sets {plan.context_length:,}",
        )
    planned = task.context.settings
    if settings.slots < planned.slots:
        yield Finding(
            rule="runtime-serves-one",
            verdict=Verdict.WARN,
            message=f"{name} serves this architecture one request at a time: {planned.slots} users take turns",
        )
    if settings.ubatch != planned.ubatch or settings.slots != planned.slots:
        yield _note(
            "runtime-own-settings",
            f"{name} reads prompts {settings.ubatch:,} tokens at a time in {settings.slots} "
            f"slot{'s' if settings.slots > 1 else ''}, where llama.cpp would take {planned.ubatch:,} in "
            f"{planned.slots}: other buffers",
        )
    margin = sizing.gpu_margin_bytes
    if margin and own.gpus:
        yield _note(
            "runtime-splits-itself",
            f"{name} places the layers itself and keeps {gib(margin)} of each GPU free; fewer layers may fit than "
            "with llama.cpp",
        )
    left = [gpu.id for gpu in task.gpus if gpu.id not in {item.id for item in own.gpus}]
    if left:
        yield _note("runtime-leaves-gpu-out", f"{name} does not use {', '.join(left)} for this model by default")
    if sizing.unknown:
        yield _note("runtime-sizing-unknown", f"{name} does not publish {sizing.unknown}")


def _note(rule: str, message: str) -> Finding:
    return Finding(rule=rule, verdict=Verdict.NOTE, message=message)
