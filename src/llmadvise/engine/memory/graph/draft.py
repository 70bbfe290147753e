"""A graph being drawn: what its layers share, and the two parts that all networks are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from llmadvise.engine.memory.graph.node import Graph, Node, given, like, part, product
from llmadvise.engine.memory.settings import ContextSizes, EngineSettings
from llmadvise.engine.memory.shape import LayerCache, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the host writes before each micro-batch for one kind of cache."""

    mask: Node
    key_indices: Node
    value_indices: Node
    key_turn: Node | None
    value_turn: Node | None


class MissingTensorError(LookupError):
    """A drawing needs a tensor that the file lacks."""


class Weights(dict[str, Node]):
    """Tensors by the last part of their names. Raises MissingTensorError for one that is not there."""

    def __missing__(self, name: str) -> Node:
        raise MissingTensorError(name)


class Chosen:
    """Which state belongs to which sequence: one input, and two views of it that all layers share."""

    __slots__ = ("all", "main", "tail")

    def __init__(self, sequences: int) -> None:
        self.all = given("state rows", (sequences,), "i32")
        self.main = part(self.all, (sequences,))
        self.tail = part(self.all, (sequences - 1,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One block: its tensors, and where they and its cache lie."""

    index: int
    owner: int
    home: int
    """The device of its cache and state."""
    weights: Weights
    cache: LayerCache | None
    """Its own, or that of an earlier layer which it reads."""
    reads: int
    """The layer whose cache it reads."""
    factors: Node | None = None
    """Rotary factors, of which every device with a block has its own."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """A graph being drawn, and what all of its layers share."""

    graph: Graph
    shape: Shape
    settings: EngineSettings
    sizes: ContextSizes
    flash: bool
    windowed: bool
    """Caches with and without window lie apart (llama_kv_cache_iswa)."""
    held: bool
    """Norms are held on the device of their layer (src/llama-context.cpp: graph_get_cb)."""
    host: int
    positions: Node
    scale: Node
    """An input that scales the query in some layers of some networks."""
    chosen: Chosen
    inputs: dict[bool, Inputs] = field(default_factory=dict)
    """By whether the cache has a window."""
    caches: dict[tuple[int, str], Node] = field(default_factory=dict)
    """Keys and values of the layers drawn so far."""
    owner: int = 0
    """The device of the layer being drawn."""
    given: Node | None = None
    """The embedding with those that first layers add, where there are any."""

    @property
    def tokens(self) -> int:
        """Rows of the micro-batch."""
        return self.sizes.tokens


def norm(
    draft: Draft, operand: Node, weights: Mapping[str, Node], name: str, *, op: str = "rms_norm", held: bool = True
) -> Node:
    """A norm with weight and bias, where the file has them (build_norm)."""
    weight, bias = weights.get(f"{name}.weight"), weights.get(f"{name}.bias")
    node = like("norm" if bias is not None else op, operand, name=name)
    if held and draft.held and (weight is not None or bias is not None):
        node.backend = draft.owner
    if weight is not None:
        node = like("mul", node, weight)
    return node if bias is None else like("add", node, bias)


def linear(operand: Node, weights: Mapping[str, Node], name: str) -> Node:
    """A product with a weight, and its bias if the file has one."""
    node = product(weights[f"{name}.weight"], operand, name)
    bias = weights.get(f"{name}.bias")
    return node if bias is None else like("add", node, bias)
