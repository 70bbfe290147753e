"""Layouts of llama.cpp and what is built on it: whole on GPUs, partly on the host, or on the CPU alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmadvise.domain.assessment import Placement, PlacementKind
from llmadvise.domain.hardware import Backend
from llmadvise.engine.case import DeviceBytes, Plan
from llmadvise.engine.device import Device
from llmadvise.engine.memory.layout import without_table
from llmadvise.engine.memory.llama_cpp import DeviceTerms, llama_cpp_memory
from llmadvise.engine.memory.overhead import Spread, spread_of
from llmadvise.engine.memory.plan import Placements
from llmadvise.engine.memory.search import first_count
from llmadvise.engine.memory.settings import SplitMode
from llmadvise.engine.plan_options import one_of_several, told_options
from llmadvise.engine.plan_parts import Task, device_bytes, excess, finish
from llmadvise.engine.traffic import Share, traffic
from llmadvise.record import replace


def plan_llama_cpp(task: Task) -> Plan | None:
    """The fastest layout that fits: whole on one GPU, else on several, else partly on the host, else on the CPU."""
    gpus = task.gpus
    if task.context.options.placed:
        return _as_told(task, gpus)
    failed: list[Plan] = []
    for plan in _whole(task, gpus):
        if plan.fits:
            return plan
        failed.append(plan)
    slower = [*_partial(task, gpus), *_cpu(task)]
    fitting = [plan for plan in slower if plan.fits]
    if fitting:
        return max(fitting, key=lambda plan: plan.decode.value if plan.decode else 0.0)
    return min([*failed, *slower], key=excess, default=None)


def whole_on_gpus(task: Task) -> Plan | None:
    """The first layout that holds everything on GPUs; None if none does."""
    return next((plan for plan in _whole(task, task.gpus) if plan.fits), None)


def _whole(task: Task, gpus: Sequence[Device]) -> Iterator[Plan]:
    """Everything on GPUs: each alone, then all that one build can use together; as the user said, where that was said."""
    together = _together(task, gpus)
    if len(together) < 2 or not task.context.options.spread:  # noqa: PLR2004 - several
        for gpu in gpus:
            layout = _placements(task, gpu)
            yield _on_one(task, gpu, layout, layout.units, 0)
    if len(together) > 1:
        yield _on_several(task, together)


def _together(task: Task, gpus: Sequence[Device]) -> list[Device]:
    """Those that one build can use at once: the first, and the others of its backend unless the user wants but one."""
    if task.context.settings.split_mode is SplitMode.NONE:
        return list(gpus[:1])
    return [gpu for gpu in gpus if gpu.backend is gpus[0].backend]


def _placements(task: Task, gpu: Device) -> Placements:
    return Placements(task.layout, task.context.settings, task.context.cost(task.shape, gpu.backend))


def _on_one(task: Task, gpu: Device, layout: Placements, gpu_layers: int, cpu_moe_layers: int) -> Plan:
    """One GPU beside the host, with so many layers on it and the experts of so many leading blocks on the host."""
    weights, cache = layout.gpu_weights(gpu_layers, cpu_moe_layers), layout.gpu_kv(gpu_layers)
    host_weights, host_cache = layout.host_weights(gpu_layers, cpu_moe_layers), layout.host_kv(gpu_layers)
    host_compute = layout.host_bytes(gpu_layers, cpu_moe_layers) - host_weights - host_cache
    split = gpu_layers < layout.units or cpu_moe_layers > 0
    spread = spread_of(drawn=layout.is_drawn(gpu_layers, cpu_moe_layers), split=split)
    memory = (
        device_bytes(
            task, gpu, weights, cache, layout.gpu_compute(gpu_layers, cpu_moe_layers), spread=spread, main=True
        ),
        device_bytes(task, task.host, host_weights, host_cache, host_compute, spread=spread),
    )
    blocks = layout.units - 1
    first = max(0, layout.units - gpu_layers)
    shares = [Share(device=gpu, first=first, last=blocks, output=True, experts_from=cpu_moe_layers)]
    if first:
        shares.append(Share(device=task.host, first=0, last=first))
    whole = gpu_layers == layout.units
    return _plan(task, memory, shares, gpu_layers, cpu_moe_layers, whole=whole, extra=one_of_several(task, gpu))


def _as_told(task: Task, gpus: Sequence[Device]) -> Plan | None:
    """The layout that the user fixed, whether it fits or not."""
    options = task.context.options
    units = len(task.layout.layer_bytes) + 1
    gpu_layers = units if options.gpu_layers is None else min(options.gpu_layers, units)
    if not gpus or gpu_layers == 0:
        return next(_cpu(task), None)
    together = _together(task, gpus)
    if len(together) == 1:
        layout = _placements(task, gpus[0])
        return _on_one(task, gpus[0], layout, gpu_layers, options.cpu_moe_layers or 0)
    return _on_several(task, together, gpu_layers, options.cpu_moe_layers or 0)


def _on_several(task: Task, gpus: Sequence[Device], gpu_layers: int | None = None, cpu_moe_layers: int = 0) -> Plan:
    """Layers spread over several GPUs in proportion to their budgets, or as told; the leading ones on the host."""
    units = len(task.layout.layer_bytes) + 1
    layers = units if gpu_layers is None else gpu_layers
    split = task.context.options.tensor_split or tuple(float(gpu.budget_bytes) for gpu in gpus)
    settings = replace(
        task.context.settings,
        tensor_split=split,
        gpu_layers=None if layers == units else layers,
        cpu_moe_layers=cpu_moe_layers,
    )
    forecast = llama_cpp_memory(task.shape, task.layout, settings, gpus=len(gpus), backend=gpus[0].backend)
    spread = spread_of(drawn=forecast.drawn, split=layers < units or cpu_moe_layers > 0)
    memory = tuple(
        _from_terms(task, device, terms, spread, main=device is gpus[0])
        for device, terms in zip((*gpus, task.host), forecast.by_device, strict=True)
    )
    shares = _shares(gpus, task.host, forecast.owners, cpu_moe_layers)
    ratio = ",".join(f"{part / sum(split):.2f}" for part in split)
    return _plan(task, memory, shares, layers, cpu_moe_layers, whole=layers == units, extra=(("tensor_split", ratio),))


def _from_terms(task: Task, device: Device, terms: DeviceTerms, spread: Spread, *, main: bool) -> DeviceBytes:
    compute = terms.compute + terms.output
    return device_bytes(task, device, terms.model, terms.kv + terms.recurrent, compute, spread=spread, main=main)


def _shares(gpus: Sequence[Device], host: Device, owners: Sequence[int], cpu_moe_layers: int) -> list[Share]:
    """What each device computes of the blocks, and where the output is; one that owns nothing has none."""
    *blocks, output = owners
    shares = []
    for owner, device in (*enumerate(gpus), (-1, host)):
        if owner in owners:
            first = blocks.index(owner) if owner in blocks else len(blocks)
            last = first + blocks.count(owner)
            kept_from = 0 if device is host else cpu_moe_layers
            shares.append(Share(device=device, first=first, last=last, output=owner == output, experts_from=kept_from))
    return shares


def _partial(task: Task, gpus: Sequence[Device]) -> Iterator[Plan]:
    """Part of the weights on the host: the experts of the leading blocks, or whole leading blocks."""
    if not gpus or not task.usable.runtime.offloads or gpus[0].unified:
        return
    gpu = gpus[0]
    together = _together(task, gpus)
    if len(together) > 1:
        yield from _partly_on_several(task, together)
        return
    layout = _placements(task, gpu)
    if task.layout.expert_bytes:
        count = _fewest_expert_blocks(task, gpu, layout)
        if count is not None:
            yield _on_one(task, gpu, layout, layout.units, count)
            return
    layers = _most_layers(task, gpu, layout)
    if layers > 0:
        yield _on_one(task, gpu, layout, layers, 0)


def _partly_on_several(task: Task, gpus: Sequence[Device]) -> Iterator[Plan]:
    """The same over several GPUs: fewest expert blocks, else fewest whole blocks on the host."""
    units = len(task.layout.layer_bytes) + 1
    rough = replace(task, layout=without_table(task.layout))
    if task.layout.expert_bytes:
        tried = [_on_several(task, gpus, units, units - 1)]
        if _gpus_hold(tried[0]):
            count = first_count(
                range(1, units),
                lambda number: _gpus_hold(_on_several(rough, gpus, units, number)),
                lambda number: _gpus_hold(_on_several(task, gpus, units, number)),
            )
            yield _on_several(task, gpus, units, min(count, units - 1))
            return
    over = first_count(
        range(1, units),
        lambda number: not _gpus_hold(_on_several(rough, gpus, number)),
        lambda number: not _gpus_hold(_on_several(task, gpus, number)),
    )
    most = over - 1
    if most > 0:
        yield _on_several(task, gpus, most)


def _gpus_hold(plan: Plan) -> bool:
    """Whether every GPU holds its part."""
    return all(
        item.total.high <= item.device.budget_bytes for item in plan.memory if item.device.backend is not Backend.CPU
    )


def _over(task: Task, gpu: Device, layout: Placements, gpu_layers: int, cpu_moe_layers: int) -> bool:
    """Whether the GPU's part may exceed its budget."""
    weights, cache = layout.gpu_weights(gpu_layers, cpu_moe_layers), layout.gpu_kv(gpu_layers)
    spread = spread_of(drawn=layout.is_drawn(gpu_layers, cpu_moe_layers), split=True)
    compute = layout.gpu_compute(gpu_layers, cpu_moe_layers)
    part = device_bytes(task, gpu, weights, cache, compute, spread=spread, main=True)
    return part.total.high > gpu.budget_bytes


def _fewest_expert_blocks(task: Task, gpu: Device, layout: Placements) -> int | None:
    """Fewest leading blocks whose experts must stay on the host; None if all of them are not enough."""
    blocks = layout.units - 1
    if _over(task, gpu, layout, layout.units, blocks):
        return None
    rough = _undrawn(task, gpu)
    return first_count(
        range(1, blocks + 1),
        lambda count: not _over(task, gpu, rough, layout.units, count),
        lambda count: not _over(task, gpu, layout, layout.units, count),
    )


def _most_layers(task: Task, gpu: Device, layout: Placements) -> int:
    """Most units on the GPU short of all; memory rises with each."""
    rough = _undrawn(task, gpu)
    over = first_count(
        range(1, layout.units),
        lambda count: _over(task, gpu, rough, count, 0),
        lambda count: _over(task, gpu, layout, count, 0),
    )
    return over - 1


def _undrawn(task: Task, gpu: Device) -> Placements:
    """The same by the closed form: close enough to begin a search with."""
    return Placements(without_table(task.layout), task.context.settings, task.context.cost(task.shape, gpu.backend))


def _cpu(task: Task) -> Iterator[Plan]:
    """Everything in RAM."""
    if not task.usable.cpu:
        return
    layout = _placements(task, task.host)
    weights, cache = layout.host_weights(0), layout.host_kv(0)
    compute = layout.cpu_only_bytes() - weights - cache
    spread = spread_of(drawn=layout.is_drawn(0, 0), split=False)
    memory = (device_bytes(task, task.host, weights, cache, compute, spread=spread, main=True),)
    shares = [Share(device=task.host, first=0, last=layout.units - 1, output=True)]
    yield _plan(task, memory, shares, 0, 0, whole=False)


def _plan(
    task: Task,
    memory: tuple[DeviceBytes, ...],
    shares: Sequence[Share],
    gpu_layers: int,
    cpu_moe_layers: int,
    *,
    whole: bool,
    extra: tuple[tuple[str, str], ...] = (),
) -> Plan:
    kind = PlacementKind.CPU if not gpu_layers else PlacementKind.OFFLOAD
    if whole and not cpu_moe_layers:
        kind = PlacementKind.GPU
    placement = Placement(
        kind=kind,
        gpu_layers=gpu_layers,
        cpu_moe_layers=cpu_moe_layers,
        devices=tuple(item.device.id for item in memory if item.weights and _counts(item.device, kind)),
    )
    parameters = task.candidate.model.parameters.active
    loads = traffic(task.active, shares, task.host, parameters, (task.context.cache_read, task.context.cache_slope))
    return finish(
        task,
        placement=placement,
        memory=memory,
        traffic=loads,
        options=(*told_options(task, gpu_layers, cpu_moe_layers, whole=whole), *extra),
        findings=task.context.refusals,
    )


def _counts(device: Device, kind: PlacementKind) -> bool:
    """The host holds the embedding even where the GPU does the work; it is named only where it computes."""
    return kind is not PlacementKind.GPU or device.backend is not Backend.CPU
