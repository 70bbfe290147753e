"""From judged models to issues at their places, and from issues to the verdict of the whole check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Literal

from llmadvise.checkout.fingerprint import fingerprint
from llmadvise.domain.compliance import Mention, ReferenceState, Skipped
from llmadvise.domain.finding import Verdict
from llmadvise.render.documents.check import (
    CheckFinding,
    CheckIssue,
    CheckReference,
    CheckResult,
    ComplianceSummary,
)

Decides = Literal["denied", "unknown", "drift", "nothing"]
_NO_REASON = "no reason given"
"""What the scanner writes for a comment without one."""
EXIT_CODES = {"passed": 0, "violated": 10, "undecided": 11, "drifted": 12}


def issues_of(
    mentions: Iterable[Mention],
    results: Mapping[str, CheckResult],
    *,
    fails_unknown: bool,
    fails: bool,
    fixes: Callable[[CheckResult], str | None],
) -> tuple[CheckIssue, ...]:
    """One issue for each place and each finding that is more than a note.

    `fails` is False where there is no policy: then everything is a warning.
    """
    found: list[CheckIssue] = []
    for mention in mentions:
        if mention.state is ReferenceState.NOT_A_MODEL:
            continue
        if mention.model is None:
            level: Literal["error", "warning"] = "error" if fails and fails_unknown else "warning"
            found.append(_issue(mention, _unresolved(mention), level, "unknown"))
            continue
        result = results[mention.model]
        for finding in result.findings:
            if finding.verdict is Verdict.NOTE:
                continue
            decides = _decides(result, finding)
            counts = fails and (decides == "denied" or (decides == "unknown" and fails_unknown))
            issue = _issue(mention, finding, "error" if counts else "warning", decides)
            fix = finding.fix or (fixes(result) if decides != "nothing" else None)
            if finding.waived:
                reason = result.waiver.reason if result.waiver else None
                issue = replace(issue, status="waived", reason=reason)
            found.append(replace(issue, fix=fix))
    return tuple(found)


def cut_off(skipped: Iterable[Skipped], *, counts: bool) -> tuple[CheckIssue, ...]:
    """An issue for each place where reading ended: nobody can say what comes after."""
    return tuple(
        CheckIssue(
            rule="scan-incomplete",
            level="error" if counts else "warning",
            status="new",
            message=item.reason,
            model=None,
            file=item.file,
            line=1,
            column=1,
            kind="scan",
            fingerprint=fingerprint(kind="scan", file=item.file, model=None, rule="scan-incomplete"),
            decides="unknown",
            fix="check parts of the checkout by themselves, or leave out generated files in .gitignore",
        )
        for item in skipped
        if item.cut
    )


def _decides(result: CheckResult, finding: CheckFinding) -> Decides:
    """What a finding makes of the check: a block denies; in an undecided model every other warning is a reason why."""
    if result.verdict == "denied":
        return "denied" if finding.verdict is Verdict.BLOCK else "nothing"
    return "unknown" if result.verdict == "unknown" else "nothing"


def _unresolved(mention: Mention) -> CheckFinding:
    through = f"through {mention.via}" if mention.via else mention.why or "elsewhere"
    return CheckFinding(
        rule="model-unresolved",
        verdict=Verdict.WARN,
        message=f"which model this is, is decided {through}",
        fix="name the model here, or write `# llmadvise: ignore[model-unresolved] reason` on the line",
    )


def _issue(mention: Mention, finding: CheckFinding, level: Literal["error", "warning"], decides: Decides) -> CheckIssue:
    ignored = mention.ignored is not None and (not mention.ignored_rules or finding.rule in mention.ignored_rules)
    # Without a reason nobody can review it, so it is not honoured.
    honoured = ignored and mention.ignored not in {"", _NO_REASON}
    return CheckIssue(
        rule=finding.rule,
        level=level,
        status="ignored" if honoured else "new",
        message=finding.message
        + (" (the comment that ignores it gives no reason)" if ignored and not honoured else ""),
        model=mention.model,
        file=mention.file,
        line=mention.line,
        column=mention.column,
        kind=mention.kind,
        fingerprint=fingerprint(kind=mention.kind, file=mention.file, model=mention.model, rule=finding.rule),
        decides=decides,
        clause=finding.clause,
        fix=finding.fix,
        reason=mention.ignored if honoured else None,
    )


def known_where(issues: Iterable[CheckIssue], known: Callable[[CheckIssue], str | None]) -> tuple[CheckIssue, ...]:
    """The issues, those known before marked so, each with the reason that `known` gives."""
    return tuple(
        replace(issue, status="known", reason=reason)
        if issue.status == "new" and (reason := known(issue)) is not None
        else issue
        for issue in issues
    )


def summarize(
    references: tuple[CheckReference, ...], results: tuple[CheckResult, ...], issues: tuple[CheckIssue, ...]
) -> ComplianceSummary:
    """The check in numbers. A violation outweighs a lock out of date, which outweighs what is undecided."""
    counted = [issue for issue in issues if issue.status == "new"]
    errors = [issue for issue in counted if issue.level == "error"]
    decided = {issue.decides for issue in errors}
    verdict: Literal["passed", "violated", "undecided", "drifted"] = (
        "violated"
        if "denied" in decided
        else "drifted"
        if "drift" in decided
        else "undecided"
        if "unknown" in decided
        else "passed"
    )
    verdicts = [result.verdict for result in results]
    return ComplianceSummary(
        verdict=verdict,
        exit_code=EXIT_CODES[verdict],
        models=len(results),
        allowed=verdicts.count("allowed"),
        denied=verdicts.count("denied"),
        unknown=verdicts.count("unknown"),
        waived=verdicts.count("waived"),
        references=sum(item.state is not ReferenceState.NOT_A_MODEL for item in references),
        unresolved=sum(item.state is ReferenceState.UNRESOLVED for item in references),
        errors=len(errors),
        warnings=len(counted) - len(errors),
        suppressed=len(issues) - len(counted),
    )
