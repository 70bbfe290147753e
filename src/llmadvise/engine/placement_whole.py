"""Layouts of engines that hold a model whole on GPUs: vLLM and what schedules alike, and MLX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from llmadvise.domain.assessment import Placement, PlacementKind
from llmadvise.domain.estimate import Range
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Gpu
from llmadvise.engine.case import DeviceBytes, Plan
from llmadvise.engine.device import Device
from llmadvise.engine.memory.mlx import mlx_findings, mlx_memory
from llmadvise.engine.memory.overhead import STATED
from llmadvise.engine.memory.vllm import VllmMemory, usable_utilization, vllm_memory
from llmadvise.engine.memory.vllm_settings import DEFAULT_UTILIZATION, VllmSettings
from llmadvise.engine.plan_parts import Task, device_bytes, excess, finish
from llmadvise.engine.traffic import Share, traffic


def plan_mlx(task: Task) -> Plan | None:
    """Everything in the memory that the chip's CPU and GPU share."""
    gpus = task.gpus
    if not gpus:
        return None
    settings = task.context.settings
    memory = mlx_memory(
        task.shape,
        task.layout,
        context_length=settings.context_length // settings.slots,
        sequences=settings.slots,
        cache_type=settings.kv_type_k,
    )
    part = device_bytes(task, gpus[0], memory.weights, memory.kv_cache, memory.compute, spread=STATED)
    installed = max((gpu.memory_bytes or 0 for gpu in task.machine.gpus if f"gpu{gpu.index}" == gpus[0].id), default=0)
    notes = mlx_findings(memory, budget=gpus[0].budget_bytes, installed=installed or None, high=part.total.high)
    return _plan(task, (part,), gpus[:1], (), notes)


def plan_vllm(task: Task) -> Plan | None:
    """The fewest equal GPUs that hold the model and the cache, under tensor parallelism where the heads allow it."""
    plans: list[Plan] = []
    for plan in _attempts(task):
        if plan.fits:
            return plan
        plans.append(plan)
    return min(plans, key=excess, default=None)


def _attempts(task: Task) -> Iterator[Plan]:
    positions = [position for position, _ in task.usable.gpus]
    counts = [1 << power for power in range(len(positions).bit_length()) if 1 << power <= len(positions)]
    for count in dict.fromkeys((*counts, len(positions))):
        cards = [task.machine.gpus[position] for position in positions[:count]]
        devices = [task.machine.device(position, backend) for position, backend in task.usable.gpus[:count]]
        if all(card.memory_bytes for card in cards):
            divides = not task.shape.heads or task.shape.heads % count == 0
            yield _parallel(task, cards, devices, tensor=count if divides else 1)


def _parallel(task: Task, cards: Sequence[Gpu], devices: Sequence[Device], tensor: int) -> Plan:
    """The model over these GPUs, each with the same part: shared out by heads, or by layers where those do not divide."""
    settings = task.context.settings
    asked = VllmSettings(
        context_length=settings.context_length // settings.slots,
        sequences=settings.slots,
        max_sequences=settings.slots,
        utilization=_utilization(cards),
        cache_type=settings.kv_type_k,
        tensor_parallel=tensor,
        pipeline_parallel=len(cards) // tensor,
        positions=task.candidate.model.context_length.native,
    )
    memory = vllm_memory(task.shape, task.layout, asked, [card.memory_bytes or 0 for card in cards])
    options = [("users", str(settings.slots))]
    if tensor > 1:
        options.append(("tensor_parallel", str(tensor)))
    if asked.pipeline_parallel > 1:
        options.append(("pipeline_parallel", str(asked.pipeline_parallel)))
    if asked.utilization != DEFAULT_UTILIZATION:
        options.append(("memory_fraction", f"{asked.utilization:.2f}"))
    if settings.kv_type_k != "f16":
        options.append(("kv_type", settings.kv_type_k))
    parts = tuple(_part(device, memory) for device in devices)
    notes = () if memory.findings else tuple(_notes(task, asked, memory))
    plan = _plan(task, parts, devices, tuple(options), notes)
    return plan if not memory.findings else _refused(plan, memory)


def _notes(task: Task, asked: VllmSettings, memory: VllmMemory) -> Iterator[Finding]:
    """What is worth knowing where vLLM starts."""
    name, native = task.usable.runtime.name, task.candidate.model.context_length.native
    tokens = min(memory.largest_context, native)
    yield Finding(
        rule="vllm-cache-holds",
        verdict=Verdict.NOTE,
        message=f"{name}'s cache holds {memory.concurrency:.1f} requests of {asked.context_length:,} tokens at once, "
        f"or one of {tokens:,}",
        evidence=f"{memory.blocks} blocks",
    )
    if task.usable.runtime.id != task.usable.runtime.engine:
        yield Finding(
            rule="memory-by-analogy",
            verdict=Verdict.NOTE,
            message=f"{name} divides a GPU as vLLM does and is computed as it; its own figures were not measured",
        )
    if memory.largest_context < native:
        yield Finding(
            rule="vllm-needs-max-model-len",
            verdict=Verdict.NOTE,
            message=f"without a context length {name} plans for {native:,} tokens and stops; its cache holds {tokens:,}",
        )
    if asked.utilization < DEFAULT_UTILIZATION:
        yield Finding(
            rule="vllm-utilization-lowered",
            verdict=Verdict.NOTE,
            message=f"{name} stops if less than {DEFAULT_UTILIZATION:.0%} of the GPU memory is free, and less is: "
            f"--gpu-memory-utilization {asked.utilization:.2f}",
        )


def _utilization(cards: Sequence[Gpu]) -> float:
    """The default part of each GPU, or the largest hundredth that its budget allows."""
    return min(usable_utilization(card.memory_bytes or 0, card.budget_bytes) for card in cards)


def _part(device: Device, memory: VllmMemory) -> DeviceBytes:
    """One GPU's part: vLLM takes its whole share, and the cache has what weights and buffers leave.

    Where the cache would be too small, the part is what it would have to be.
    """
    budget = float(memory.budget_bytes)
    pool = max(round(memory.cache_available.value), memory.cache_needed)
    fixed = memory.weights_bytes + memory.activations.high + memory.overhead.high
    total = max(budget, fixed + memory.cache_needed)
    return DeviceBytes(
        device=device,
        weights=memory.weights_bytes,
        kv_cache=pool,
        compute=round(memory.activations.value),
        overhead=memory.overhead,
        total=Range(total, budget, total),
    )


def _plan(
    task: Task,
    memory: tuple[DeviceBytes, ...],
    devices: Sequence[Device],
    options: tuple[tuple[str, str], ...],
    findings: tuple[Finding, ...] = (),
) -> Plan:
    blocks = task.active.layers
    cuts = [blocks * index // len(devices) for index in range(len(devices) + 1)]
    shares = [
        Share(device=device, first=first, last=last, output=device is devices[-1])
        for device, first, last in zip(devices, cuts, cuts[1:], strict=False)
    ]
    parameters = task.candidate.model.parameters.active
    return finish(
        task,
        placement=Placement(
            kind=PlacementKind.GPU, gpu_layers=blocks + 1, devices=tuple(device.id for device in devices)
        ),
        memory=memory,
        traffic=traffic(
            task.active, shares, task.host, parameters, (task.context.cache_read, task.context.cache_slope)
        ),
        options=options,
        findings=findings,
    )


def _refused(plan: Plan, memory: VllmMemory) -> Plan:
    """The plan with the reasons for which vLLM would stop."""
    return replace(plan, fits=False, decode=None, prefill=None, findings=memory.findings, traffic=())
