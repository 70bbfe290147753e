"""Where the parts of a load lie, and the compute buffers that its graph needs if it can be drawn.

The graph is drawn only for files whose tensors are known. Catalog entries have no tensors; their compute buffers come
from the closed form in compute.py, and nothing of the drawing is imported for them.
"""

from __future__ import annotations

from typing import Final

from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.memory.shape import Shape
from llmadvise.record import dataclass

PIPELINE_COPIES: Final = 4
"""Sets of inputs that pipeline parallelism keeps (ggml-backend.cpp: GGML_SCHED_MAX_COPIES)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Where everything lies: the device of each block and of the output, -1 for the host."""

    gpus: int
    owners: tuple[int, ...]
    flash: bool
    pipelined: bool = False
    """The GPUs work on several micro-batches at once."""
    host_experts: int = 0
    """Leading blocks whose routed experts lie on the host."""
    full_offload: bool = False
    """More units were asked for than the model has blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffers:
    """What the drawn graph needs, and whether its attention is one operation."""

    gpus: tuple[int, ...]
    host: int
    flash: bool


def drawn(shape: Shape, layout: WeightLayout, settings: EngineSettings, placing: Placing) -> Buffers | None:
    """The buffers of the drawn graph; None where the tensors are unknown or the network cannot be drawn from them."""
    if layout.table is None:
        return None
    from llmadvise.engine.memory.graph.measure import drawn_buffers  # noqa: PLC0415 (not for catalog entries)

    return drawn_buffers(shape, layout.table, settings, placing)
