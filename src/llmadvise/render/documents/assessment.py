"""One judged model as it stands in a recommendation, an explanation and a comparison."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.abilities import Projector
from llmadvise.domain.assessment import (
    Alternative,
    Assessment,
    DeviceMemory,
    FilledCommands,
    Grade,
    LicenseAssessment,
    MemoryEstimate,
    Placement,
    QualityEvidence,
    SpeedEstimate,
)
from llmadvise.domain.catalog import CatalogIdentity
from llmadvise.domain.cost import CostEstimate
from llmadvise.domain.estimate import Basis, Estimate
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import Parameters, Role, Variant
from llmadvise.record import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogStamp:
    """Which facts the answer rests on."""

    version: str
    digest: str
    as_of: str
    """ISO date of the newest fact."""
    age_days: int | None
    """Days from `as_of` to the day given with `--as-of`; null without one: the same input has the same output on any day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextUse:
    """Tokens the model was trained for, and tokens planned for."""

    native: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFigures:
    """How well the variant does in this use, 0..100: an estimate with what it rests on."""

    value: int | float
    low: int | float
    high: int | float
    basis: Basis
    sources: tuple[str, ...]
    unquantized: Estimate
    """The same before the quantization loss."""
    retention: Estimate
    """Part of the full model's score that the variant keeps, 0..1."""
    evidence: tuple[QualityEvidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The prompt format, and a prompt to try first."""

    template: str | None = None
    """Id of the format in the catalog."""
    example: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """A model, the file, the runtime and the layout, with everything that was found out about them."""

    rank: int | None
    """1 is the advice; null for a case that was asked about by name."""
    model: str
    """Catalog id."""
    name: str
    family: str
    lineage: tuple[str, ...]
    """Ancestors, the nearest first."""
    role: Role
    use_cases: tuple[str, ...]
    parameters: Parameters
    context_length: ContextUse
    variant: Variant
    runtime: str
    placement: Placement
    memory: MemoryEstimate
    speed: SpeedEstimate
    quality: QualityFigures
    license: LicenseAssessment
    score: float
    """0..100; the sum of the points of the grades."""
    grades: tuple[Grade, ...]
    findings: tuple[Finding, ...]
    commands: FilledCommands
    prompt: Prompt
    alternatives: tuple[Alternative, ...]
    """Other variants of the same model."""
    best_at: tuple[str, ...]
    """What it is better at than the others shown: quality, speed, size, context, license."""
    cost: CostEstimate | None = None
    """What its tokens cost; null: no price was given."""
    projector: Projector | None = None
    """The file with the encoder of pictures that is loaded beside the variant; null where the use has no pictures."""


def catalog_stamp(identity: CatalogIdentity, *, age_days: int | None = None) -> CatalogStamp:
    """Stamp an answer with its catalog; `age_days` only where the user named the day."""
    return CatalogStamp(version=identity.version, digest=identity.digest, as_of=identity.as_of, age_days=age_days)


def recommendation(
    assessment: Assessment,
    *,
    rank: int | None,
    use_cases: Mapping[str, tuple[str, ...]],
    prompts: Mapping[str, Prompt],
) -> Recommendation:
    """Build the entry of one assessment; use cases and prompts are looked up by model id."""
    model = assessment.model
    return Recommendation(
        rank=rank,
        model=model.id,
        name=model.name,
        family=model.family,
        lineage=assessment.lineage,
        role=model.role,
        use_cases=use_cases.get(model.id, ()),
        parameters=model.parameters,
        context_length=ContextUse(native=model.context_length.native, used=assessment.context_used),
        variant=assessment.variant,
        runtime=assessment.runtime,
        placement=assessment.placement,
        memory=whole_bytes(assessment.memory),
        speed=assessment.speed,
        quality=_quality(assessment),
        license=assessment.license,
        score=assessment.score,
        grades=assessment.grades,
        findings=assessment.findings,
        commands=assessment.commands,
        prompt=prompts.get(model.id, Prompt()),
        alternatives=assessment.alternatives,
        best_at=assessment.best_at,
        cost=assessment.cost,
        projector=assessment.projector,
    )


def _quality(assessment: Assessment) -> QualityFigures:
    quality = assessment.quality
    return QualityFigures(
        value=quality.estimate.value,
        low=quality.estimate.low,
        high=quality.estimate.high,
        basis=quality.estimate.basis,
        sources=quality.estimate.sources,
        unquantized=quality.unquantized,
        retention=quality.retention,
        evidence=quality.evidence,
    )


def whole_bytes(memory: MemoryEstimate) -> MemoryEstimate:
    """Round every interval to whole bytes: sizes are integers on the wire."""
    return MemoryEstimate(
        total=_whole(memory.total),
        weights=_whole(memory.weights),
        kv_cache=_whole(memory.kv_cache),
        compute=_whole(memory.compute),
        overhead=_whole(memory.overhead),
        by_device=tuple(_whole_device(device) for device in memory.by_device),
        fit_chance=memory.fit_chance,
        savings=memory.savings,
    )


def _whole_device(device: DeviceMemory) -> DeviceMemory:
    return replace(device, used=_whole(device.used))


def _whole(estimate: Estimate) -> Estimate:
    return Estimate(
        value=round(estimate.value),
        low=round(estimate.low),
        high=round(estimate.high),
        basis=estimate.basis,
        sources=estimate.sources,
    )
