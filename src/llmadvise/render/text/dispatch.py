"""Which document is written by which function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from llmadvise.domain.lock import LockDocument
from llmadvise.render.documents.bench import BenchDocument
from llmadvise.render.documents.check import CheckDocument
from llmadvise.render.documents.curation import CatalogCheckDocument, CatalogDiffDocument, CatalogRefreshDocument
from llmadvise.render.documents.doctor import DoctorDocument
from llmadvise.render.documents.estimate import EstimateDocument
from llmadvise.render.documents.explanation import ComparisonDocument, ExplanationDocument
from llmadvise.render.documents.failure import ErrorDocument
from llmadvise.render.documents.fleet import FleetDocument
from llmadvise.render.documents.hardware import HardwareDocument
from llmadvise.render.documents.hardware_profiles import HardwareProfilesDocument
from llmadvise.render.documents.licenses import LicenseComparisonDocument, LicenseDocument, LicensesDocument
from llmadvise.render.documents.models import LineageDocument, ModelDocument, ModelsDocument
from llmadvise.render.documents.plan import PlanDocument
from llmadvise.render.documents.pull import PullDocument
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.documents.rules import RulesDocument
from llmadvise.render.documents.run import RunDocument
from llmadvise.render.documents.schemas import SchemasDocument
from llmadvise.render.page import Page
from llmadvise.render.text import (
    bench,
    check,
    compare,
    curation,
    doctor,
    estimate,
    explain,
    failure,
    fleet,
    hardware,
    licenses,
    lock,
    models,
    plan,
    pull,
    recommend,
    rules,
    run,
)

_WRITERS: Final[Mapping[type, Callable[[Page, Any], None]]] = {
    RecommendationDocument: recommend.write,
    FleetDocument: fleet.write,
    ExplanationDocument: explain.write,
    ComparisonDocument: compare.write,
    EstimateDocument: estimate.write,
    HardwareDocument: hardware.write,
    HardwareProfilesDocument: hardware.write_profiles,
    BenchDocument: bench.write,
    ModelsDocument: models.write_list,
    ModelDocument: models.write,
    LineageDocument: models.write_lineage,
    CatalogCheckDocument: curation.write_check,
    CatalogDiffDocument: curation.write_diff,
    CatalogRefreshDocument: curation.write_refresh,
    CheckDocument: check.write,
    LicensesDocument: licenses.write_list,
    LicenseDocument: licenses.write,
    LicenseComparisonDocument: licenses.write_comparison,
    LockDocument: lock.write,
    PlanDocument: plan.write,
    PullDocument: pull.write,
    RulesDocument: rules.write,
    RunDocument: run.write,
    DoctorDocument: doctor.write,
    SchemasDocument: doctor.write_schemas,
    ErrorDocument: failure.write,
}
"""What writes each kind of document."""


def write(page: Page, document: object) -> None:
    """Write a document on a page. Raises TypeError for anything else."""
    writer = _WRITERS.get(type(document))
    if writer is None:
        raise TypeError(f"{type(document).__name__} has no text form")
    writer(page, document)
