"""Many machines: grouped where they are equal to the advice, each group advised once, and what all can serve."""

from __future__ import annotations

from llmadvise.domain.assessment import FilledCommands, PlacementKind
from llmadvise.domain.estimate import Estimate
from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Platform
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a machine was read: a file and the line on which its document begins."""

    file: str
    """`-` is standard input."""
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetGpus:
    """GPUs of one kind with one budget in each machine of a group."""

    name: str
    id: str | None
    """Id of the row in catalog/hardware/gpus, where the name resolves."""
    count: int
    budget_bytes: int
    """What may be planned with on each, rounded down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetMachine:
    """What every machine of a group has in common, as far as it matters to the advice."""

    platform: Platform
    ram_budget_bytes: int
    """RAM that may be planned with, rounded down."""
    cores: int | None
    gpus: tuple[FleetGpus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPick:
    """What each machine of a group should run."""

    model: str
    """Catalog id."""
    name: str
    variant: str
    """Id of the file or set of files."""
    repo: str
    format: str
    quantization: str
    bytes: int | None
    """To download, on each machine."""
    runtime: str
    placement: PlacementKind
    score: float
    quality: float
    memory: Estimate
    decode: Estimate | None
    """Tokens a second of one user alone on one machine."""
    together: Estimate | None
    """Tokens a second of all users of one machine; that of the one user where there is one."""
    license: tuple[str, ...]
    verdict: str
    """allowed, denied or unknown: for the use asked about."""
    commands: FilledCommands


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetGroup:
    """Equal machines, and what they should run."""

    machines: int
    machine: FleetMachine
    example: Place
    """The first of them."""
    pick: FleetPick | None
    """None: nothing fits the requirements."""
    reason: str | None = None
    """Where nothing fits: the rule about machines that ruled out most."""
    relaxation: str | None = None
    """Where nothing fits: the smallest change after which something would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetModel:
    """One model with one file, over all groups that should run it."""

    model: str
    name: str
    quantization: str
    runtime: str
    groups: int
    machines: int
    users: int
    together: Estimate | None
    """Tokens a second of all these machines with all their users; null where no speed is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetReason:
    """Why machines run nothing."""

    rule: str
    machines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetTotals:
    """What the whole fleet can serve."""

    machines: int
    """Read and understood."""
    groups: int
    advised: int
    """Machines for which there is an answer."""
    without: int
    """Machines that can run nothing that meets the requirements."""
    invalid: int
    """Documents that could not be read; they are not among the machines."""
    users: int
    """Served at once: machines that are advised, times the users asked for on each."""
    together: Estimate | None
    """Tokens a second of all machines with all their users. The ends are sums of the groups' ends: as wide as if all
    estimates erred in the same direction, which those of one model largely do."""
    speed_unknown: int
    """Advised machines whose speed is not known; they are not in the sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The whole answer for many machines."""

    totals: FleetTotals
    models: tuple[FleetModel, ...]
    """Most machines first."""
    reasons: tuple[FleetReason, ...]
    groups: tuple[FleetGroup, ...]
    """Most machines first."""
    findings: tuple[Finding, ...]
    """Documents that could not be read, the first ones, each with file and line."""
