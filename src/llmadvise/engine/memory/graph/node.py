"""Tensors of a compute graph, and the order in which llama.cpp visits them (ggml.c: ggml_build_forward_expand)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Final

WIDTH: Final = {"f32": 4, "f16": 2, "i32": 4, "i64": 8}
"""Bytes of one element of the types that appear between operations."""
_IN_PLACE: Final = frozenset({
    "fill", "scale", "add", "add_id", "sub", "mul", "div", "sqr", "sqrt", "unary", "rope", "rms_norm", "clamp",
    "soft_max",
})  # fmt: skip
"""Operations that may overwrite their operand (ggml-alloc.c: ggml_op_can_inplace)."""


class Node:
    """One tensor: the result of an operation, a view of one, an input, or data that lies somewhere already."""

    __slots__ = (
        "address", "allocated", "arena", "backend", "children", "extents", "extra", "home", "in_place", "input",
        "kernel", "layout", "name", "op", "output", "owner", "root", "rows", "size", "sources", "view", "views", "weight",
    )  # fmt: skip

    def __init__(self, op: str, extents: tuple[int, ...], size: int, sources: tuple[Node, ...], name: str) -> None:
        self.op = op
        self.extents = extents
        self.size = size
        self.sources = sources
        self.name = name
        self.layout: tuple[object, ...] | None = None
        """Equal for tensors that can take each other's place; None: nothing like it."""
        self.in_place = op in _IN_PLACE
        self.root: Node | None = None
        """The tensor that this one is a view of."""
        self.view = False
        """A view that computes nothing: the scheduler passes over it."""
        self.input = self.output = self.weight = False
        self.home: int | None = None
        """The device whose memory holds it before the graph runs."""
        self.rows = 0
        """What decides whether a GPU takes the operation over from the host."""
        self.extra = 0
        """Bytes that a GPU adds to the tensor."""
        self.kernel = True
        """False: no GPU computes it."""
        self.owner = -1
        """The device of the layer that it belongs to, where that is asked for."""
        self.backend = -1
        self.children = self.views = 0
        self.allocated = False
        self.address: int
        self.arena: int
        """Where it lies, once allocated."""


class Graph:
    """Nodes in the order of their computation, and the leaves that they start from."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.leaves: list[Node] = []
        self._seen: set[Node] = set()

    def expand(self, node: Node) -> None:
        """Add a tensor after everything it needs."""
        if node in self._seen:
            return
        self._seen.add(node)
        for source in node.sources:
            if source not in self._seen:
                self.expand(source)
        (self.leaves if node.op == "none" else self.nodes).append(node)


def _layout(extents: tuple[int, ...], kind: str = "f32") -> tuple[object, ...]:
    """Extents of one do not count at the end."""
    while len(extents) > 1 and extents[-1] == 1:
        extents = extents[:-1]
    return (kind, *extents)


def external(name: str, extents: tuple[int, ...], size: int, home: int, *, weight: bool = False) -> Node:
    """Data that lies on a device before the graph runs: a weight or a cache."""
    node = Node("none", extents, size, (), name)
    node.home, node.weight = home, weight
    return node


def given(name: str, extents: tuple[int, ...], kind: str = "f32") -> Node:
    """An input, which the host writes before each run."""
    node = Node("none", extents, prod(extents) * WIDTH[kind], (), name)
    node.input = True
    return node


def result(op: str, extents: tuple[int, ...], sources: Sequence[Node], name: str = "", kind: str = "f32") -> Node:
    """What an operation computes, in one piece."""
    node = Node(op, extents, prod(extents) * WIDTH[kind], tuple(sources), name)
    node.layout = _layout(extents, kind)
    node.rows = _rows(op, extents)
    return node


def _rows(op: str, extents: tuple[int, ...]) -> int:
    """Rows as the backend counts them when it decides on an operation (ggml-cuda.cu: get_op_batch_size)."""
    match op:
        case "get_rows":
            return 0
        case "mul_mat":
            return extents[1]
        case "mul_mat_id":
            return extents[2]
        case _:
            return prod(extents[1:])


def like(op: str, first: Node, *others: Node, name: str = "") -> Node:
    """An operation whose result has the extents of its first operand."""
    return result(op, first.extents, (first, *others), name)


def view(source: Node, extents: tuple[int, ...], *, size: int | None = None) -> Node:
    """A tensor seen otherwise: some of it with gaps between, or its extents in another order."""
    node = Node("view", extents, source.size if size is None else size, (source,), "")
    node.root = source.root or source
    node.view = True
    return node


def reshaped(source: Node, extents: tuple[int, ...]) -> Node:
    """A whole tensor with other extents, in one piece and in the usual order."""
    node = view(source, extents)
    node.layout = _layout(extents)
    return node


def part(source: Node, extents: tuple[int, ...]) -> Node:
    """A part of a tensor of 32 bits that lies in one piece."""
    node = view(source, extents, size=prod(extents) * WIDTH["f32"])
    node.layout = _layout(extents)
    return node


def columns(source: Node, extents: tuple[int, ...]) -> Node:
    """Some columns of every row: a copy of them spans all rows but the last whole."""
    *inner, rows = extents
    row = source.size // rows
    return view(source, extents, size=(rows - 1) * row + prod(inner) * 4)


def product(weight: Node, operand: Node, name: str = "") -> Node:
    """A matrix product (MUL_MAT): rows of the weight by columns of the operand."""
    rows = weight.extents[1] if len(weight.extents) > 1 else 1
    return result("mul_mat", (rows, *operand.extents[1:]), (weight, operand), name)


def stored(cache: Node, values: Node, indices: Node) -> Node:
    """Values written into a cache (SET_ROWS): a view of the cache that does compute."""
    node = Node("set_rows", cache.extents, cache.size, (values, indices, cache), "")
    node.root = cache.root or cache
    return node
