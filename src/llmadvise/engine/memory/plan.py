"""Memory as a function of how many layers lie on a GPU, cheap enough to search over.

`context_cost` is computed once for a model and its settings, `Placements` once for a variant of it; after that each
question is a few additions.
"""

from __future__ import annotations

from itertools import accumulate

from llmadvise.domain.hardware import Backend
from llmadvise.engine.memory.compute import GraphSizes, graph_sizes
from llmadvise.engine.memory.drawing import Buffers, Placing, drawn
from llmadvise.engine.memory.kv_cache import LayerMemory, layer_memory
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.phases import distinct_caches, uses_flash_attention
from llmadvise.engine.memory.settings import EngineSettings, context_sizes
from llmadvise.engine.memory.shape import Shape
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextCost:
    """Everything that depends on the model and the settings, but not on the weights' quantization or place."""

    layers: LayerMemory
    graph: GraphSizes
    flash: bool
    cpu_compute: int
    """The compute buffer where everything runs on the CPU."""
    from_the_end: tuple[int, ...]
    """Cache and state of the last 0, 1, 2 … layers."""
    output: int
    """The logits handed back to the caller, on the host."""
    shape: Shape
    gpu: bool
    """Whether there is one beside the host."""


def context_cost(shape: Shape, settings: EngineSettings, backend: Backend) -> ContextCost:
    """Caches and graph of one model under one set of options."""
    cuda = backend is not Backend.CPU
    caches = distinct_caches(shape)
    flash = uses_flash_attention(shape, settings, caches, cuda=cuda)
    graph = graph_sizes(shape, settings, caches, flash=flash, cuda=cuda)
    cpu = graph.shared + graph.floor + graph.embedding + max(graph.phase, graph.logits)
    layers = layer_memory(shape, settings, padded=cuda)
    kept = tuple(map(int.__add__, layers.kv, layers.recurrent)) if any(shape.states) else layers.kv
    return ContextCost(
        layers=layers,
        from_the_end=_from_the_end(kept),
        graph=graph,
        flash=flash,
        cpu_compute=cpu,
        output=shape.vocabulary_size * context_sizes(settings).sequences * 4,
        shape=shape,
        gpu=cuda,
    )


def gpu_compute(
    layout: WeightLayout,
    settings: EngineSettings,
    graph: GraphSizes,
    *,
    layers_on_host: bool,
    experts_on_host: bool,
    output_on_gpu: bool,
) -> int:
    """The compute buffer of the one GPU, or of the first of several that do not work as a pipeline."""
    shared, phase = graph.shared_on_gpu, graph.phase
    if settings.op_offload and (layers_on_host or experts_on_host):
        phase = max(phase, copied_weights(layout, graph, layers_on_host=layers_on_host))
    if layers_on_host or not settings.kv_offload:
        phase = _beside_copies(phase, graph, reusable=_reusable(layout, settings, graph, layers_on_host=layers_on_host))
    layers = shared + graph.floor + phase
    if not output_on_gpu:
        return layers
    below = graph.logits_floor + (shared if graph.mixed else 0)
    return max(layers, below + graph.logits)


def host_compute(graph: GraphSizes, *, layers_on_host: bool) -> int:
    """The compute buffer of the host beside a GPU: inputs, and what only the host can do."""
    size = graph.shared + graph.host_inputs
    if layers_on_host and graph.recurrence:
        size = max(size, graph.shared + graph.kept_rows + graph.recurrence)
    return size if graph.attends_on_gpu else size + graph.kv_copy


def _beside_copies(phase: int, graph: GraphSizes, *, reusable: int | None) -> int:
    """Attention computed on a GPU over a cache on the host: the layer's keys and values are copied.

    Room of that width and more takes the rest of the layer; a narrower one stays empty below it. The norm was there
    before. `reusable` None: any room does.
    """
    empty = 0 if reusable is None else min(graph.kv_copy, reusable) - graph.embedding
    return max(phase + max(empty, 0), graph.kv_copy + graph.embedding if graph.kv_copy else 0)


def _reusable(layout: WeightLayout, settings: EngineSettings, graph: GraphSizes, *, layers_on_host: bool) -> int | None:
    """How wide the room of copied keys and values must be to be used again."""
    if not layers_on_host:
        return graph.expert_rows + graph.embedding
    return layout.copied_down_bytes if layout.experts_copied and settings.op_offload else None


def copied_weights(layout: WeightLayout, graph: GraphSizes, *, layers_on_host: bool) -> int:
    """The widest phase of a block whose weights lie on the host but whose large products a GPU computes.

    Each weight is copied for its product (`--no-op-offload` stops that). The room that the attention's copies leave
    is too small for the copy of up, which in turn leaves room for that of gate, and for their product if it is no
    larger; the copy of down needs room above the product.
    """
    if not layers_on_host and not layout.experts_copied:
        return 0
    rows, above = graph.expert_rows, layout.copied_up_bytes
    below = layout.copied_other_bytes if layers_on_host and layout.copied_other_bytes < above else 0
    up = below + above + 2 * rows + (rows if rows > above else 0)
    copies = 2 if graph.copies_down_twice and not layers_on_host else 1
    down = copies * layout.copied_down_bytes + rows + graph.result_rows
    if not graph.gated:
        # The activation overwrites the result of up, which lies above the room that the copy of up has left.
        up, down = above + rows, down + (above if layout.copied_down_bytes > above else 0)
    if not layers_on_host:
        return max(up, down)
    return max(up, down, max(layout.copied_other_bytes, layout.copied_first_bytes) + graph.embedding)


class Placements:
    """One variant on one GPU and the host, by how many units lie on the GPU."""

    __slots__ = ("_buffers", "_cost", "_experts", "_graph", "_kv", "_layout", "_settings", "_weights", "units")

    def __init__(self, layout: WeightLayout, settings: EngineSettings, cost: ContextCost) -> None:
        self._layout, self._settings, self._cost, self._graph = layout, settings, cost, cost.graph
        self.units = len(layout.layer_bytes) + 1
        """Blocks plus one for the output: `gpu_layers` from 0 to this."""
        self._weights = _from_the_end(layout.layer_bytes)
        self._kv = cost.from_the_end
        self._experts = tuple(accumulate(layout.expert_bytes, initial=0))
        self._buffers: dict[tuple[int, int], Buffers | None] = {}

    def is_drawn(self, gpu_layers: int, cpu_moe_layers: int) -> bool:
        """Whether the compute buffers are those of the drawn graph, not of the closed form."""
        return self._drawn(gpu_layers, cpu_moe_layers) is not None

    def _drawn(self, gpu_layers: int, cpu_moe_layers: int) -> Buffers | None:
        """The compute buffers of the drawn graph, where the tensors are known."""
        if self._layout.table is None:
            return None
        asked = max(gpu_layers, 0), cpu_moe_layers
        if asked not in self._buffers:
            self._buffers[asked] = self._draw(*asked)
        return self._buffers[asked]

    def _draw(self, gpu_layers: int, cpu_moe_layers: int) -> Buffers | None:
        cost = self._cost
        first = self.units - min(gpu_layers, self.units)
        placing = Placing(
            gpus=int(cost.gpu),
            owners=tuple(0 if cost.gpu and unit >= first else -1 for unit in range(self.units)),
            flash=cost.flash,
            host_experts=cpu_moe_layers if len(self._experts) > 1 else 0,
            full_offload=gpu_layers >= self.units,
        )
        return drawn(cost.shape, self._layout, self._settings, placing)

    def gpu_bytes(self, gpu_layers: int, cpu_moe_layers: int = 0) -> int:
        """Everything on the GPU. Rises with `gpu_layers` up to `units - 1`; the last step may free the copies."""
        return (
            self.gpu_weights(gpu_layers, cpu_moe_layers)
            + self.gpu_kv(gpu_layers)
            + self.gpu_compute(gpu_layers, cpu_moe_layers)
        )

    def gpu_weights(self, gpu_layers: int, cpu_moe_layers: int = 0) -> int:
        """Weights on the GPU: the last blocks and the output, without the experts of the leading blocks."""
        if gpu_layers <= 0:
            return 0
        blocks = min(gpu_layers, self.units) - 1
        first = self.units - 1 - blocks
        kept = (
            self._experts[min(max(cpu_moe_layers, first), self.units - 1)] - self._experts[first]
            if len(self._experts) > 1
            else 0
        )
        return self._weights[blocks] + self._layout.output_unit_bytes + self._repeated(blocks) - kept

    def _repeated(self, blocks: int) -> int:
        """Rotary factors: once on every device that holds a block."""
        return self._layout.repeated_bytes if blocks else 0

    def gpu_kv(self, gpu_layers: int) -> int:
        """Cache and state on the GPU."""
        return self._kv[max(min(gpu_layers, self.units) - 1, 0)] if self._settings.kv_offload else 0

    def gpu_compute(self, gpu_layers: int, cpu_moe_layers: int = 0) -> int:
        """The compute buffer on the GPU."""
        drawn = self._drawn(gpu_layers, cpu_moe_layers)
        if drawn is not None:
            return drawn.gpus[0]
        if gpu_layers <= 0 and not self._settings.op_offload:
            return 0
        return gpu_compute(
            self._layout,
            self._settings,
            self._graph,
            layers_on_host=gpu_layers < self.units,
            experts_on_host=cpu_moe_layers > 0 and len(self._experts) > 1,
            output_on_gpu=gpu_layers > 0,
        )

    def host_bytes(self, gpu_layers: int, cpu_moe_layers: int = 0) -> int:
        """Everything on the host, with the GPU's inputs prepared there."""
        return (
            self.host_weights(gpu_layers, cpu_moe_layers)
            + self.host_kv(gpu_layers)
            + self._host_compute(gpu_layers, cpu_moe_layers)
            + self._cost.output
        )

    def _host_compute(self, gpu_layers: int, cpu_moe_layers: int) -> int:
        drawn = self._drawn(gpu_layers, cpu_moe_layers)
        return drawn.host if drawn else host_compute(self._graph, layers_on_host=gpu_layers < self.units)

    def host_weights(self, gpu_layers: int, cpu_moe_layers: int = 0) -> int:
        """Weights on the host: the embeddings, and what the GPU does not hold."""
        layout = self._layout
        blocks = max(min(gpu_layers, self.units) - 1, 0)
        ends = layout.token_embedding_bytes + layout.host_only_bytes + layout.other_bytes + layout.output_bytes
        twice = layout.token_embedding_bytes if layout.tied and gpu_layers > 0 else 0
        twice += self._repeated(blocks) + self._repeated(self.units - 1 - blocks)
        return ends + self._weights[-1] + twice - self.gpu_weights(gpu_layers, cpu_moe_layers)

    def host_kv(self, gpu_layers: int) -> int:
        """Cache and state on the host."""
        return self._kv[-1] - self.gpu_kv(gpu_layers)

    def cpu_only_bytes(self) -> int:
        """Everything where there is no GPU at all."""
        drawn = self._drawn(0, 0)
        compute = drawn.host if drawn else self._cost.cpu_compute
        return self.host_weights(0) + self._kv[-1] + compute + self._cost.output


def _from_the_end(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Sums of the last 0, 1, 2 … items."""
    return tuple(accumulate(reversed(sizes), initial=0))
