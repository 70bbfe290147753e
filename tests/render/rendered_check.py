"""A check with one of everything: each verdict, each status of an issue, and what stands beside the models."""

from __future__ import annotations

from dataclasses import replace

from rendered_advice import VERSION

from llmadvise.domain.compliance import ReferenceState
from llmadvise.domain.finding import Verdict
from llmadvise.domain.license import License, Obligation, Permission
from llmadvise.domain.lock import LockDocument, LockedCatalog, LockedFile, LockedModel, LockedText
from llmadvise.render.documents.check import (
    CheckAlternative,
    CheckAncestor,
    CheckCatalog,
    CheckDocument,
    CheckFinding,
    CheckIssue,
    CheckLicense,
    CheckObligation,
    CheckPolicy,
    CheckReference,
    CheckResult,
    CheckScan,
    CheckSkipped,
    CheckWaiver,
    ComplianceSummary,
)
from llmadvise.render.documents.check_terms import CheckTerms
from llmadvise.render.documents.licenses import (
    ComparedTerm,
    LicenseComparisonDocument,
    LicenseDocument,
    LicensesDocument,
    license_row,
    licenses_document,
)

RESEARCH = CheckFinding(
    rule="license-denied",
    verdict=Verdict.BLOCK,
    message="Qwen Research License permits no commercial use",
    clause="2.b",
    source="https://example.com/qwen-research",
    license="qwen-research",
    fix="use another model, or ask the licensor",
)
NAMING = CheckObligation(
    id="display-name",
    text="Show the words beside the product.",
    clause="1.b.i",
    source="https://example.com/llama3.2",
    license="llama3.2",
    quote="prominently display “Built with Llama”\non a related website",
)


def check(model: str = "Qwen/Qwen2.5-3B-Instruct", file: str = "app/serve.py", text: str = "") -> CheckDocument:
    """The check; the arguments stand where outside text does."""
    said = replace(RESEARCH, message=f"{RESEARCH.message}{text}")
    issue = CheckIssue(
        rule="license-denied",
        level="error",
        status="new",
        message=said.message,
        model=model,
        file=file,
        line=12,
        column=5,
        kind="python-call",
        fingerprint="0123456789abcdef0123456789abcdef",
        decides="denied",
        clause="2.b",
        fix=said.fix,
    )
    return CheckDocument(
        schema="llmadvise.check/1",
        version=VERSION,
        catalog=CheckCatalog(version="2026.11", digest="d" * 64, as_of="2026-11-20"),
        as_of="2026-11-20",
        policy=CheckPolicy(file="llmadvise-policy.yaml", digest="e" * 64, unknown="fail"),
        scan=CheckScan(files_read=3, skipped=(CheckSkipped(file=f"{file}.big", reason="larger than 8 MiB"),)),
        references=_references(model, file, text),
        results=_results(model, said),
        licenses=_licenses(),
        findings=(
            CheckFinding(
                rule="waiver-unused", verdict=Verdict.WARN, message=f"the waiver for gpt2{text} matches nothing", fix="remove it"
            ),
        ),
        issues=(
            issue,
            replace(issue, line=14),
            replace(issue, line=15, status="ignored", reason=f"only in a test{text}"),
            replace(issue, line=16, status="known"),
            replace(
                issue, rule="model-unresolved", level="warning", model=None, line=20, message="which model is decided in MODEL",
                decides="unknown", clause=None, fix=None, fingerprint="f" * 32,
            ),
        ),
        summary=ComplianceSummary(
            verdict="violated", exit_code=10, models=3, allowed=1, denied=1, unknown=0, waived=1, references=6,
            unresolved=1, errors=2, warnings=1, suppressed=2,
        ),
    )  # fmt: skip


def _references(model: str, file: str, text: str) -> tuple[CheckReference, ...]:
    reference = CheckReference(
        model=model,
        file=file,
        line=12,
        column=5,
        kind="python-call",
        text=f'load("Qwen/Qwen2.5-3B-Instruct"){text}',
        confidence=1.0,
        state=ReferenceState.RESOLVED,
        resolved="qwen/qwen2.5-3b-instruct",
    )
    return (
        reference,
        replace(reference, line=14),
        replace(reference, line=15, ignored=f"only in a test{text}"),
        replace(reference, line=16),
        replace(reference, model=None, line=20, state=ReferenceState.UNRESOLVED, via="MODEL", resolved=None),
        replace(
            reference, model="ollama:llama3.2", line=2, file="Modelfile", state=ReferenceState.ALIAS, confidence=0.9,
            kind="modelfile-from", text="FROM llama3.2", resolved="meta-llama/llama-3.2-3b-instruct",
        ),
    )  # fmt: skip


def _results(model: str, said: CheckFinding) -> tuple[CheckResult, ...]:
    return (
        CheckResult(
            model=model,
            verdict="denied",
            license=CheckLicense(declared="qwen-research", effective=("qwen-research",), verified="key_clauses"),
            lineage=(CheckAncestor(model="qwen/qwen2.5-3b", relation="finetune", license="qwen-research"),),
            findings=(said,),
            obligations=(),
            resolved="qwen/qwen2.5-3b-instruct",
            name="Qwen2.5 3B Instruct",
            repo=model if "/" in model else None,
            revision="a" * 40,
            release_date="2024-09-19",
            role="instruct",
            parameters=3_085_938_688,
            alternatives=(
                CheckAlternative(
                    model="qwen/qwen3-4b", name="Qwen3 4B", license="apache-2.0", parameters=4_022_468_096,
                    why="4.0B instead of 3.1B parameters, same role",
                ),
            ),
        ),
        CheckResult(
            model="ollama:llama3.2",
            verdict="allowed",
            license=CheckLicense(declared="llama3.2", effective=("llama3.2", "apache-2.0"), verified="full_text"),
            lineage=(),
            findings=(),
            obligations=(NAMING,),
            resolved="meta-llama/llama-3.2-3b-instruct",
            name="Llama 3.2 3B Instruct",
            repo="meta-llama/Llama-3.2-3B-Instruct",
            release_date="2024-09-25",
            role="instruct",
        ),
        CheckResult(
            model="org/waived",
            verdict="waived",
            license=CheckLicense(declared=None, effective=()),
            lineage=(),
            findings=(),
            obligations=(),
            waiver=CheckWaiver(reason="bought", owner="legal@example.com", expires="2027-01-01"),
        ),
    )  # fmt: skip


def _licenses() -> tuple[CheckTerms, ...]:
    return (
        CheckTerms(id="apache-2.0", name="Apache License 2.0", spdx="Apache-2.0", category="permissive",
                   url="https://www.apache.org/licenses/LICENSE-2.0", verified="standard_text"),
        CheckTerms(id="llama3.2", name="Llama 3.2 Community License", spdx=None, category="use-restricted",
                   url="https://example.com/llama3.2", verified="full_text"),
        CheckTerms(id="qwen-research", name="Qwen Research License", spdx=None, category="research-only", url=None,
                   verified="key_clauses"),
    )  # fmt: skip


LLAMA = License(
    id="llama3.2",
    name="Llama 3.2 Community License",
    category="use-restricted",
    commercial_use=Permission.CONDITIONAL,
    redistribution=Permission.CONDITIONAL,
    output_training=Permission.CONDITIONAL,
    conditions=(Obligation(id="user-limit", text="Above 700 million users, ask first.", clause="2"),),
    obligations=(Obligation(id=NAMING.id, text=NAMING.text, clause=NAMING.clause, quote="Built with Llama"),),
    url="https://example.com/llama3.2",
    verified="full_text",
    notes=("The vision models exclude the EU.",),
    sources=("https://example.com",),
)


def licenses() -> LicensesDocument:
    return licenses_document((license_row(LLAMA, 4),), version=VERSION)


def license_() -> LicenseDocument:
    return LicenseDocument(
        schema="llmadvise.license/1",
        version=VERSION,
        license=LLAMA,
        models=("meta-llama/llama-3.2-1b", "meta-llama/llama-3.2-3b"),
        spdx_expression="LicenseRef-llama3.2",
    )


def comparison() -> LicenseComparisonDocument:
    return LicenseComparisonDocument(
        schema="llmadvise.license-comparison/1",
        version=VERSION,
        licenses=("llama3.2", "mit"),
        terms=(
            ComparedTerm(term="redistribution", values=("yes", "yes"), same=True),
            ComparedTerm(term="commercial use", values=("conditional", "yes"), same=False),
        ),
    )


def lock() -> LockDocument:
    model = LockedModel(
        model="Qwen/Qwen3-8B",
        resolved="qwen/qwen3-8b",
        repo="Qwen/Qwen3-8B",
        revision="a" * 40,
        files=(LockedFile(name="model.gguf", bytes=5_027_783_488, sha256="b" * 64),),
        declared="apache-2.0",
        effective=(LockedText(license="apache-2.0", sha256=None, terms="c" * 64),),
    )
    return LockDocument(
        schema="llmadvise.lock/1",
        version=VERSION,
        catalog=LockedCatalog(version="2026.11", digest="d" * 64),
        models=(model, replace(model, model="ollama:qwen3:8b", revision=None, files=())),
    )
