"""Whether a policy allows the models that a checkout refers to: look, judge, place, compare with before, sum up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from llmadvise import __version__
from llmadvise.api.comply_issues import cut_off, issues_of, known_where, summarize
from llmadvise.api.comply_look import CheckRequest, Seen, look
from llmadvise.api.comply_models import Named
from llmadvise.checkout.root import BASELINE_NAME, LOCK_NAME, POLICY_NAME, find_root
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.compliance import Mention
from llmadvise.domain.finding import Verdict
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.render.documents.check import (
    CheckCatalog,
    CheckDocument,
    CheckFinding,
    CheckIssue,
    CheckReference,
    CheckResult,
    CheckScan,
    CheckSkipped,
)
from llmadvise.render.documents.check_terms import CheckTerms
from llmadvise.replace_file import replace_file

__all__ = ["CheckRequest", "comply", "processors", "write_policy"]


def comply(request: CheckRequest) -> CheckDocument:
    """The whole check. Raises InvalidFileError for a policy, baseline or lock that is missing or invalid."""
    seen = look(request)
    results = tuple(seen.judge.with_alternatives(item) for item in seen.results.values())
    issues = issues_of(
        seen.mentions,
        {item.model: item for item in results},
        fails_unknown=seen.judge.fails_unknown,
        fails=seen.judge.has_policy,
        fixes=_fix,
    )
    issues += cut_off(seen.scan.skipped, counts=seen.judge.has_policy and seen.judge.fails_unknown)
    issues, beside = _since_before(request, seen, issues)
    if request.locked:
        issues = (*issues, *_drift(seen))
    references = tuple(_reference(item, seen.named) for item in seen.mentions)
    identity = seen.catalog.identity
    return CheckDocument(
        schema="llmadvise.check/1",
        version=__version__,
        catalog=CheckCatalog(version=identity.version, digest=identity.digest, as_of=identity.as_of),
        as_of=seen.judge.as_of,
        policy=seen.judge.policy,
        scan=CheckScan(
            files_read=seen.scan.files_read,
            skipped=tuple(CheckSkipped(file=item.file, reason=item.reason) for item in seen.scan.skipped),
        ),
        references=references,
        results=results,
        licenses=_terms(results, seen.catalog),
        findings=(*seen.judge.findings(seen.named), *beside),
        issues=tuple(sorted(issues, key=lambda item: (item.file, item.line, item.column, item.rule))),
        summary=summarize(references, results, issues),
    )


def processors() -> int:
    """How many processes may read a checkout at once on this machine."""
    from llmadvise.checkout.side_by_side import processors as counted  # noqa: PLC0415 - not needed to print help

    return counted()


def _reference(mention: Mention, named: Mapping[str, Named]) -> CheckReference:
    known = named.get(mention.model) if mention.model else None
    return CheckReference(
        model=mention.model,
        file=mention.file,
        line=mention.line,
        column=mention.column,
        kind=mention.kind,
        text=mention.text,
        confidence=mention.confidence,
        state=mention.state,
        resolved=known.resolved if known else None,
        revision=mention.revision,
        quantization=mention.quantization,
        via=mention.via,
        why=mention.why,
        ignored=mention.ignored,
    )


def _fix(result: CheckResult) -> str | None:
    """What to do about a model that is denied or undecided."""
    if result.alternatives:
        first = result.alternatives[0]
        return f"use {first.model} ({first.license}; {first.why})"
    if result.verdict == "denied":
        return "use another model, or grant a waiver with reason, owner and expiry in the policy"
    return "clarify its license in the policy, bound to the hash of the text"


def _since_before(
    request: CheckRequest, seen: Seen, issues: tuple[CheckIssue, ...]
) -> tuple[tuple[CheckIssue, ...], tuple[CheckFinding, ...]]:
    """Mark what was there before: in the baseline, or unchanged since the revision."""
    from llmadvise.checkout.baseline import read_baseline  # noqa: PLC0415 - pydantic

    place = request.baseline or seen.root / BASELINE_NAME
    if request.write_baseline:
        return _write_baseline(place, issues)
    findings: tuple[CheckFinding, ...] = ()
    if request.baseline is not None or place.is_file():
        entries = {entry.fingerprint: entry for entry in read_baseline(place).findings}
        present = {issue.fingerprint for issue in issues}
        gone = len(entries.keys() - present)
        issues = known_where(issues, lambda issue: f"in {place.name}" if issue.fingerprint in entries else None)
        if gone:
            findings = (_note("baseline-outdated", f"{gone} findings of {place.name} are gone",
                              "write it anew with `llmadvise check --write-baseline`"),)  # fmt: skip
    if request.diff is not None:
        from llmadvise.checkout.changes import changes_since  # noqa: PLC0415 - runs git

        changes = changes_since(seen.root, request.diff)
        through = {(item.file, item.line) for item in seen.mentions if item.via}

        def unchanged(issue: CheckIssue) -> str | None:
            anywhere = (issue.file, issue.line) in through
            touched = changes.touches(issue.file, issue.line, anywhere=anywhere)
            return None if touched else f"unchanged since {changes.revision[:12]}"

        issues = known_where(issues, unchanged)
    return issues, findings


def _write_baseline(
    place: Path, issues: tuple[CheckIssue, ...]
) -> tuple[tuple[CheckIssue, ...], tuple[CheckFinding, ...]]:
    from llmadvise.checkout.baseline import BaselineEntry, baseline_of  # noqa: PLC0415 - pydantic
    from llmadvise.render.encode import to_json  # noqa: PLC0415

    baseline = baseline_of(
        BaselineEntry(fingerprint=issue.fingerprint, rule=issue.rule, file=issue.file, model=issue.model)
        for issue in issues
        if issue.status == "new"
    )
    _write(place, to_json(baseline))
    told = _note("baseline-written", f"{len(baseline.findings)} findings were written to {place.name}", None)
    return known_where(issues, lambda _: f"in {place.name}"), (told,)


def _note(rule: str, message: str, fix: str | None) -> CheckFinding:
    return CheckFinding(rule=rule, verdict=Verdict.NOTE, message=message, fix=fix)


def _drift(seen: Seen) -> tuple[CheckIssue, ...]:
    """One issue a model that the lock describes otherwise; it fails with or without a policy."""
    from llmadvise.api.lock import locked_models  # noqa: PLC0415 - only for --locked
    from llmadvise.checkout.fingerprint import fingerprint  # noqa: PLC0415
    from llmadvise.checkout.lock import drift, read_lock  # noqa: PLC0415

    locked = read_lock(seen.root / LOCK_NAME)
    found = locked_models(seen.root, seen.catalog, seen.mentions, seen.results)
    first = {item.model: item for item in reversed(seen.mentions) if item.model}
    issues = []
    for model, message in drift(locked.models, found).items():
        place = first.get(model)
        file, line = (place.file, place.line) if place else (LOCK_NAME, 1)
        issues.append(
            CheckIssue(
                rule="lock-drift",
                level="error",
                status="new",
                message=message,
                model=model,
                file=file,
                line=line,
                column=place.column if place else 1,
                kind="lock",
                fingerprint=fingerprint(kind="lock", file=file, model=model, rule="lock-drift"),
                decides="drift",
                fix="review the difference, then run `llmadvise lock`",
            )
        )
    return tuple(issues)


def _terms(results: tuple[CheckResult, ...], catalog: Catalog) -> tuple[CheckTerms, ...]:
    ids = {id_ for item in results for id_ in (*item.license.effective, item.license.declared) if id_}
    ids |= {step.license for item in results for step in item.lineage if step.license}
    known = [catalog.licenses[id_] for id_ in sorted(ids) if id_ in catalog.licenses]
    return tuple(
        CheckTerms(
            id=item.id,
            name=item.name,
            spdx=item.spdx_id,
            category=str(item.category),
            url=item.url,
            verified=item.verified,
        )
        for item in known
    )


def write_policy(paths: tuple[Path, ...], target: Path | None) -> Path:
    """Write the commented template. Raises UsageError where there is a policy already."""
    from llmadvise.api.comply_judge import policy_template  # noqa: PLC0415 - only for --init

    root, _ = find_root(paths)
    place = target or root / POLICY_NAME
    if place.exists():
        raise UsageError(f"{place} exists already", "Edit it, or remove it first.")
    _write(place, policy_template())
    return place


def _write(place: Path, text: str) -> None:
    try:
        replace_file(place, text.encode())
    except OSError as error:
        raise LLMAdviseError(f"{place}: {error.strerror or error}", "Give a place that may be written.") from error
