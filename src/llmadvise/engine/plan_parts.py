"""Pieces that the planners of all engines share: the task, a device's bytes, speeds, and the finished plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from llmadvise.domain.assessment import Placement
from llmadvise.domain.calibration import Calibration
from llmadvise.domain.estimate import Range
from llmadvise.domain.finding import Finding
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.case import Candidate, DeviceBytes, Plan
from llmadvise.engine.device import Device
from llmadvise.engine.machine import Machine
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.overhead import STATED, WHOLE, Spread, driver_context, total_range
from llmadvise.engine.memory.shape import Shape
from llmadvise.engine.picture import Beside
from llmadvise.engine.plan_context import ModelContext
from llmadvise.engine.runtimes import UsableRuntime
from llmadvise.engine.speed import Traffic, decode_speed, prefill_speed
from llmadvise.engine.traffic import ActiveBytes
from llmadvise.record import dataclass

_TIGHT: Final = 0.1
"""Of the budget: with less to spare one more program on the machine is enough to run out of memory. A choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One variant to be laid out for one runtime."""

    candidate: Candidate
    shape: Shape
    layout: WeightLayout
    active: ActiveBytes
    quantization: Quantization
    usable: UsableRuntime
    gpus: Sequence[Device]
    """Those that the runtime can use, the fastest memory first."""
    context: ModelContext
    machine: Machine
    requirements: Requirements
    calibration: Calibration
    beside: Beside | None = None
    """What lies beside the model on the device that it is loaded to first."""

    @property
    def host(self) -> Device:
        """The CPU with its RAM."""
        return self.machine.cpu


def device_bytes(
    task: Task, device: Device, weights: int, kv_cache: int, compute: int, *, spread: Spread = WHOLE, main: bool = False
) -> DeviceBytes:
    """What lies on one device, with what its driver takes beside it and an interval for the whole.

    `spread`: how far the compute buffers may be off, which depends on how they were found. `main`: the device that an
    encoder of pictures is loaded to.
    """
    overhead = driver_context(device.backend, task.calibration.memory)
    total = total_range(weights, kv_cache, compute, overhead, spread)
    if main and task.beside is not None:
        more, buffer = task.beside.weights, task.beside.buffer
        weights, compute = weights + more, compute + buffer
        low, high = (more + round(buffer * part) for part in STATED)
        total = Range(total.value + more + buffer, total.low + low, total.high + high)
    return DeviceBytes(
        device=device, weights=weights, kv_cache=kv_cache, compute=compute, overhead=overhead, total=total
    )


def fits(memory: Sequence[DeviceBytes], pool_bytes: int | None) -> bool:
    """Whether the high end of every device's interval is within its budget, and all within a shared memory."""
    if any(item.total.high > item.device.budget_bytes for item in memory):
        return False
    return pool_bytes is None or sum(item.total.high for item in memory) <= pool_bytes


def excess(plan: Plan) -> float:
    """How many bytes the worst device lacks, or a memory that all share; negative where there is room."""
    lacking = [item.total.high - item.device.budget_bytes for item in plan.memory]
    if plan.pool_bytes is not None:
        lacking.append(plan.together_bytes - plan.pool_bytes)
    return max(lacking, default=0.0)


def tightest(plan: Plan) -> DeviceBytes:
    """The device with the smallest part of its budget to spare, among those that compute."""
    working = [item for item in plan.memory if item.device.id in plan.placement.devices] or list(plan.memory)
    return max(working, key=lambda item: item.total.value / max(1, item.device.budget_bytes))


def is_tight(plan: Plan) -> bool:
    """Whether a device that computes may have less than a tenth of its budget to spare."""
    item = tightest(plan)
    return item.total.high > item.device.budget_bytes * (1 - _TIGHT)


def finish(
    task: Task,
    *,
    placement: Placement,
    memory: tuple[DeviceBytes, ...],
    traffic: Sequence[Traffic],
    options: tuple[tuple[str, str], ...],
    findings: tuple[Finding, ...] = (),
) -> Plan:
    """The plan with its speeds; one that does not fit is not timed."""
    fitting = fits(memory, task.machine.pool_bytes)
    prompt = task.requirements.prompt_tokens or 1
    runtime, speed_class = task.usable.runtime, task.quantization.speed_class
    mixture = task.shape.experts is not None
    calibration = task.calibration.speed
    decode: Range | None = None
    prefill: Range | None = None
    if fitting:
        decode = decode_speed(
            traffic, speed_class=speed_class, mixture=mixture, runtime=runtime.id, calibration=calibration
        )
        prefill = prefill_speed(
            traffic,
            prompt_tokens=prompt,
            speed_class=speed_class,
            mixture=mixture,
            runtime=runtime.id,
            calibration=calibration,
        )
    return Plan(
        runtime=runtime,
        placement=placement,
        context_length=task.context.settings.context_length // task.requirements.users,
        options=options,
        memory=memory,
        fits=fitting,
        decode=decode,
        prefill=prefill,
        findings=findings,
        traffic=tuple(traffic) if fitting else (),
        settings=task.context.settings,
        pool_bytes=task.machine.pool_bytes,
    )
