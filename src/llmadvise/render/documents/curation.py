"""`llmadvise.catalog-check/1`, `llmadvise.catalog-diff/1` and `llmadvise.catalog-refresh/1`: for those who keep a catalog."""

from __future__ import annotations

from typing import Literal

from llmadvise.domain.finding import Finding
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSummary:
    """How many findings there are of each weight."""

    errors: int
    """Contradictions: no catalog is made of them, and the exit code is 12."""
    warnings: int
    """Doubts, which pass."""
    models: int
    variants: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogCheckDocument:
    """What a check of a catalog found; the evidence of a finding is its `file:line`."""

    schema: Literal["llmadvise.catalog-check/1"]
    version: str
    """Of the program."""
    findings: tuple[Finding, ...]
    summary: CheckSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogChange:
    """One difference; before is null for what was added, after for what was removed."""

    section: str
    id: str
    path: str
    """Where in the entry; empty for a whole entry."""
    before: str | None
    """As JSON."""
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogDiffDocument:
    """What two catalogs say differently."""

    schema: Literal["llmadvise.catalog-diff/1"]
    version: str
    """Of the program."""
    before: str
    """Digest of the first catalog."""
    after: str
    changes: tuple[CatalogChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One fact of the catalog that the Hub no longer says."""

    kind: str
    """license-changed, gated-changed, repository-gone, file-gone, file-replaced, file-known, base-changed, unreadable."""
    model: str
    """Id of the entry."""
    repo: str
    message: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogRefreshDocument:
    """How far a catalog and the Hub have drifted apart."""

    schema: Literal["llmadvise.catalog-refresh/1"]
    version: str
    """Of the program."""
    repositories: int
    """How many there are in the catalog."""
    read: int
    """How many were read, in this run or an earlier one of the same state file."""
    drifts: tuple[Drift, ...]
    written: tuple[str, ...]
    """Ids of the entries that were brought up to date."""
