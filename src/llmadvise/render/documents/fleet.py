"""`llmadvise.fleet/1`: what to run on many machines, and what they can serve together."""

from __future__ import annotations

from typing import Literal

from llmadvise.domain.catalog import CatalogIdentity
from llmadvise.domain.finding import Finding
from llmadvise.domain.fleet import Fleet, FleetGroup, FleetModel, FleetReason, FleetTotals
from llmadvise.domain.requirements import Requirements
from llmadvise.record import dataclass
from llmadvise.render.documents.assessment import CatalogStamp, catalog_stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetDocument:
    """Many machines: totals, the models they should run, and every group of equal machines."""

    schema: Literal["llmadvise.fleet/1"]
    version: str
    """Of the program."""
    catalog: CatalogStamp
    requirements: Requirements
    """What was asked of each machine, defaults filled in."""
    totals: FleetTotals
    models: tuple[FleetModel, ...]
    """Most machines first."""
    reasons: tuple[FleetReason, ...]
    """Why machines run nothing."""
    groups: tuple[FleetGroup, ...]
    """Most machines first."""
    findings: tuple[Finding, ...]
    """Documents that could not be read: the first ones, each with file and line."""


def fleet_document(
    fleet: Fleet,
    *,
    version: str,
    catalog: CatalogIdentity,
    requirements: Requirements,
    age_days: int | None = None,
) -> FleetDocument:
    """Build the document of a fleet."""
    return FleetDocument(
        schema="llmadvise.fleet/1",
        version=version,
        catalog=catalog_stamp(catalog, age_days=age_days),
        requirements=requirements,
        totals=fleet.totals,
        models=fleet.models,
        reasons=fleet.reasons,
        groups=fleet.groups,
        findings=fleet.findings,
    )
