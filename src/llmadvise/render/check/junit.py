"""JUnit XML: one test case a model, so that any CI server shows the check among its tests."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from llmadvise.render.check.wording import DISCLAIMER, counts, one_line, sentence
from llmadvise.render.documents.check import CheckDocument, CheckIssue

_UNRESOLVED = "references whose model is decided elsewhere"
_BESIDE = "policy, baseline and lock"


def write(document: CheckDocument) -> str:
    """A failure where an issue counts as an error, skipped where all are known, ignored or waived."""
    cases = [
        *(
            (result.model, [issue for issue in document.issues if issue.model == result.model])
            for result in document.results
        ),
    ]
    judged = {result.model for result in document.results}
    rest = [issue for issue in document.issues if issue.model not in judged]
    if rest:
        cases.append((_UNRESOLVED if all(issue.model is None for issue in rest) else _BESIDE, rest))
    failures = sum(_fails(issues) for _, issues in cases)
    skipped = sum(_skips(issues) for _, issues in cases)
    numbers = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="{skipped}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="llmadvise check" {numbers}>',
        f'  <testsuite name="llmadvise check" {numbers}>',
        *(line for name, issues in cases for line in _case(name, issues)),
        f"    <system-out>{_body(_about(document))}</system-out>",
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _about(document: CheckDocument) -> list[str]:
    said = [f"{finding.rule}: {finding.message}" for finding in document.findings]
    return [f"llmadvise {document.version}, catalog of {document.catalog.as_of}", *said, DISCLAIMER]


def _fails(issues: Iterable[CheckIssue]) -> bool:
    return any(counts(issue) and issue.level == "error" for issue in issues)


def _skips(issues: list[CheckIssue]) -> bool:
    return bool(issues) and not any(counts(issue) for issue in issues)


def _case(name: str, issues: list[CheckIssue]) -> list[str]:
    file = f" file={_attribute(issues[0].file)}" if issues else ""
    head = f"    <testcase classname={_attribute('llmadvise.license')} name={_attribute(name)}{file}"
    if not issues:
        return [f"{head}/>"]
    if _skips(issues):
        reason = issues[0].reason or issues[0].status
        return [f"{head}>", f"      <skipped message={_attribute(reason)}/>", "    </testcase>"]
    told = [_told(issue) for issue in issues if counts(issue)]
    worst = next((issue for issue in issues if counts(issue) and issue.level == "error"), None)
    if worst is None:
        return [f"{head}>", f"      <system-out>{_body(told)}</system-out>", "    </testcase>"]
    kind = f"message={_attribute(sentence(worst))} type={_attribute(worst.rule)}"
    return [f"{head}>", f"      <failure {kind}>{_body(told)}</failure>", "    </testcase>"]


def _told(issue: CheckIssue) -> str:
    return f"{issue.file}:{issue.line}: {issue.level}: {issue.rule}: {sentence(issue)}"


def _attribute(text: str) -> str:
    return quoteattr(one_line(text))


def _body(lines: Iterable[str]) -> str:
    return escape("\n".join(one_line(line) for line in lines))
