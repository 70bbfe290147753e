"""The check as Markdown: for a pull request or the summary of a job."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.render.check.wording import DISCLAIMER, counts, sentence
from llmadvise.render.documents.check import CheckDocument, CheckIssue, CheckReference, CheckResult, places
from llmadvise.render.markdown.syntax import code, escaped, stamp, table

_MARKS = {"allowed": "allowed", "denied": "**denied**", "unknown": "*unknown*", "waived": "waived"}


def lines(document: CheckDocument) -> list[str]:
    """A heading, what to act on, every model, and what the judgement rests on."""
    summary = document.summary
    counted = f"{summary.allowed} allowed, {summary.denied} denied, {summary.unknown} unknown, {summary.waived} waived"
    page = [
        f"### License check of models: {summary.verdict}",
        "",
        f"{summary.models} models in {summary.references} references: {counted}.",
    ]
    page += ["", *(f"- {escaped(item.message)}" for item in document.findings)] if document.findings else []
    issues = [issue for issue in document.issues if counts(issue)]
    if issues:
        page += ["", *table(("Where", "Model", "Rule", "What, and how to fix it"), map(_issue, issues))]
    if document.results:
        named = places(document)
        rows = (_result(result, named) for result in document.results)
        page += ["", *table(("Model", "Verdict", "License", "Duties", "Named"), rows)]
    policy = escaped(document.policy.file) if document.policy.file else "none found, so nothing fails"
    return [
        *page,
        "",
        f"Policy: {policy}. {stamp(document.version, document.catalog.as_of)}. {DISCLAIMER}",
    ]


def _issue(issue: CheckIssue) -> tuple[str, ...]:
    return (
        code(f"{issue.file}:{issue.line}"),
        code(issue.model or "unresolved"),
        code(issue.rule),
        escaped(f"{issue.level}: {sentence(issue)}"),
    )


def _result(result: CheckResult, named: Mapping[str, list[CheckReference]]) -> tuple[str, ...]:
    first = next((f"{item.file}:{item.line}" for item in named.get(result.model, ())), "")
    duties = dict.fromkeys(duty.id for duty in result.obligations)
    return (
        code(result.model),
        _MARKS[result.verdict],
        escaped(" + ".join(result.license.effective) or "none found"),
        escaped(", ".join(duties)),
        code(first),
    )
