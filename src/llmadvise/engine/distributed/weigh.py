"""One layout weighed: what each GPU holds, how long a request may be, and what forbids it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from llmadvise.domain.deployment import ParallelLayout
from llmadvise.domain.estimate import Range
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Gpu
from llmadvise.engine.device import Device
from llmadvise.engine.distributed.divisibility import divisibility
from llmadvise.engine.memory.vllm import VllmMemory, usable_utilization, vllm_memory
from llmadvise.engine.memory.vllm_settings import VllmSettings
from llmadvise.engine.plan_parts import Task
from llmadvise.record import dataclass

_SHAPES: Final = frozenset({
    "heads-not-divisible-by-gpus", "kv-heads-not-divisible", "width-not-divisible-by-gpus",
    "quantization-group-not-divisible", "more-stages-than-layers",
})  # fmt: skip
"""Rules that forbid a layout whatever the memory: no GPU with more of it would help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Equal nodes, each with these GPUs."""

    nodes: int
    cards: tuple[Gpu, ...]
    devices: tuple[Device, ...]

    def across(self, gpus: int) -> int:
        """Nodes that so many GPUs take."""
        return -(-gpus // len(self.cards))


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A layout with its memory."""

    layout: ParallelLayout
    settings: VllmSettings
    memory: VllmMemory
    users: int
    """Of each copy."""
    total: Range
    """What a GPU holds, or would have to."""
    findings: tuple[Finding, ...]

    @property
    def fits(self) -> bool:
        """Whether it starts, and holds all users at once."""
        return not self.blocked and self.total.high <= self.memory.budget_bytes

    @property
    def blocked(self) -> bool:
        """Whether anything forbids it."""
        return any(item.verdict is Verdict.BLOCK for item in self.findings)

    @property
    def divides(self) -> bool:
        """Whether heads, widths, groups and layers can be shared out so."""
        return not any(item.rule in _SHAPES for item in self.findings)

    @property
    def doubtful(self) -> bool:
        """Whether it may fail for a reason that is not known."""
        return any(item.verdict is Verdict.WARN for item in self.findings)

    @property
    def requests(self) -> float:
        """Requests of the asked length that all copies hold at once."""
        return self.memory.concurrency * self.layout.data


def weigh(task: Task, cluster: Cluster, layout: ParallelLayout) -> Weighed:
    """Weigh a layout by the memory model of vLLM."""
    users = -(-task.requirements.users // layout.data)
    context = task.context.settings
    settings = VllmSettings(
        context_length=context.context_length // context.slots,
        sequences=users,
        max_sequences=users,
        utilization=_utilization(cluster.cards),
        cache_type=context.kv_type_k,
        tensor_parallel=layout.tensor,
        pipeline_parallel=layout.pipeline,
        expert_ranks=layout.tensor * layout.data if layout.experts else 0,
        positions=task.candidate.model.context_length.native,
    )
    memory = vllm_memory(task.shape, task.layout, settings, [card.memory_bytes or 0 for card in cluster.cards])
    found = (*memory.findings, *divisibility(task.shape, task.quantization, layout))
    fixed = memory.weights_bytes + memory.activations.high + memory.overhead.high
    total = max(float(memory.budget_bytes), fixed + memory.cache_needed)
    weighed = Weighed(
        layout=layout,
        settings=settings,
        memory=memory,
        users=users,
        total=Range(total, min(total, float(memory.budget_bytes)), total),
        findings=found,
    )
    if weighed.fits or weighed.blocked:
        return weighed
    return replace(weighed, findings=(*found, _too_many_users(weighed)))


def _too_many_users(weighed: Weighed) -> Finding:
    requests = int(weighed.memory.concurrency)
    return Finding(
        rule="cache-below-all-users",
        verdict=Verdict.BLOCK,
        message=f"a copy's cache holds {requests} requests of {weighed.settings.context_length:,} tokens at once, "
        f"not {weighed.users}: fewer users, a shorter context or more GPUs",
    )


def _utilization(cards: Sequence[Gpu]) -> float:
    """The default part of each GPU, or the largest hundredth that its budget allows."""
    return min(usable_utilization(card.memory_bytes or 0, card.budget_bytes) for card in cards)
