"""Which device computes each tensor, and what is copied between them (ggml-backend.cpp: ggml_backend_sched_split_graph).

Devices are numbered: GPUs from 0, the host last. The host computes everything; a GPU everything but what has no
kernel there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from llmadvise.engine.memory.drawing import PIPELINE_COPIES
from llmadvise.engine.memory.graph.node import Graph, Node

_LEAST_ROWS = 32
"""Rows from which a GPU takes over an operation on weights of the host (ggml-cuda.cu: GGML_OP_OFFLOAD_MIN_BATCH)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What computes: so many GPUs beside the host."""

    gpus: int
    takes_over: bool = True
    """Large operations on weights of the host run on a GPU (`--no-op-offload`: False)."""
    pipelined: bool = False

    @property
    def host(self) -> int:
        """The number of the host."""
        return self.gpus


@dataclass(slots=True)
class Schedule:
    """The graph with its copies, in the order in which memory is given out."""

    leaves: list[Node] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)


def schedule(graph: Graph, machine: Machine) -> Schedule:
    """Assign every node to a device and put the copies between them where the engine makes them."""
    _assign_by_data(graph, machine)
    _spread(graph, machine)
    _assign_rest(graph, machine)
    return _with_copies(graph, machine)


def _supports(node: Node, device: int, machine: Machine) -> bool:
    """Whether a device can compute a node; a GPU cannot where an operand lies on another GPU."""
    if device == machine.host:
        return True
    if not node.kernel:
        return False
    within = (None, device, machine.host)
    return all(source.home in within for source in node.sources)


def _assign_by_data(graph: Graph, machine: Machine) -> None:
    """Pass 1: where the result, or the weights of the operation, lie."""
    host = machine.host
    for leaf in graph.leaves:
        if leaf.home is not None:
            leaf.backend = leaf.home
        elif leaf.input:
            leaf.backend = host
    for node in graph.nodes:
        if node.backend < 0:
            root = node.root
            if root is not None and root.home is not None:
                node.backend = root.home if _supports(node, root.home, machine) else host
            elif node.op not in ("rope", "flash"):
                node.backend = _by_weight(node, machine)


def _by_weight(node: Node, machine: Machine) -> int:
    host = machine.host
    for source in node.sources:
        if source.weight:
            home = source.home
            if home is None:
                return -1
            if home != host:
                return home if node.kernel else -1
            if machine.takes_over and node.rows >= _LEAST_ROWS:
                for gpu in range(machine.gpus):
                    if _supports(node, gpu, machine):
                        return gpu
            return host
    return -1


def _spread(graph: Graph, machine: Machine) -> None:
    """Pass 2: neighbors of what a GPU computes run there too, down the graph and up; then neighbors of the host's."""
    host = machine.host
    working = [node for node in graph.nodes if not node.view]
    for spread_host in (False, True):
        for nodes in (working, working[::-1]):
            current = -1
            for node in nodes:
                backend = node.backend
                if backend >= 0:
                    current = backend if spread_host or backend != host else -1
                elif current >= 0 and _supports(node, current, machine):
                    node.backend = current


def _assign_rest(graph: Graph, machine: Machine) -> None:
    """Passes 3 and 4: the device with most of the operands; views and leaves follow what they belong to."""
    for node in graph.nodes:
        if node.backend < 0 and not node.view:
            node.backend = _nearest(node, machine)
    for node in graph.nodes:
        if node.backend < 0:
            node.backend = node.root.backend if node.root is not None else machine.host
        for source in node.sources:
            if source.backend < 0:
                source.backend = source.root.backend if source.root is not None else node.backend
        if node.backend < 0:
            node.backend = next(device for device in range(machine.host + 1) if _supports(node, device, machine))


def _nearest(node: Node, machine: Machine) -> int:
    """The first device with the most operands of those that can compute it."""
    able = [device for device in range(machine.host + 1) if _supports(node, device, machine)]
    return max(able, key=lambda device: sum(_place(source) == device for source in node.sources))


def _place(node: Node) -> int:
    """Where an operand lies or will lie; -1: not known yet."""
    root = node.root or node
    if root.home is not None:
        return root.home
    return node.backend if node.backend >= 0 else root.backend


class _Copies:
    """Copies of tensors on devices that read them, each made once."""

    def __init__(self, machine: Machine) -> None:
        self._sets = PIPELINE_COPIES if machine.pipelined else 1
        self.made: dict[tuple[Node, int], list[Node]] = {}

    def of(self, source: Node, device: int) -> tuple[Node, bool]:
        """The copy on a device, and whether it is new."""
        found = self.made.get((source, device))
        if found is not None:
            return found[0], False
        copies = [self._copy(source) for _ in range(self._sets)]
        self.made[source, device] = copies
        for copy in copies:
            copy.backend = device
        return copies[0], True

    def _copy(self, source: Node) -> Node:
        copy = Node("none", source.extents, source.size, (), source.name)
        copy.layout = source.layout
        copy.extra = source.extra
        copy.input = copy.output = self._sets > 1
        return copy


def _with_copies(graph: Graph, machine: Machine) -> Schedule:
    """Pass 5 and the copy of the graph: what a split reads from elsewhere is copied at its start."""
    done = Schedule()
    copies = _Copies(machine)
    nodes = graph.nodes
    starts: list[tuple[int, list[tuple[Node, Node]]]] = []
    current = next((node.backend for node in nodes if not node.view), machine.host)
    inputs: list[tuple[Node, Node]] = []
    starts.append((0, inputs))
    first = True
    for index, node in enumerate(nodes):
        if first and node.view:
            continue
        first = False
        if node.view:
            continue
        if node.backend != current or (inputs and _reads_weights_elsewhere(node)):
            inputs = []
            starts.append((index, inputs))
            current = node.backend
        if any(source.backend != current for source in node.sources):
            node.sources = tuple(_here(source, current, copies, inputs) for source in node.sources)
    _lay_out(done, graph, starts)
    if machine.pipelined:
        _keep_all(done, graph, copies)
    done.leaves.extend(graph.leaves)
    return done


def _reads_weights_elsewhere(node: Node) -> bool:
    for source in node.sources:  # noqa: SIM110
        if source.weight and source.backend != node.backend:
            return True
    return False


def _here(source: Node, device: int, copies: _Copies, inputs: list[tuple[Node, Node]]) -> Node:
    if source.backend == device or _place(source) == device:
        return source
    copy, new = copies.of(source, device)
    if new:
        inputs.append((source, copy))
    return copy


def _lay_out(done: Schedule, graph: Graph, starts: list[tuple[int, list[tuple[Node, Node]]]]) -> None:
    """Each split's copies before its nodes; a source lives until it is copied."""
    bounds = [*(start for start, _ in starts[1:]), len(graph.nodes)]
    begin = 0
    for (_, inputs), end in zip(starts, bounds, strict=True):
        for source, copy in inputs:
            kept = Node("none", (), 0, (source,), "")
            kept.root = source.root or source
            kept.backend = source.backend
            done.nodes.append(kept)
            done.nodes.append(copy)
        done.nodes.extend(graph.nodes[begin:end])
        begin = end


def _keep_all(done: Schedule, graph: Graph, copies: _Copies) -> None:
    """Pass 6: with a pipeline every input and every copy is kept four times, from the start."""
    for leaf in graph.leaves:
        if leaf.input:
            copies.of(leaf, leaf.backend)
            kept = copies.made[leaf, leaf.backend]
            kept[0] = leaf
            leaf.output = True
            done.leaves.extend(kept)
    for (source, device), kept in copies.made.items():
        if source.backend != device:
            done.leaves.extend(kept)
