"""`llmadvise.explanation/1` and `llmadvise.comparison/1`: judged models that were asked about by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from llmadvise.domain.assessment import Assessment, ContextPoint
from llmadvise.domain.catalog import CatalogIdentity
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.requirements import Requirements
from llmadvise.record import dataclass
from llmadvise.render.documents.assessment import CatalogStamp, Prompt, Recommendation, catalog_stamp, recommendation
from llmadvise.render.documents.hardware import HardwareDocument, hardware_document


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationDocument:
    """Why this score, why this variant, why not another, and what would change the answer."""

    schema: Literal["llmadvise.explanation/1"]
    version: str
    """Of the program."""
    catalog: CatalogStamp
    hardware: HardwareDocument
    requirements: Requirements
    assessment: Recommendation
    blocked: bool
    """Whether a rule forbids it."""
    changes: tuple[str, ...]
    """What would change the answer, one sentence each."""
    context_curve: tuple[ContextPoint, ...] = ()
    """Memory against the length of the context; empty unless `--chart context` or a report asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonDocument:
    """Judged models side by side, in the order asked for."""

    schema: Literal["llmadvise.comparison/1"]
    version: str
    """Of the program."""
    catalog: CatalogStamp
    hardware: HardwareDocument
    requirements: Requirements
    models: tuple[Recommendation, ...]


def explanation_document(
    assessment: Assessment,
    hardware: Hardware,
    requirements: Requirements,
    *,
    version: str,
    catalog: CatalogIdentity,
    age_days: int | None = None,
    rank: int | None = None,
    use_cases: Mapping[str, tuple[str, ...]],
    prompts: Mapping[str, Prompt],
    changes: tuple[str, ...] = (),
    context_curve: tuple[ContextPoint, ...] = (),
) -> ExplanationDocument:
    """Build the document that explains one assessment."""
    return ExplanationDocument(
        schema="llmadvise.explanation/1",
        version=version,
        catalog=catalog_stamp(catalog, age_days=age_days),
        hardware=hardware_document(hardware, version=version),
        requirements=requirements,
        assessment=recommendation(assessment, rank=rank, use_cases=use_cases, prompts=prompts),
        blocked=assessment.blocked,
        changes=changes,
        context_curve=context_curve,
    )


def comparison_document(
    assessments: Sequence[Assessment],
    hardware: Hardware,
    requirements: Requirements,
    *,
    version: str,
    catalog: CatalogIdentity,
    age_days: int | None = None,
    use_cases: Mapping[str, tuple[str, ...]],
    prompts: Mapping[str, Prompt],
) -> ComparisonDocument:
    """Build the document that sets assessments side by side."""
    return ComparisonDocument(
        schema="llmadvise.comparison/1",
        version=version,
        catalog=catalog_stamp(catalog, age_days=age_days),
        hardware=hardware_document(hardware, version=version),
        requirements=requirements,
        models=tuple(recommendation(item, rank=None, use_cases=use_cases, prompts=prompts) for item in assessments),
    )
