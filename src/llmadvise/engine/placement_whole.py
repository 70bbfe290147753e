"""Layouts of engines that hold a model whole on GPUs: vLLM and what schedules alike, and MLX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmadvise.domain.assessment import Placement, PlacementKind
from llmadvise.domain.estimate import Range
from llmadvise.domain.hardware import Gpu
from llmadvise.engine.case import DeviceBytes, Plan
from llmadvise.engine.device import Device
from llmadvise.engine.memory.mlx import mlx_memory
from llmadvise.engine.memory.vllm import DEFAULT_UTILIZATION, VllmMemory, vllm_memory
from llmadvise.engine.plan_parts import Task, device_bytes, excess, finish
from llmadvise.engine.traffic import Share, traffic

_HUNDREDTH = 100


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
    part = device_bytes(task, gpus[0], memory.weights, memory.kv_cache, memory.compute)
    return _plan(task, (part,), gpus[:1], ())


def plan_vllm(task: Task) -> Plan | None:
    """The fewest equal GPUs that hold the model and the cache under tensor parallelism."""
    plans = list(_attempts(task))
    return next((plan for plan in plans if plan.fits), None) or min(plans, key=excess, default=None)


def _attempts(task: Task) -> Iterator[Plan]:
    positions = [position for position, _ in task.usable.gpus]
    count = 1
    while count <= len(positions):
        cards = [task.machine.gpus[position] for position in positions[:count]]
        devices = [task.machine.device(position, backend) for position, backend in task.usable.gpus[:count]]
        if all(card.memory_bytes for card in cards):
            yield _parallel(task, cards, devices)
        count *= 2


def _parallel(task: Task, cards: Sequence[Gpu], devices: Sequence[Device]) -> Plan:
    """The model over these GPUs, each with the same part."""
    settings = task.context.settings
    fraction = _utilization(cards)
    memory = vllm_memory(
        task.shape,
        task.layout,
        context_length=settings.context_length // settings.slots,
        gpu_total_bytes=[card.memory_bytes or 0 for card in cards],
        utilization=fraction,
        sequences=settings.slots,
        cache_type=settings.kv_type_k,
    )
    options = [("users", str(settings.slots))]
    if len(cards) > 1:
        options.append(("tensor_parallel", str(len(cards))))
    if fraction != DEFAULT_UTILIZATION:
        options.append(("memory_fraction", f"{fraction:.2f}"))
    parts = tuple(_part(device, memory) for device in devices)
    plan = _plan(task, parts, devices, tuple(options))
    return plan if not memory.findings else _refused(plan, memory)


def _utilization(cards: Sequence[Gpu]) -> float:
    """The default part of each GPU, or the largest hundredth that its budget allows."""
    fractions = [(card.budget_bytes or 0) * _HUNDREDTH // (card.memory_bytes or 1) / _HUNDREDTH for card in cards]
    return min(DEFAULT_UTILIZATION, *fractions)


def _part(device: Device, memory: VllmMemory) -> DeviceBytes:
    """One GPU's part: vLLM takes its whole share, and the cache has what weights and buffers leave.

    Where the cache would be too small, the part is what it would have to be.
    """
    pool = max(round(memory.cache_available.low), memory.cache_needed, 0)
    fixed = memory.weights_bytes + memory.activations.high + memory.overhead.high
    total = max(float(memory.budget_bytes), fixed + memory.cache_needed)
    return DeviceBytes(
        device=device,
        weights=memory.weights_bytes,
        kv_cache=pool,
        compute=round(memory.activations.value),
        overhead=memory.overhead,
        total=Range(total, min(total, float(memory.budget_bytes)), total),
    )


def _plan(
    task: Task, memory: tuple[DeviceBytes, ...], devices: Sequence[Device], options: tuple[tuple[str, str], ...]
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
        traffic=traffic(task.active, shares, task.host, parameters, task.context.cache_read),
        options=options,
    )


def _refused(plan: Plan, memory: VllmMemory) -> Plan:
    """The plan with the reasons for which vLLM would stop."""
    return Plan(
        runtime=plan.runtime,
        placement=plan.placement,
        context_length=plan.context_length,
        options=plan.options,
        memory=plan.memory,
        fits=False,
        decode=None,
        prefill=None,
        findings=memory.findings,
    )
