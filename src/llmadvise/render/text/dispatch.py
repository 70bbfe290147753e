"""Which document is written by which function."""

from __future__ import annotations

from llmadvise.domain.lock import LockDocument
from llmadvise.render.documents.bench import BenchDocument
from llmadvise.render.documents.check import CheckDocument
from llmadvise.render.documents.curation import CatalogCheckDocument, CatalogDiffDocument, CatalogRefreshDocument
from llmadvise.render.documents.doctor import DoctorDocument
from llmadvise.render.documents.estimate import EstimateDocument
from llmadvise.render.documents.explanation import ComparisonDocument, ExplanationDocument
from llmadvise.render.documents.failure import ErrorDocument
from llmadvise.render.documents.hardware import HardwareDocument
from llmadvise.render.documents.hardware_profiles import HardwareProfilesDocument
from llmadvise.render.documents.licenses import LicenseComparisonDocument, LicenseDocument, LicensesDocument
from llmadvise.render.documents.models import LineageDocument, ModelDocument, ModelsDocument
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.documents.rules import RulesDocument
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
    hardware,
    licenses,
    lock,
    models,
    recommend,
    rules,
)


def write(page: Page, document: object) -> None:  # noqa: C901, PLR0912 - one line a kind of document
    """Write a document on a page. Raises TypeError for anything else."""
    match document:
        case RecommendationDocument():
            recommend.write(page, document)
        case ExplanationDocument():
            explain.write(page, document)
        case ComparisonDocument():
            compare.write(page, document)
        case EstimateDocument():
            estimate.write(page, document)
        case HardwareDocument():
            hardware.write(page, document)
        case BenchDocument():
            bench.write(page, document)
        case HardwareProfilesDocument():
            hardware.write_profiles(page, document)
        case ModelsDocument():
            models.write_list(page, document)
        case ModelDocument():
            models.write(page, document)
        case LineageDocument():
            models.write_lineage(page, document)
        case CatalogCheckDocument():
            curation.write_check(page, document)
        case CatalogDiffDocument():
            curation.write_diff(page, document)
        case CatalogRefreshDocument():
            curation.write_refresh(page, document)
        case CheckDocument():
            check.write(page, document)
        case LicensesDocument():
            licenses.write_list(page, document)
        case LicenseDocument():
            licenses.write(page, document)
        case LicenseComparisonDocument():
            licenses.write_comparison(page, document)
        case LockDocument():
            lock.write(page, document)
        case RulesDocument():
            rules.write(page, document)
        case DoctorDocument():
            doctor.write(page, document)
        case SchemasDocument():
            doctor.write_schemas(page, document)
        case ErrorDocument():
            failure.write(page, document)
        case _:
            raise TypeError(f"{type(document).__name__} has no text form")
