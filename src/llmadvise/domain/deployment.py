"""How a model is spread over several GPUs and nodes, and which hardware runs it: what `llmadvise plan` answers with."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.domain.assessment import DeviceMemory, Placement, SpeedEstimate
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import Variant
from llmadvise.record import dataclass


class HardwareClass(StrEnum):
    """A sort of hardware that people choose within."""

    GPU = "gpu"
    """One graphics card, the whole model on it."""
    GPUS = "gpus"
    """Several cards of one kind in one machine."""
    MAC = "mac"
    """Apple silicon, by chip and memory."""
    CPU = "cpu"
    """A processor and RAM alone."""
    COMPUTER = "computer"
    """A computer that people name: a laptop, a board, a cloud instance."""


class SpeedLevel(StrEnum):
    """How well a machine serves the use, by its decoding speed."""

    RUNS = "runs"
    """It fits; it may be slow."""
    USABLE = "usable"
    """As fast as asked for, or as the use case needs."""
    COMFORTABLE = "comfortable"
    """More speed would earn nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelLayout:
    """How many ways a model is cut."""

    tensor: int = 1
    """GPUs that share each layer."""
    pipeline: int = 1
    """Groups of layers, one after the other."""
    data: int = 1
    """Copies that answer different users."""
    experts: bool = False
    """Whole experts are shared out over the GPUs of all copies, instead of a slice of each expert."""

    @property
    def gpus(self) -> int:
        """GPUs that work."""
        return self.tensor * self.pipeline * self.data

    @property
    def replica(self) -> int:
        """GPUs of one copy."""
        return self.tensor * self.pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsideredLayout:
    """One layout as it was judged."""

    layout: ParallelLayout
    fits: bool
    gpu_bytes: int | None
    """What the fullest GPU must hold; None: not computed."""
    budget_bytes: int | None
    """What the runtime takes of a GPU."""
    largest_context: int | None
    """Tokens of one request that the cache of one copy could hold."""
    requests: float | None
    """Requests of the asked length that all copies hold at once."""
    findings: tuple[Finding, ...] = ()
    """What forbids it, and what is worth knowing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLayout:
    """The layout to use, spelled out."""

    variant: Variant
    runtime: str
    layout: ParallelLayout
    nodes: int
    """Nodes that work."""
    nodes_per_copy: int
    """Nodes that one copy reaches over: above one, every token crosses the network."""
    placement: Placement
    context: int
    gpu: DeviceMemory
    """The fullest GPU; all others hold no more."""
    largest_context: int
    requests: float
    speed: SpeedEstimate
    command: str | None
    """Of the first node."""
    worker_command: str | None
    """Of every other node; None: there are none, or the runtime starts them itself."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedVariant:
    """A variant that no layout holds, and why."""

    variant: str
    reasons: tuple[Finding, ...]
