"""What rules about a model look at."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.assessment import LicenseAssessment
from llmadvise.domain.license import License
from llmadvise.domain.model import Model
from llmadvise.domain.profile import Profile
from llmadvise.domain.requirements import Requirements
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSubject:
    """One model in the light of one request."""

    model: Model
    license: LicenseAssessment
    licenses: Mapping[str, License]
    profile: Profile
    requirements: Requirements
    context_length: int
    results_on: frozenset[str] = frozenset()
    """Groups of benchmarks that it has published results on."""
