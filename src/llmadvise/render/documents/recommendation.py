"""`llmadvise.recommendation/1`: what to run on this machine, and exactly how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from llmadvise.domain.assessment import Advice, ContextPoint, RuledOut
from llmadvise.domain.catalog import CatalogIdentity
from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.requirements import Requirements
from llmadvise.record import dataclass
from llmadvise.render.documents.assessment import CatalogStamp, Prompt, Recommendation, catalog_stamp, recommendation
from llmadvise.render.documents.hardware import HardwareDocument, hardware_document


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationDocument:
    """The whole answer: the machine, the request, the ranked models, and what was left out and why."""

    schema: Literal["llmadvise.recommendation/1"]
    version: str
    """Of the program."""
    catalog: CatalogStamp
    hardware: HardwareDocument
    requirements: Requirements
    """What was asked, defaults filled in; `asked` names the fields that the user set."""
    recommendations: tuple[Recommendation, ...]
    """Best first; empty when nothing fits."""
    specialists: tuple[Recommendation, ...]
    """Models of lower rank that are better at one thing than all those above: the fastest, the smallest …"""
    ruled_out: RuledOut
    bigger: Finding | None
    """Why not the next better model that does not fit."""
    relaxations: tuple[str, ...]
    """Where nothing fits: which requirement to relax, and by how much, one sentence each, the least loss first."""
    context_curve: tuple[ContextPoint, ...] = ()
    """Memory of the first against the length of its context; empty unless `--chart context` or a report asks for it."""


def recommendation_document(
    advice: Advice,
    hardware: Hardware,
    *,
    version: str,
    catalog: CatalogIdentity,
    age_days: int | None = None,
    use_cases: Mapping[str, tuple[str, ...]],
    prompts: Mapping[str, Prompt],
    relaxations: tuple[str, ...] = (),
) -> RecommendationDocument:
    """Build the document of an advice; use cases and prompts are looked up by model id."""
    entries = enumerate(advice.recommendations, start=1)
    return RecommendationDocument(
        schema="llmadvise.recommendation/1",
        version=version,
        catalog=catalog_stamp(catalog, age_days=age_days),
        hardware=hardware_document(hardware, version=version),
        requirements=advice.requirements,
        recommendations=tuple(
            recommendation(assessment, rank=rank, use_cases=use_cases, prompts=prompts) for rank, assessment in entries
        ),
        specialists=tuple(
            recommendation(assessment, rank=None, use_cases=use_cases, prompts=prompts)
            for assessment in advice.specialists
        ),
        ruled_out=RuledOut(count=advice.ruled_out.count, by_rule=dict(sorted(advice.ruled_out.by_rule.items()))),
        bigger=advice.bigger,
        relaxations=relaxations,
        context_curve=advice.context_curve,
    )
