"""Every JSON document by its name; imported only where all are wanted, not on the way to one of them."""

from __future__ import annotations

from typing import Final

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
from llmadvise.render.documents.recipe import RecipeDocument
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.documents.rules import RulesDocument
from llmadvise.render.documents.run import RunDocument
from llmadvise.render.documents.schemas import SchemaEntry, SchemasDocument

DOCUMENTS: Final[dict[str, type]] = {
    "bench": BenchDocument,
    "catalog-check": CatalogCheckDocument,
    "catalog-diff": CatalogDiffDocument,
    "catalog-refresh": CatalogRefreshDocument,
    "check": CheckDocument,
    "comparison": ComparisonDocument,
    "doctor": DoctorDocument,
    "error": ErrorDocument,
    "estimate": EstimateDocument,
    "explanation": ExplanationDocument,
    "fleet": FleetDocument,
    "hardware": HardwareDocument,
    "hardware-profiles": HardwareProfilesDocument,
    "license-comparison": LicenseComparisonDocument,
    "license": LicenseDocument,
    "licenses": LicensesDocument,
    "lineage": LineageDocument,
    "lock": LockDocument,
    "model": ModelDocument,
    "models": ModelsDocument,
    "plan": PlanDocument,
    "pull": PullDocument,
    "recipe": RecipeDocument,
    "recommendation": RecommendationDocument,
    "rules": RulesDocument,
    "run": RunDocument,
    "schemas": SchemasDocument,
}
"""The `schema` field of each reads `llmadvise.<name>/1`."""


def schema_entries() -> tuple[SchemaEntry, ...]:
    """One entry a document, in ascending order of name."""
    return tuple(
        SchemaEntry(
            name=name,
            schema=f"llmadvise.{name}/1",
            kind="output",
            summary=(kind.__doc__ or "").strip().splitlines()[0],
        )
        for name, kind in sorted(DOCUMENTS.items())
    )
