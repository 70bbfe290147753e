"""Compute buffers of a file whose tensors are known: the graph is drawn, scheduled and laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from llmadvise.engine.memory.graph.blocks import ROW_PADDING
from llmadvise.engine.memory.graph.lay_out import buffer_sizes
from llmadvise.engine.memory.graph.network import Layer, draw, drawable
from llmadvise.engine.memory.graph.node import Graph, Node, external
from llmadvise.engine.memory.graph.schedule import Machine, schedule
from llmadvise.engine.memory.layout import Tensor, TensorTable
from llmadvise.engine.memory.settings import PLAIN_TYPES, EngineSettings
from llmadvise.engine.memory.shape import Shape
from llmadvise.engine.memory.traits import WITHOUT_FLASH_ATTENTION

_UNPADDED = ("f32", "f16", "bf16")
_FORCED_BELOW = 32
"""With fewer tokens each layer's norms are held on the layer's device (src/llama-context.cpp: graph_get_cb)."""
_ROUNDS = 3
"""How often a pattern is drawn: its tensors find the same places from then on."""
_LONGEST_PERIOD = 12
"""Longest pattern of layers that is looked for: windows, recurrences and mixes of quantizations repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Where everything lies: the device of each block and of the output, -1 for the host."""

    gpus: int
    owners: tuple[int, ...]
    flash: bool
    pipelined: bool = False
    host_experts: int = 0
    """Leading blocks whose routed experts lie on the host."""
    full_offload: bool = False
    """More units were asked for than the model has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffers:
    """What the drawn graph needs, and whether its attention is one operation."""

    gpus: tuple[int, ...]
    host: int
    flash: bool


def drawn_buffers(
    shape: Shape, table: TensorTable, settings: EngineSettings, placing: Placing
) -> Buffers | None:
    """The buffers of the drawn graph; None where this network cannot be drawn from its tensors."""
    if not drawable(shape, table):
        return None
    may_choose = settings.flash_attention is None and settings.kv_type_v in PLAIN_TYPES and placing.gpus > 0
    if may_choose and shape.has_attention and shape.architecture not in WITHOUT_FLASH_ATTENTION:
        stays = flash_attention_stays(shape, table, settings, replace(placing, flash=True))
        placing = replace(placing, flash=stays)
    *gpus, host = compute_buffers(shape, table, settings, placing)
    return Buffers(gpus=tuple(gpus), host=host, flash=placing.flash)


def compute_buffers(shape: Shape, table: TensorTable, settings: EngineSettings, placing: Placing) -> tuple[int, ...]:
    """Bytes of the compute buffer of each GPU, then of the host."""
    graph, machine = _drawing(shape, table, settings, placing)
    return buffer_sizes(schedule(graph, machine), machine)


def flash_attention_stays(shape: Shape, table: TensorTable, settings: EngineSettings, placing: Placing) -> bool:
    """Whether llama.cpp leaves flash attention on where it may choose (src/llama-context.cpp: resolve_fused_ops).

    It schedules one token a sequence and gives up if any layer's attention lands on another device than the layer.
    """
    probe = replace(settings, ubatch=settings.slots, outputs=0)
    graph, machine = _drawing(shape, table, probe, placing)
    schedule(graph, machine)
    return all(node.backend == node.owner for node in graph.nodes if node.op == "flash")


def _drawing(shape: Shape, table: TensorTable, settings: EngineSettings, placing: Placing) -> tuple[Graph, Machine]:
    machine = Machine(gpus=placing.gpus, takes_over=settings.op_offload, pipelined=placing.pipelined)
    owners = tuple(machine.host if owner < 0 else owner for owner in placing.owners)
    rotary = next((tensor for name, tensor in table.outside.items() if name.startswith("rope_f")), None)
    factors = {owner: _weight(rotary, owner) for owner in set(owners)} if rotary else {}
    layers = [
        _layer(shape, table, index, owners[index], machine.host, placing, factors)
        for index in _drawn(shape, table, owners, placing)
    ]
    graph = draw(
        shape, settings, layers, _outside(table, owners, machine.host), flash=placing.flash, host=machine.host,
        cache_home=settings.kv_offload, full_offload=placing.full_offload or settings.ubatch < _FORCED_BELOW,
    )  # fmt: skip
    return graph, machine


def _drawn(shape: Shape, table: TensorTable, owners: Sequence[int], placing: Placing) -> list[int]:
    """The layers that are drawn: of what repeats itself, a few rounds and the last layer."""
    kinds = [
        (
            owners[index],
            index < placing.host_experts,
            shape.caches[index],
            shape.states[index] is None,
            tuple(tensor.bytes for tensor in table.blocks[index].values()),
        )
        for index in range(shape.layers)
    ]
    names = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}
    if any(shape.states):
        # A layer is drawn before the one under it has ended: places shift from round to round.
        return list(range(shape.layers))
    row = [names[kind] for kind in kinds]
    kept: list[int] = []
    drawn: list[int] = []
    index, last = 0, shape.layers - 1
    while index < shape.layers:
        for period in range(1, _LONGEST_PERIOD + 1):
            block = row[index : index + period]
            if index + period <= last and drawn[-_ROUNDS * period :] == block * _ROUNDS:
                index += period
                break
        else:
            kept.append(index)
            drawn.append(row[index])
            index += 1
    return kept


def _layer(
    shape: Shape,
    table: TensorTable,
    index: int,
    owner: int,
    host: int,
    placing: Placing,
    factors: Mapping[int, Node],
) -> Layer:
    weights = {}
    for name, tensor in table.blocks[index].items():
        kept = index < placing.host_experts and "_exps." in name
        weights[name] = _weight(tensor, host if kept else owner)
    return Layer(
        index=index,
        owner=owner,
        weights=weights,
        cache=shape.caches[index],
        factors=factors.get(owner),
    )


def _weight(tensor: Tensor, home: int) -> Node:
    node = external(tensor.name, tensor.shape, tensor.bytes, home, weight=True)
    row = tensor.shape[0]
    if row % ROW_PADDING and tensor.type.lower() not in _UNPADDED:
        count = 1
        for extent in tensor.shape:
            count *= extent
        node.extra = tensor.bytes * (ROW_PADDING - row % ROW_PADDING) // count
    return node


def _outside(table: TensorTable, owners: Sequence[int], host: int) -> Mapping[str, Node]:
    """Embeddings on the host, the output where its unit lies, rotary factors and first norms with the first block."""
    nodes = {}
    for name, tensor in table.outside.items():
        home = owners[-1]
        if name in ("token_embd.weight", "position_embd.weight"):
            home = host
        elif name.startswith("token_embd_norm") and "output_norm.weight" in table.outside:
            home = owners[0]
        nodes[name] = _weight(tensor, home)
    if "output.weight" not in nodes:
        nodes["output.weight"] = _weight(table.outside["token_embd.weight"], owners[-1])
    return nodes
