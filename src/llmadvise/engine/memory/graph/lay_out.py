"""How large each buffer must be for a scheduled graph (ggml-alloc.c: ggml_gallocr_alloc_graph_impl)."""

from __future__ import annotations

from llmadvise.engine.memory.graph.arena import Arena
from llmadvise.engine.memory.graph.node import Node
from llmadvise.engine.memory.graph.schedule import Machine, Schedule
from llmadvise.engine.memory.settings import GPU_ALIGNMENT, HOST_ALIGNMENT


def buffer_sizes(plan: Schedule, machine: Machine) -> tuple[int, ...]:
    """Bytes of the compute buffer of each GPU, then of the host."""
    arenas = [Arena(GPU_ALIGNMENT) for _ in range(machine.gpus)] + [Arena(HOST_ALIGNMENT)]
    for leaf in plan.leaves:
        _allocate(leaf, leaf.backend, arenas)
    _count_readers(plan)
    for node in plan.nodes:
        backend = node.backend
        for source in node.sources:
            if not source.allocated:
                _allocate(source, backend, arenas)
        _allocate(node, backend, arenas)
        for source in node.sources:
            _release(source, arenas)
    return tuple(arena.peak for arena in arenas)


def _count_readers(plan: Schedule) -> None:
    """Every input is a leaf and has its place already; the rest lives from its first node to its last reader."""
    for node in plan.nodes:
        if node.root is not None and node.op != "none":
            node.root.views += 1
        for source in node.sources:
            source.children += 1


def _size(node: Node, arenas: list[Arena], arena: int) -> int:
    return node.size + node.extra if arena < len(arenas) - 1 else node.size


def _allocate(node: Node, backend: int, arenas: list[Arena]) -> None:
    """A place for a tensor: that of an operand that nobody else needs, or a new one."""
    if node.allocated or node.home is not None or node.root is not None:
        return
    node.allocated = True
    if node.in_place and _take_over(node, arenas):
        return
    node.arena = backend
    node.address = arenas[backend].take(_size(node, arenas, backend))


def _take_over(node: Node, arenas: list[Arena]) -> bool:
    """Overwrite an operand of the same layout that nobody else reads; a view's source is never taken this way."""
    layout = node.layout
    for parent in node.sources:
        if parent.layout != layout or not parent.allocated or parent.output or parent.children != 1 or parent.views:
            continue
        node.arena, node.address = parent.arena, parent.address
        parent.allocated = False
        arena = arenas[parent.arena]
        had, needs = (arena.padded(_size(item, arenas, parent.arena)) for item in (parent, node))
        if had > needs:
            arena.give_back(parent.address + needs, had - needs)
        return True
    return False


def _release(node: Node, arenas: list[Arena]) -> None:
    """One reader less; the last one gives the room back."""
    node.children -= 1
    if node.children or node.views:
        return
    root = node.root
    if root is not None:
        root.views -= 1
        if root.views or root.children or not root.allocated:
            return
        node = root
    elif not node.allocated:
        return
    if node.output:
        return
    arenas[node.arena].give_back(node.address, _size(node, arenas, node.arena))
    node.allocated = False
