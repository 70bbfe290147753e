"""What llama.cpp allocates on each device, in its own terms: model, cache, state, compute and output buffers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Backend
from llmadvise.engine.memory.compute import GraphSizes
from llmadvise.engine.memory.drawing import PIPELINE_COPIES, Buffers, Placing, drawn
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.plan import ContextCost, context_cost, gpu_compute, host_compute
from llmadvise.engine.memory.refusals import refusals
from llmadvise.engine.memory.settings import BUILDS, EngineSettings, SplitMode
from llmadvise.engine.memory.shape import Shape
from llmadvise.record import dataclass, replace

_HOST = "host"
_FACTORS_WITHOUT_WINDOW = frozenset({"gemma4"})
"""Only layers without a window take rotary factors, and only devices with such a layer hold them."""


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
    owners: tuple[int, ...] = ()
    """The device of every block that runs, then of the output: a GPU's position, or -1 for the host."""
    drawn: bool = False
    """Whether the compute buffers are those of the drawn graph, not of the closed form."""
    findings: tuple[Finding, ...] = ()

    @property
    def host(self) -> DeviceTerms:
        """What lies in main memory."""
        return self.by_device[-1]

    @property
    def gpus(self) -> tuple[DeviceTerms, ...]:
        """What lies on GPUs."""
        return self.by_device[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """One load of a model: what, how, and which device owns each block and the output (-1: the host)."""

    shape: Shape
    layout: WeightLayout
    settings: EngineSettings
    gpus: int
    cost: ContextCost
    owners: tuple[int, ...]
    buffers: Buffers | None = None
    """The compute buffers, where the tensors are known and their graph can be drawn."""

    @property
    def experts_on_host(self) -> bool:
        return self.settings.cpu_moe_layers > 0 and bool(self.layout.expert_bytes)

    @property
    def layers_on_host(self) -> bool:
        return -1 in self.owners

    @property
    def pipelined(self) -> bool:
        """Whether the GPUs work on several micro-batches at once, each with its own inputs (src/llama-context.cpp)."""
        return (
            self.gpus > 1
            and not self.layers_on_host
            and self.settings.kv_offload
            and not self.experts_on_host
            and self.settings.split_mode is SplitMode.LAYER
        )


def llama_cpp_memory(  # noqa: PLR0917 (the two optional ones are named at every call)
    shape: Shape,
    layout: WeightLayout,
    settings: EngineSettings,
    gpus: int = 0,
    gpu_free: Sequence[int] | None = None,
    backend: Backend = Backend.CUDA,
) -> EngineMemory:
    """What llama.cpp would allocate. `gpu_free` decides the split where `tensor_split` does not; None: equal parts."""
    used = 1 if settings.split_mode is SplitMode.NONE and gpus else gpus
    load = _Load(
        shape=shape,
        layout=layout,
        settings=settings,
        gpus=used,
        cost=context_cost(shape, settings, backend if used else Backend.CPU),
        owners=_owners(shape, settings, used, gpu_free),
    )
    load = replace(load, buffers=_drawn(load))
    devices = [_gpu_terms(load, index) for index in range(used)]
    devices += [DeviceTerms(device=f"gpu{index}") for index in range(used, gpus)]
    return EngineMemory(
        by_device=(*devices, _host_terms(load)),
        flash_attention=load.buffers.flash if load.buffers else load.cost.flash,
        owners=load.owners,
        drawn=load.buffers is not None,
        findings=refusals(shape, settings),
    )


def _drawn(load: _Load) -> Buffers | None:
    """The graph of a file whose tensors are known."""
    return drawn(
        load.shape,
        load.layout,
        load.settings,
        Placing(
            gpus=load.gpus,
            owners=load.owners,
            flash=load.cost.flash,
            pipelined=load.pipelined,
            host_experts=load.settings.cpu_moe_layers if load.experts_on_host else 0,
            full_offload=load.settings.gpu_layers is None
            or load.settings.gpu_layers > load.shape.layers + load.shape.draft_layers,
        ),
    )


def _owners(shape: Shape, settings: EngineSettings, gpus: int, gpu_free: Sequence[int] | None) -> tuple[int, ...]:
    """The device of every block and of the output: a GPU's index, or -1 for the host.

    The last units go to GPUs; they are spread in proportion to the split (src/llama-model.cpp: load_tensors).
    """
    units = shape.layers + shape.draft_layers + 1
    wanted = units if settings.gpu_layers is None else min(settings.gpu_layers, units)
    if gpus == 0 or wanted <= 0:
        return (-1,) * (shape.layers + 1)
    first = units - wanted
    parts = list(settings.tensor_split or gpu_free or (1,) * gpus)[:gpus]
    parts += [0] * (gpus - len(parts))
    sums = list(accumulate(parts))
    bounds = [part / (sums[-1] or 1) for part in sums]
    blocks = [
        -1 if unit < first else min(bisect_right(bounds, (unit - first) / wanted), gpus - 1) for unit in range(units)
    ]
    return (*blocks[: shape.layers], blocks[-1])


def _gpu_terms(load: _Load, index: int) -> DeviceTerms:
    layout, settings, layers = load.layout, load.settings, load.cost.layers
    mine = [layer for layer in range(load.shape.layers) if load.owners[layer] == index]
    model = sum(layout.layer_bytes[layer] for layer in mine) + (layout.repeated_bytes if _turns(load, mine) else 0)
    model += layout.output_unit_bytes + layout.output_padding if load.owners[-1] == index else 0
    if layout.layer_padding:
        model += sum(layout.layer_padding[layer] for layer in mine)
    if load.experts_on_host:
        stay = [layer for layer in mine if layer < settings.cpu_moe_layers]
        model -= sum(layout.expert_bytes[layer] for layer in stay)
        model -= sum(layout.expert_padding[layer] for layer in stay) if layout.expert_padding else 0
    kept = mine if settings.kv_offload else []
    return DeviceTerms(
        device=f"gpu{index}",
        model=model,
        kv=sum(layers.kv[layer] for layer in kept),
        recurrent=sum(layers.recurrent[layer] for layer in kept),
        compute=_gpu_compute(load, index),
    )


def _turns(load: _Load, layers: Sequence[int]) -> bool:
    """Whether a device needs the rotary factors: in some networks only layers that see all of the context do."""
    if load.shape.architecture not in _FACTORS_WITHOUT_WINDOW:
        return bool(layers)
    reads, caches = load.shape.reads, load.shape.caches
    return any((cache := caches[reads[layer] if reads else layer]) and cache.window is None for layer in layers)


def _gpu_compute(load: _Load, index: int) -> int:
    if load.buffers is not None:
        return load.buffers.gpus[index]
    graph: GraphSizes = load.cost.graph
    first, output = index == 0, load.owners[-1] == index
    if not load.settings.op_offload and index not in load.owners:
        return 0
    if load.pipelined:
        inputs, floor = (graph.gpu_inputs, graph.floor) if first else (graph.later_inputs, graph.kept_rows)
        return (
            PIPELINE_COPIES * (graph.shared_on_gpu + inputs) + floor + max(graph.phase, graph.logits if output else 0)
        )
    if first:
        return gpu_compute(
            load.layout,
            load.settings,
            graph,
            layers_on_host=load.layers_on_host,
            experts_on_host=load.experts_on_host,
            output_on_gpu=output,
        )
    return graph.shared_on_gpu + graph.kept_rows + max(graph.phase, graph.logits if output else 0)


def _host_terms(load: _Load) -> DeviceTerms:
    layout, settings, layers = load.layout, load.settings, load.cost.layers
    mine = [layer for layer in range(load.shape.layers) if load.owners[layer] < 0]
    model = layout.token_embedding_bytes + layout.host_only_bytes + sum(layout.layer_bytes[layer] for layer in mine)
    model += layout.repeated_bytes if _turns(load, mine) else 0
    model += layout.other_bytes + layout.output_bytes if load.owners[-1] < 0 else 0
    if load.experts_on_host and load.gpus:
        stay = range(min(settings.cpu_moe_layers, load.shape.layers))
        model += sum(layout.expert_bytes[layer] for layer in stay if load.owners[layer] >= 0)
    model += _host_padding(load, mine)
    kept = mine if settings.kv_offload else range(load.shape.layers)
    return DeviceTerms(
        device=_HOST,
        model=model,
        kv=sum(layers.kv[layer] for layer in kept),
        recurrent=sum(layers.recurrent[layer] for layer in kept),
        compute=_host_compute(load),
        output=load.cost.output,
    )


def _host_padding(load: _Load, mine: Sequence[int]) -> int:
    """What aligning every tensor on the host takes."""
    layout = load.layout
    if not layout.layer_host_padding:
        return 0
    size = layout.host_padding + sum(layout.layer_host_padding[layer] for layer in mine)
    size += layout.output_host_padding if load.owners[-1] < 0 else 0
    if load.experts_on_host and load.gpus and layout.expert_host_padding:
        stay = range(min(load.settings.cpu_moe_layers, load.shape.layers))
        size += sum(layout.expert_host_padding[layer] for layer in stay if load.owners[layer] >= 0)
    return size


def _host_compute(load: _Load) -> int:
    if load.buffers is not None:
        return load.buffers.host
    graph = load.cost.graph
    if load.gpus == 0:
        return load.cost.cpu_compute
    if load.pipelined:
        given = graph.embedding * (2 if BUILDS[load.settings.engine_build].mixed_batches else 1)
        return PIPELINE_COPIES * (graph.shared + given) + graph.host_inputs - given
    return host_compute(graph, layers_on_host=load.layers_on_host)
