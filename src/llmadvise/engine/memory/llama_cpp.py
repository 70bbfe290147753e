"""What llama.cpp allocates on each device, in its own terms: model, cache, state, compute and output buffers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Backend
from llmadvise.engine.memory.compute import GraphSizes
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.plan import ContextCost, context_cost, copied_bytes
from llmadvise.engine.memory.refusals import refusals
from llmadvise.engine.memory.settings import BUILDS, EngineSettings, SplitMode, context_sizes
from llmadvise.engine.memory.shape import Shape

_COPIES = 4
"""Sets of inputs that pipeline parallelism keeps (ggml-backend.cpp: GGML_SCHED_MAX_COPIES)."""
_HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTerms:
    """What one device holds, in the engine's terms. Bytes."""

    device: str
    """`gpu0`, `gpu1` … or `host`."""
    model: int = 0
    kv: int = 0
    recurrent: int = 0
    compute: int = 0
    output: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.model + self.kv + self.recurrent + self.compute + self.output


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineMemory:
    """The whole forecast. A refused setting has findings that block and no meaningful bytes."""

    by_device: tuple[DeviceTerms, ...]
    """GPUs in order, then the host."""
    flash_attention: bool
    findings: tuple[Finding, ...] = ()

    @property
    def host(self) -> DeviceTerms:
        """What lies in main memory."""
        return self.by_device[-1]

    @property
    def gpus(self) -> tuple[DeviceTerms, ...]:
        """What lies on GPUs."""
        return self.by_device[:-1]


def llama_cpp_memory(
    shape: Shape,
    layout: WeightLayout,
    settings: EngineSettings,
    gpus: int = 0,
    gpu_free: Sequence[int] | None = None,
    backend: Backend = Backend.CUDA,
) -> EngineMemory:
    """What llama.cpp would allocate. `gpu_free` decides the split where `tensor_split` does not; None: equal parts."""
    used = 1 if settings.split_mode is SplitMode.NONE and gpus else gpus
    cost = context_cost(shape, settings, backend if used else Backend.CPU)
    owners = _owners(shape, settings, used, gpu_free)
    devices = [
        _gpu_terms(index, used, owners, shape, layout, settings, cost) for index in range(used)
    ]
    devices += [DeviceTerms(device=f"gpu{index}") for index in range(used, gpus)]
    devices.append(_host_terms(used, owners, shape, layout, settings, cost))
    return EngineMemory(
        by_device=tuple(devices),
        flash_attention=cost.flash,
        findings=refusals(shape, settings),
    )


def _owners(shape: Shape, settings: EngineSettings, gpus: int, gpu_free: Sequence[int] | None) -> tuple[int, ...]:
    """The device of every block and of the output: a GPU's index, or -1 for the host.

    The last units go to GPUs; they are spread in proportion to the split (llama-model.cpp: get_layer_buft_list).
    """
    units = shape.layers + shape.draft_layers + 1
    wanted = units if settings.gpu_layers is None else min(settings.gpu_layers, units)
    if gpus == 0 or wanted == 0:
        return (-1,) * (shape.layers + 1)
    first = units - wanted
    parts = list(settings.tensor_split or gpu_free or (1,) * gpus)[:gpus]
    parts += [0] * (gpus - len(parts))
    sums = list(accumulate(parts))
    whole = sums[-1] or 1
    bounds = [part / whole for part in sums]
    blocks = [
        -1 if unit < first else min(bisect_right(bounds, (unit - first) / wanted), gpus - 1) for unit in range(units)
    ]
    return (*blocks[: shape.layers], blocks[-1])


def is_pipelined(shape: Shape, layout: WeightLayout, settings: EngineSettings, gpus: int) -> bool:
    """Whether the GPUs work on several micro-batches at once, each with its own inputs (src/llama-context.cpp)."""
    full = settings.gpu_layers is None or settings.gpu_layers > shape.layers + shape.draft_layers
    overridden = settings.cpu_moe_layers > 0 and bool(layout.expert_bytes)
    return (
        gpus > 1 and full and settings.kv_offload and not overridden and settings.split_mode is SplitMode.LAYER
    )


def _gpu_terms(
    index: int,
    gpus: int,
    owners: tuple[int, ...],
    shape: Shape,
    layout: WeightLayout,
    settings: EngineSettings,
    cost: ContextCost,
) -> DeviceTerms:
    mine = [layer for layer in range(shape.layers) if owners[layer] == index]
    output = owners[-1] == index
    model = sum(layout.layer_bytes[layer] for layer in mine) + (layout.repeated_bytes if mine else 0)
    model += layout.output_unit_bytes + layout.output_padding if output else 0
    if layout.layer_padding:
        model += sum(layout.layer_padding[layer] for layer in mine)
    if layout.expert_bytes:
        stay = [layer for layer in mine if layer < settings.cpu_moe_layers]
        model -= sum(layout.expert_bytes[layer] for layer in stay)
        model -= sum(layout.expert_padding[layer] for layer in stay) if layout.expert_padding else 0
    kept = mine if settings.kv_offload else []
    return DeviceTerms(
        device=f"gpu{index}",
        model=model,
        kv=sum(cost.layers.kv[layer] for layer in kept),
        recurrent=sum(cost.layers.recurrent[layer] for layer in kept),
        compute=_gpu_compute(index, gpus, owners, shape, layout, settings, cost),
    )


def _gpu_compute(
    index: int,
    gpus: int,
    owners: tuple[int, ...],
    shape: Shape,
    layout: WeightLayout,
    settings: EngineSettings,
    cost: ContextCost,
) -> int:
    sizes: GraphSizes = cost.graph
    first = index == 0
    if not settings.op_offload and index not in owners:
        return 0
    logits = sizes.logits if owners[-1] == index else 0
    shared = sizes.masks + sizes.positions
    if not is_pipelined(shape, layout, settings, gpus):
        copied = copied_bytes(layout, settings, sizes, on_host=-1 in owners) if first else 0
        floor = sizes.floor if first else sizes.kept_rows
        return shared + sizes.indices + floor + max(sizes.phase, logits, copied)
    inputs = sizes.gpu_inputs if first else sizes.embedding
    floor = sizes.floor if first else sizes.kept_rows
    return _COPIES * (shared + sizes.indices + inputs) + floor + max(sizes.phase, logits)


def _host_terms(
    gpus: int,
    owners: tuple[int, ...],
    shape: Shape,
    layout: WeightLayout,
    settings: EngineSettings,
    cost: ContextCost,
) -> DeviceTerms:
    mine = [layer for layer in range(shape.layers) if owners[layer] < 0]
    model = layout.token_embedding_bytes + layout.host_only_bytes + sum(layout.layer_bytes[layer] for layer in mine)
    if mine:
        model += layout.repeated_bytes
    if owners[-1] < 0:
        model += layout.other_bytes + layout.output_bytes
    if layout.expert_bytes:
        stay = min(settings.cpu_moe_layers, shape.layers) if gpus else 0
        model += sum(layout.expert_bytes[layer] for layer in range(stay) if owners[layer] >= 0)
    kept = mine if settings.kv_offload else range(shape.layers)
    output = shape.vocabulary_size * context_sizes(settings).sequences * 4
    return DeviceTerms(
        device=_HOST,
        model=model,
        kv=sum(cost.layers.kv[layer] for layer in kept),
        recurrent=sum(cost.layers.recurrent[layer] for layer in kept),
        compute=_host_compute(gpus, shape, layout, settings, cost),
        output=output,
    )


def _host_compute(
    gpus: int, shape: Shape, layout: WeightLayout, settings: EngineSettings, cost: ContextCost
) -> int:
    sizes = cost.graph
    if gpus == 0:
        return cost.cpu_compute
    shared = sizes.masks + sizes.positions + sizes.indices
    if is_pipelined(shape, layout, settings, gpus):
        given = sizes.embedding * (2 if BUILDS[settings.engine_build].mixed_batches else 1)
        return _COPIES * (shared + given) + sizes.host_inputs - given
    return shared + sizes.host_inputs
