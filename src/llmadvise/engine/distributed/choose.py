"""Which layout to take of those that work.

The order is a choice, after vLLM's own advice (docs/serving/parallelism_scaling.md, data_parallel_deployment.md): a copy
stays within one node if it can; alone, a user gets the GPUs of a node for each layer; many users get as many copies as
hold them.
"""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.engine.distributed.layouts import Ways, layouts
from llmadvise.engine.distributed.weigh import Cluster, Weighed, weigh
from llmadvise.engine.plan_parts import Task
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """All layouts, and the one to take; None: none works."""

    considered: tuple[Weighed, ...]
    """The preferred first, those that do not work last."""
    best: Weighed | None


def choose(task: Task, cluster: Cluster, ways: Ways) -> Choice:
    """Weigh every layout and take the preferred one that fits."""
    found = [weigh(task, cluster, layout) for layout in layouts(cluster.nodes, len(cluster.cards), ways)]
    ordered = sorted(found, key=lambda item: (not item.fits, preference(item, cluster, task.requirements.users)))
    best = ordered[0] if ordered and ordered[0].fits else None
    return Choice(considered=tuple(ordered), best=best)


def preference(item: Weighed, cluster: Cluster, users: int) -> tuple[bool, int, int, int, int, int]:
    """Sort key, the preferred first."""
    layout = item.layout
    reach = reach_of(item, cluster)
    if users == 1 or reach > 1:
        # Alone, a user gains nothing from a second copy.
        copies = layout.data if users == 1 else -layout.data
        return (item.doubtful, reach, layout.experts, layout.pipeline, -layout.tensor, copies)
    return (item.doubtful, reach, layout.experts, layout.replica, layout.pipeline, -layout.data)


def reach_of(item: Weighed, cluster: Cluster) -> int:
    """Nodes that the work for one token reaches over."""
    layout = item.layout
    return cluster.across(layout.gpus if layout.experts and layout.data > 1 else layout.replica)


def longest(considered: Sequence[Weighed]) -> int:
    """The longest request that any layout holds whose shapes divide."""
    return max((item.memory.largest_context for item in considered if item.divides), default=0)
