"""A layout as a plan: the GPUs of one copy, what each holds, and what each does for a token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from llmadvise.domain.assessment import Placement, PlacementKind
from llmadvise.domain.finding import Verdict
from llmadvise.engine.case import DeviceBytes, Plan
from llmadvise.engine.device import Device
from llmadvise.engine.distributed.weigh import Cluster, Weighed
from llmadvise.engine.memory.vllm_settings import DEFAULT_UTILIZATION
from llmadvise.engine.plan_parts import Task, finish
from llmadvise.engine.traffic import Share, traffic


def plan_of(task: Task, cluster: Cluster, best: Weighed) -> Plan:
    """One copy as a plan: its GPUs by node, what each holds, and what each does for a token."""
    devices = tuple(_devices(cluster, best.layout.replica))
    memory, layout = best.memory, best.layout
    part = DeviceBytes(
        device=devices[0],
        weights=memory.weights_bytes,
        kv_cache=max(round(memory.cache_available.value), memory.cache_needed, 0),
        compute=round(memory.activations.value),
        overhead=memory.overhead,
        total=best.total,
    )
    blocks = task.active.layers
    cuts = [blocks * index // len(devices) for index in range(len(devices) + 1)]
    shares = [
        Share(device=device, first=first, last=last, output=device is devices[-1])
        for device, first, last in zip(devices, cuts, cuts[1:], strict=False)
    ]
    several = cluster.across(layout.gpus) > 1
    return finish(
        task,
        placement=Placement(
            kind=PlacementKind.DISTRIBUTED if several else PlacementKind.GPU,
            gpu_layers=blocks + 1,
            devices=tuple(device.id for device in _devices(cluster, layout.gpus)),
        ),
        memory=tuple(part._replace(device=device) for device in devices),
        traffic=traffic(
            task.active,
            shares,
            task.host,
            task.candidate.model.parameters.active,
            (task.context.cache_read, task.context.cache_slope),
        ),
        options=tuple(_options(best)),
        findings=tuple(item for item in best.findings if item.verdict is not Verdict.BLOCK),
    )


def _devices(cluster: Cluster, count: int) -> Iterator[Device]:
    size = len(cluster.devices)
    for index in range(count):
        device = cluster.devices[index % size]
        yield replace(device, id=f"node{index // size}/{device.id}") if cluster.nodes > 1 else device


def _options(best: Weighed) -> Iterator[tuple[str, str]]:
    """What the runtime must be told, under the names of its flags."""
    layout, settings = best.layout, best.settings
    yield "users", str(best.users)
    if layout.tensor > 1:
        yield "tensor_parallel", str(layout.tensor)
    if layout.pipeline > 1:
        yield "pipeline_parallel", str(layout.pipeline)
    if layout.data > 1:
        yield "data_parallel", str(layout.data)
    if layout.experts:
        yield "expert_parallel", "1"
    if settings.utilization != DEFAULT_UTILIZATION:
        yield "memory_fraction", f"{settings.utilization:.2f}"
    if settings.cache_type not in {"f16", "auto"}:
        yield "kv_type", settings.cache_type
