"""The check as Markdown: for a pull request or the summary of a job."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.render.check.wording import DISCLAIMER, counts, one_line, sentence
from llmadvise.render.documents.check import CheckDocument, CheckIssue, CheckReference, CheckResult, places
from llmadvise.render.markdown import escaped, table

_MARKS = {"allowed": "allowed", "denied": "**denied**", "unknown": "*unknown*", "waived": "waived"}


def check_lines(document: CheckDocument) -> list[str]:
    """A heading, what to act on, every model, and what the judgement rests on."""
    summary = document.summary
    counted = f"{summary.allowed} allowed, {summary.denied} denied, {summary.unknown} unknown, {summary.waived} waived"
    lines = [
        f"### License check of models: {summary.verdict}",
        "",
        f"{summary.models} models in {summary.references} references: {counted}.",
    ]
    lines += ["", *(f"- {escaped(item.message)}" for item in document.findings)] if document.findings else []
    issues = [issue for issue in document.issues if counts(issue)]
    if issues:
        lines += ["", *table(("Where", "Model", "Rule", "What, and how to fix it"), map(_issue, issues))]
    if document.results:
        named = places(document)
        rows = (_result(result, named) for result in document.results)
        lines += ["", *table(("Model", "Verdict", "License", "Duties", "Named"), rows)]
    policy = escaped(document.policy.file) if document.policy.file else "none found, so nothing fails"
    return [
        *lines,
        "",
        f"Policy: {policy}. llmadvise {escaped(document.version)}, catalog of {escaped(document.catalog.as_of)}. {DISCLAIMER}",
    ]


def _issue(issue: CheckIssue) -> tuple[str, ...]:
    return (
        _code(f"{issue.file}:{issue.line}"),
        _code(issue.model or "unresolved"),
        _code(issue.rule),
        escaped(f"{issue.level}: {sentence(issue)}"),
    )


def _result(result: CheckResult, named: Mapping[str, list[CheckReference]]) -> tuple[str, ...]:
    first = next((f"{item.file}:{item.line}" for item in named.get(result.model, ())), "")
    duties = dict.fromkeys(duty.id for duty in result.obligations)
    return (
        _code(result.model),
        _MARKS[result.verdict],
        escaped(" + ".join(result.license.effective) or "none found"),
        escaped(", ".join(duties)),
        _code(first),
    )


def _code(text: str) -> str:
    """A code span, in which nothing formats and no name calls anybody."""
    if not text:
        return ""
    told = one_line(text).replace("|", "\\|")
    fence = "`"
    while fence in told:
        fence += "`"
    pad = " " if told.startswith("`") or told.endswith("`") else ""
    return f"{fence}{pad}{told}{pad}{fence}"
