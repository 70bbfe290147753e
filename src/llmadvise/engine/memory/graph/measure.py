"""Compute buffers of a file whose tensors are known: the graph is drawn, scheduled and laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from llmadvise.engine.memory.drawing import Buffers, Placing
from llmadvise.engine.memory.graph.draft import Layer, MissingTensorError, Weights
from llmadvise.engine.memory.graph.lay_out import buffer_sizes
from llmadvise.engine.memory.graph.network import Parts, draw
from llmadvise.engine.memory.graph.node import Graph, Node, external
from llmadvise.engine.memory.graph.pattern import rounds
from llmadvise.engine.memory.graph.schedule import Machine, schedule
from llmadvise.engine.memory.graph.wiring import EVERY_FOURTH_PLAIN, drawable
from llmadvise.engine.memory.layout import HOST_ONLY, Tensor, TensorTable, is_with_first_block, row_extension
from llmadvise.engine.memory.settings import PLAIN_TYPES, EngineSettings, context_sizes
from llmadvise.engine.memory.shape import Shape
from llmadvise.engine.memory.traits import ENCODER_DECODER, WITHOUT_FLASH_ATTENTION

_HELD_BELOW = 32
"""With fewer tokens each layer's norms are held on the layer's device (src/llama-context.cpp: graph_get_cb)."""


def drawn_buffers(shape: Shape, table: TensorTable, settings: EngineSettings, placing: Placing) -> Buffers | None:
    """The buffers of the drawn graph; None where this network cannot be drawn from its tensors."""
    if not drawable(shape, table):
        return None
    try:
        return _buffers(shape, table, settings, placing)
    except MissingTensorError:
        # A file that anyone may have written: it names the beginning of a part and lacks the rest of it.
        return None


def _buffers(shape: Shape, table: TensorTable, settings: EngineSettings, placing: Placing) -> Buffers:
    may_choose = settings.flash_attention is None and settings.kv_type_v in PLAIN_TYPES and placing.gpus > 0
    if may_choose and shape.has_attention and shape.architecture not in WITHOUT_FLASH_ATTENTION:
        stays = _flash_attention_stays(shape, table, settings, replace(placing, flash=True))
        placing = replace(placing, flash=stays)
    graph, machine = _drawing(shape, table, settings, placing)
    *gpus, host = buffer_sizes(schedule(graph, machine), machine)
    return Buffers(gpus=tuple(gpus), host=host, flash=placing.flash)


def _flash_attention_stays(shape: Shape, table: TensorTable, settings: EngineSettings, placing: Placing) -> bool:
    """Whether llama.cpp leaves flash attention on where it may choose (src/llama-context.cpp: resolve_fused_ops).

    It schedules one token a sequence and gives up if any layer's attention lands on another device than the layer.
    """
    probe = replace(settings, ubatch=settings.slots)
    graph, machine = _drawing(shape, table, probe, placing)
    schedule(graph, machine)
    return all(node.backend == node.owner for node in graph.nodes if node.op == "flash")


def _drawing(shape: Shape, table: TensorTable, settings: EngineSettings, placing: Placing) -> tuple[Graph, Machine]:
    machine = Machine(gpus=placing.gpus, takes_over=settings.op_offload, pipelined=placing.pipelined)
    owners = tuple(machine.host if owner < 0 else owner for owner in placing.owners)
    files = _File(shape, table, owners, machine.host)
    parts = Parts(
        layers=[files.layer(index, settings, placing) for index in _drawn(shape, table, settings, owners, placing)],
        outside=files.outside(),
        host=machine.host,
    )
    held = placing.full_offload or context_sizes(settings).tokens < _HELD_BELOW
    return draw(shape, settings, parts, flash=placing.flash, held=held), machine


def _drawn(
    shape: Shape, table: TensorTable, settings: EngineSettings, owners: Sequence[int], placing: Placing
) -> Sequence[int]:
    copied = any(shape.states) and not settings.kv_offload
    if copied or shape.reads or shape.architecture in ENCODER_DECODER | EVERY_FOURTH_PLAIN:
        # A layer reads what another left, is copied to before the one under it has ended, or differs in what its
        # tensors do not show: no round is like the last.
        return range(shape.layers)
    return rounds(
        [
            (
                owners[index],
                index < placing.host_experts,
                index < shape.deep_inputs,
                shape.caches[index],
                shape.states[index],
                tuple(tensor.bytes for tensor in table.blocks[index].values()),
            )
            for index in range(shape.layers)
        ]
    )


class _File:
    """The tensors of a file, each where it lies."""

    def __init__(self, shape: Shape, table: TensorTable, owners: Sequence[int], host: int) -> None:
        self._shape, self._table, self._owners, self._host = shape, table, owners, host
        rotary = next((tensor for name, tensor in table.outside.items() if name.startswith("rope_f")), None)
        self._factors = {owner: _weight(rotary, owner) for owner in set(owners)} if rotary else {}

    def layer(self, index: int, settings: EngineSettings, placing: Placing) -> Layer:
        """One block."""
        owner = self._owners[index]
        experts = self._host if index < placing.host_experts else owner
        reads = self._shape.reads[index] if self._shape.reads else index
        return Layer(
            index=index,
            owner=owner,
            home=owner if settings.kv_offload else self._host,
            weights=Weights(
                (name, _weight(tensor, experts if "_exps." in name else owner))
                for name, tensor in self._table.blocks[index].items()
            ),
            cache=self._shape.caches[reads],
            reads=reads,
            factors=self._factors.get(owner),
        )

    def outside(self) -> Mapping[str, Node]:
        """Embeddings on the host, the first norms with the first block, the rest with the output."""
        table = self._table.outside
        nodes = Weights((name, _weight(tensor, self._home(name))) for name, tensor in table.items())
        if "output.weight" not in nodes:
            nodes["output.weight"] = _weight(table["token_embd.weight"], self._owners[-1])
        return nodes

    def _home(self, name: str) -> int:
        if name == "token_embd.weight" or name in HOST_ONLY:
            return self._host
        first = is_with_first_block(name, has_output_norm="output_norm.weight" in self._table.outside)
        return self._owners[0 if first else -1]


def _weight(tensor: Tensor, home: int) -> Node:
    node = external(tensor.name, tensor.shape, tensor.bytes, home, weight=True)
    node.extra = row_extension(tensor)
    return node
