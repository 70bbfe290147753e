"""Compute buffers of a file whose tensors are known: the graph is drawn, scheduled and laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llmadvise.engine.memory.graph.blocks import ROW_PADDING
from llmadvise.engine.memory.graph.lay_out import buffer_sizes
from llmadvise.engine.memory.graph.network import Layer, draw
from llmadvise.engine.memory.graph.node import Node, external
from llmadvise.engine.memory.graph.schedule import Machine, schedule
from llmadvise.engine.memory.layout import Tensor, TensorTable
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.memory.shape import Shape

_UNPADDED = ("f32", "f16", "bf16")
_REPEATS = 2
"""How often a layer that follows a like one is drawn: after two rounds the arena repeats itself."""


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


def compute_buffers(
    shape: Shape, table: TensorTable, settings: EngineSettings, placing: Placing
) -> tuple[int, ...]:
    """Bytes of the compute buffer of each GPU, then of the host."""
    machine = Machine(gpus=placing.gpus, takes_over=settings.op_offload, pipelined=placing.pipelined)
    owners = tuple(machine.host if owner < 0 else owner for owner in placing.owners)
    rotary = next((tensor for name, tensor in table.outside.items() if name.startswith("rope_f")), None)
    factors = {owner: _weight(rotary, owner) for owner in set(owners)} if rotary else {}
    layers = [
        _layer(shape, table, index, owners[index], machine.host, placing, factors)
        for index in _drawn(shape, table, owners, placing)
    ]
    graph = draw(
        shape, settings, layers, _outside(table, owners, machine.host),
        flash=placing.flash, host=machine.host, cache_home=settings.kv_offload, full_offload=placing.full_offload,
    )  # fmt: skip
    return buffer_sizes(schedule(graph, machine), machine)


def _drawn(shape: Shape, table: TensorTable, owners: Sequence[int], placing: Placing) -> list[int]:
    """The layers that are drawn: of a row of like ones only the first, and the last of all."""
    kinds: list[tuple[object, ...]] = []
    seen: dict[tuple[object, ...], int] = {}
    kept = []
    for index in range(shape.layers):
        sizes = tuple(tensor.bytes for tensor in table.blocks[index].values())
        kind = (owners[index], index < placing.host_experts, id(shape.caches[index]), shape.states[index] is None, sizes)
        step = (kinds[-1] if kinds else None, kind)
        seen[step] = seen.get(step, 0) + 1
        if seen[step] <= _REPEATS or index == shape.layers - 1:
            kept.append(index)
        kinds.append(kind)
    return kept


def _layer(
    shape: Shape, table: TensorTable, index: int, owner: int, host: int, placing: Placing,
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
        elif name.startswith("token_embd_norm"):
            home = owners[0]
        nodes[name] = _weight(tensor, home)
    if "output.weight" not in nodes:
        nodes["output.weight"] = _weight(table.outside["token_embd.weight"], owners[-1])
    return nodes
