"""`llmadvise.plan/1`: which hardware runs a model, or how it is spread over the GPUs and nodes that are there."""

from __future__ import annotations

from typing import Literal

from llmadvise.domain.assessment import MemoryEstimate, Placement, SpeedEstimate
from llmadvise.domain.catalog import CatalogIdentity
from llmadvise.domain.deployment import ChosenLayout, ConsideredLayout, HardwareClass, RefusedVariant, SpeedLevel
from llmadvise.domain.estimate import Basis, Estimate
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import Parameters
from llmadvise.domain.requirements import Requirements
from llmadvise.record import dataclass
from llmadvise.render.documents.assessment import CatalogStamp, catalog_stamp
from llmadvise.render.documents.hardware import HardwareDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedModel:
    """The model that was asked about."""

    asked: str
    model: str
    """Catalog id."""
    name: str
    repo: str
    parameters: Parameters
    context_native: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVariant:
    """One file of the model, and the smallest card that holds it whole."""

    format: str
    quantization: str
    repo: str
    revision: str | None
    bytes: int | None
    bytes_basis: Basis | None
    bits_per_weight: float | None
    kept: Estimate
    """Part of the full model's score that it keeps, 0..1."""
    memory: Estimate | None
    """What a single card must hold of it at the context asked for; null: no card of the catalog holds it."""
    smallest_gpu: str | None
    smallest_gpu_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedHardware:
    """One machine that runs it: the smallest of its kind for the levels named."""

    kind: HardwareClass
    group: str
    """What it was compared within: the number of cards, the sort of computer."""
    name: str
    id: str
    """Of the card, the chip, the processor or the machine in the catalog."""
    levels: tuple[SpeedLevel, ...]
    """Levels that it is the smallest for."""
    memory_bytes: int
    """Of its GPUs, or its RAM where there are none or it is shared."""
    quantization: str
    runtime: str
    placement: Placement
    context: int
    memory: MemoryEstimate
    speed: SpeedEstimate
    others: tuple[str, ...]
    """Further hardware with as much memory that is as good."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLayout:
    """How the model is spread over the nodes that were named."""

    node: HardwareDocument
    """One of them."""
    nodes: int
    runtime: str
    chosen: ChosenLayout | None
    considered: tuple[ConsideredLayout, ...]
    """The preferred first, those that do not work last; at most sixty."""
    refused: tuple[RefusedVariant, ...]
    """Variants that no layout holds, the one of most bits first."""
    enough_nodes: int | None
    """Where nothing fits: how many such nodes would do."""
    longest_context: int | None
    """Where nothing fits: the longest request that would, in tokens; null: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDocument:
    """The reverse of advice: a model is given, and what runs it is the answer. The catalog holds no prices."""

    schema: Literal["llmadvise.plan/1"]
    version: str
    """Of the program."""
    catalog: CatalogStamp
    requirements: Requirements
    model: PlannedModel
    variants: tuple[PlannedVariant, ...]
    """The files compared, the largest first."""
    hardware: tuple[PlannedHardware, ...]
    """From the smallest upward within each kind; empty where nodes were named, or nothing runs it."""
    layout: PlannedLayout | None
    """Where nodes were named."""
    findings: tuple[Finding, ...]


def plan_document(
    *,
    version: str,
    catalog: CatalogIdentity,
    age_days: int | None,
    requirements: Requirements,
    model: PlannedModel,
    variants: tuple[PlannedVariant, ...] = (),
    hardware: tuple[PlannedHardware, ...] = (),
    layout: PlannedLayout | None = None,
    findings: tuple[Finding, ...] = (),
) -> PlanDocument:
    """Build the document of a plan."""
    return PlanDocument(
        schema="llmadvise.plan/1",
        version=version,
        catalog=catalog_stamp(catalog, age_days=age_days),
        requirements=requirements,
        model=model,
        variants=variants,
        hardware=hardware,
        layout=layout,
        findings=findings,
    )
