"""A judged case, taken apart: placement, memory, speed, quality, license, grades and findings."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.domain.abilities import Projector
from llmadvise.domain.command import FilledArguments
from llmadvise.domain.cost import CostEstimate
from llmadvise.domain.estimate import Estimate
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.license import Obligation
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.requirements import Requirements
from llmadvise.record import dataclass


class PlacementKind(StrEnum):
    """Where the weights live."""

    GPU = "gpu"
    OFFLOAD = "offload"
    CPU = "cpu"
    DISTRIBUTED = "distributed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How the model is laid over the devices."""

    kind: PlacementKind
    gpu_layers: int
    """Units on GPUs as llama.cpp counts them (blocks plus one for the output)."""
    cpu_moe_layers: int = 0
    """Leading blocks whose routed experts stay in RAM."""
    devices: tuple[str, ...] = ()
    """`gpu0`, `gpu1` …, `cpu`; those that hold weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceMemory:
    """What one device must hold."""

    device: str
    budget_bytes: int
    used: Estimate
    headroom_bytes: int
    """Budget less the best guess; negative: it does not fit."""
    weights_bytes: int = 0
    kv_cache_bytes: int = 0
    compute_bytes: int = 0
    overhead_bytes: int = 0
    fit_chance: float | None = None
    """How likely the device holds its part, 0..1, from the interval of `used` (docs/estimate.md); None: not computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """One step that would free memory on the device that has least to spare."""

    step: str
    """kv-cache, micro-batch, host or context."""
    setting: str
    """The option of `llmadvise estimate` that shows the result."""
    flags: str | None
    """The same for the runtime; None: its command says it in another way."""
    device: str
    saved_bytes: int
    quality_change: float | None
    """Points of 100; None: none, or not known."""
    speed_change: float | None
    """Part of the decode speed, -0.1 for a tenth less; None: none, or not known."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryEstimate:
    """All memory, by what it is for and by where it is."""

    total: Estimate
    weights: Estimate
    kv_cache: Estimate
    compute: Estimate
    overhead: Estimate
    by_device: tuple[DeviceMemory, ...]
    fit_chance: float | None = None
    """How likely all devices together hold it, 0..1; None: not computed."""
    savings: tuple[Saving, ...] = ()
    """Steps that would free memory, those that cost least first; looked for where there is little to spare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingEstimate:
    """What users get who all ask at once."""

    users: int
    each: Estimate
    """Tokens a second of one of them."""
    together: Estimate
    """Tokens a second of all."""
    time_to_first_token: Estimate | None
    """Seconds until the last of them has a first token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedEstimate:
    """Tokens a second, and seconds until the first one, of one user alone."""

    prefill: Estimate | None
    decode: Estimate | None
    time_to_first_token: Estimate | None
    serving: ServingEstimate | None = None
    """The same with all users; None: one user, or not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityEvidence:
    """One result that the quality rests on, as it was weighed."""

    benchmark: str
    score: float
    weight: float
    independent: bool
    date: str | None
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityEstimate:
    """How well the variant does in this use, 0..100."""

    estimate: Estimate
    unquantized: Estimate
    """The same before the quantization loss."""
    retention: Estimate
    """Part of the full model's score that the variant keeps, 0..1."""
    evidence: tuple[QualityEvidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseAssessment:
    """What the declared license and the line of descent allow."""

    declared: str | None
    effective: tuple[str, ...]
    verdict: str
    """allowed, denied, unknown: for the use asked about."""
    obligations: tuple[Obligation, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One criterion's part of the score."""

    criterion: str
    grade: float
    """0..1."""
    weight: float
    points: float
    """grade × weight; the points add up to the score."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledCommands:
    """Commands to paste, every word quoted for a POSIX shell, on Windows for PowerShell."""

    pull: str | None
    run: str | None
    serve: str | None
    arguments: FilledArguments = FilledArguments()
    """The same as words, for programs that start them without a shell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another variant of a recommended model, in one line."""

    variant: Variant
    runtime: str
    placement: Placement
    memory_bytes: int
    decode: float | None
    quality: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A case with everything that was found out about it."""

    model: Model
    variant: Variant
    runtime: str
    lineage: tuple[str, ...]
    """Ancestors, the nearest first."""
    context_used: int
    placement: Placement
    memory: MemoryEstimate
    speed: SpeedEstimate
    quality: QualityEstimate
    license: LicenseAssessment
    score: float
    grades: tuple[Grade, ...]
    findings: tuple[Finding, ...]
    commands: FilledCommands
    alternatives: tuple[Alternative, ...] = ()
    best_at: tuple[str, ...] = ()
    """What it is better at than all others shown: quality, speed, size, context, license."""
    cost: CostEstimate | None = None
    """What its tokens cost; None: no price was given."""
    projector: Projector | None = None
    """The file with the encoder of pictures, where the use has pictures and the runtime takes one."""

    @property
    def blocked(self) -> bool:
        """Whether any rule forbids it."""
        return any(finding.verdict is Verdict.BLOCK for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextPoint:
    """What a file takes with one length of context and one type of cache, all devices together."""

    context: int
    """Tokens for each user."""
    kv_type: str
    weights_bytes: int
    kv_cache_bytes: int
    other_bytes: int
    """Buffers and drivers."""
    budget_bytes: int
    """What these devices may use."""
    fits: bool
    placement: PlacementKind
    """Where it would lie: a longer context may push layers to the RAM."""

    @property
    def total_bytes(self) -> int:
        """All of it."""
        return self.weights_bytes + self.kv_cache_bytes + self.other_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledOut:
    """How many cases each rule removed."""

    count: int
    by_rule: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The whole answer: what to run, the runners-up, and what was left out and why."""

    requirements: Requirements
    recommendations: tuple[Assessment, ...]
    ruled_out: RuledOut
    specialists: tuple[Assessment, ...] = ()
    """Models further down the ranking that are better at one thing than all above them."""
    bigger: Finding | None = None
    """Why not the next better model that does not fit."""
    context_curve: tuple[ContextPoint, ...] = ()
    """Memory of the first against the length of its context; empty where nobody asked."""
