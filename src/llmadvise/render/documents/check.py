"""`llmadvise.check/1`: which models a checkout refers to, and whether a policy allows them. Not legal advice."""

from __future__ import annotations

from typing import Literal

from llmadvise.domain.compliance import ReferenceState
from llmadvise.domain.finding import Verdict
from llmadvise.record import dataclass
from llmadvise.render.documents.check_terms import CheckTerms

Judged = Literal["allowed", "denied", "unknown", "waived"]
IssueStatus = Literal["new", "known", "ignored", "waived"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCatalog:
    """The facts that were judged by."""

    version: str
    digest: str
    as_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPolicy:
    """The policy that was applied."""

    file: str | None
    """Null: none was found, and nothing can fail."""
    digest: str | None
    """sha256 of the file."""
    unknown: str
    """What an unknown model or license means: fail or warn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReference:
    """One place that names a model."""

    model: str | None
    """As spelled there: `owner/name`, `ollama:name:tag`, `file:NAME.gguf`; null where it is decided elsewhere."""
    file: str
    line: int
    """From 1; 0: the file itself is the model."""
    column: int
    kind: str
    text: str
    confidence: float
    state: ReferenceState
    resolved: str | None = None
    """Catalog id."""
    revision: str | None = None
    quantization: str | None = None
    via: str | None = None
    why: str | None = None
    ignored: str | None = None
    """The reason in an inline comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLicense:
    """Under what a model stands."""

    declared: str | None
    effective: tuple[str, ...]
    verified: str | None = None
    """How far the least read of these texts was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAncestor:
    """One step of the line of descent."""

    model: str
    relation: str
    license: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFinding:
    """One judgement, by which rule and which clause."""

    rule: str
    verdict: Verdict
    message: str
    clause: str | None = None
    source: str | None = None
    license: str | None = None
    fix: str | None = None
    waived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckObligation:
    """What must be done when the model is used or passed on."""

    id: str
    text: str
    clause: str | None
    source: str | None
    license: str | None = None
    quote: str | None = None
    literal: str | None = None
    """The very words to be shown, kept or used as a name."""
    turns_on: tuple[str, ...] = ()
    """Facts about the use that the policy does not state and on which it turns; empty: it is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAlternative:
    """An allowed model of like size and quality."""

    model: str
    name: str
    license: str
    parameters: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckWaiver:
    """An exception that the policy grants."""

    reason: str
    owner: str | None
    expires: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One model, judged once for all places that name it."""

    model: str
    verdict: Judged
    license: CheckLicense
    lineage: tuple[CheckAncestor, ...]
    findings: tuple[CheckFinding, ...]
    obligations: tuple[CheckObligation, ...]
    resolved: str | None = None
    name: str | None = None
    repo: str | None = None
    revision: str | None = None
    """Commit, 40 hex digits."""
    release_date: str | None = None
    role: str | None = None
    parameters: int | None = None
    waiver: CheckWaiver | None = None
    alternatives: tuple[CheckAlternative, ...] = ()
    missing_facts: tuple[str, ...] = ()
    """Facts about the use that the policy does not state and the terms ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIssue:
    """Something to act on, at a place."""

    rule: str
    level: Literal["error", "warning"]
    status: IssueStatus
    """new counts; known is in the baseline or unchanged since the revision; ignored by a comment; waived by the policy."""
    message: str
    model: str | None
    file: str
    line: int
    column: int
    kind: str
    fingerprint: str
    """Of rule, model, file and kind of reference, not of the line: it stays when code moves."""
    decides: Literal["denied", "unknown", "drift", "nothing"]
    """What it would make of the whole check if it counts."""
    clause: str | None = None
    fix: str | None = None
    reason: str | None = None
    """Why it is ignored or waived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSkipped:
    """A file that was not read to its end."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckScan:
    """How much was looked at."""

    files_read: int
    skipped: tuple[CheckSkipped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceSummary:
    """The whole check in numbers."""

    verdict: Literal["passed", "violated", "undecided", "drifted"]
    exit_code: int
    models: int
    allowed: int
    denied: int
    unknown: int
    waived: int
    references: int
    unresolved: int
    errors: int
    """Issues that count."""
    warnings: int
    suppressed: int
    """Issues that are known, ignored or waived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDocument:
    """The models that a checkout refers to, each judged by the license policy; facts with sources, not legal advice."""

    schema: Literal["llmadvise.check/1"]
    version: str
    """Of the program."""
    catalog: CheckCatalog
    as_of: str
    """The day that waivers were held against, or of the catalog where no waiver expires."""
    policy: CheckPolicy
    scan: CheckScan
    references: tuple[CheckReference, ...]
    results: tuple[CheckResult, ...]
    """In ascending order of model."""
    licenses: tuple[CheckTerms, ...]
    """Every license that a result names."""
    findings: tuple[CheckFinding, ...]
    """About the policy, the baseline and the lock, not about one model."""
    issues: tuple[CheckIssue, ...]
    """In ascending order of file and line."""
    summary: ComplianceSummary


LEAST_READ = ("unverified", "memory", "secondary", "summary_page", "key_clauses", "standard_text", "full_text")
"""How far a license text was read, the least first."""


def places(document: CheckDocument) -> dict[str, list[CheckReference]]:
    """Where each model is named."""
    found: dict[str, list[CheckReference]] = {}
    for item in document.references:
        if item.model is not None:
            found.setdefault(item.model, []).append(item)
    return found
