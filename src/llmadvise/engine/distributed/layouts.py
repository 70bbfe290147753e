"""Every way of cutting a model over the GPUs of equal nodes."""

from __future__ import annotations

from collections.abc import Iterator

from llmadvise.domain.deployment import ParallelLayout
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What a runtime can do."""

    pipeline: bool = True
    data: bool = True
    experts: int = 0
    """Experts of the model, where the runtime can share them out whole; else 0."""


def layouts(nodes: int, gpus_per_node: int, ways: Ways) -> Iterator[ParallelLayout]:
    """Layouts in which the GPUs that share a layer are in one node; one copy, or as many as the GPUs allow.

    Slices of a layer exchange data twice a layer and token, so they stay on one node's own links (vLLM
    docs/serving/parallelism_scaling.md: tensor parallel within a node, pipeline parallel across nodes).
    """
    for tensor in range(1, gpus_per_node + 1):
        groups = nodes * (gpus_per_node // tensor)
        for pipeline in range(1, groups + 1 if ways.pipeline else 2):
            most = groups // pipeline if ways.data else 1
            for copies in sorted({1, most}):
                yield ParallelLayout(tensor=tensor, pipeline=pipeline, data=copies)
            # More GPUs than experts would leave some without any.
            sharing = min(most, ways.experts // tensor)
            for copies in sorted({1, sharing}):
                if ways.experts >= tensor * copies > 1:
                    yield ParallelLayout(tensor=tensor, pipeline=pipeline, data=copies, experts=True)
