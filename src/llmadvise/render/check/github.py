"""Workflow commands of GitHub Actions, which show each issue beside its line.

GitHub shows ten errors and ten warnings a step; SARIF has no such limit.
"""

from __future__ import annotations

from llmadvise.render.check.wording import counts, one_line, sentence, title
from llmadvise.render.documents.check import CheckDocument, CheckIssue

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})
"""As the runner's own toolkit escapes them (actions/toolkit, packages/core/src/command.ts)."""


def write(document: CheckDocument) -> str:
    """One command an issue that counts, and a notice that says how the check went."""
    lines = [_command(issue) for issue in document.issues if counts(issue)]
    lines += [
        f"::{'warning' if finding.verdict != 'note' else 'notice'} title={_property(finding.rule)}::{_data(finding.message)}"
        for finding in document.findings
    ]
    summary = document.summary
    said = (
        f"{summary.verdict}: {summary.models} models in {summary.references} references, {summary.denied} denied, "
        f"{summary.unknown} unknown, {summary.errors} errors, {summary.suppressed} suppressed"
    )
    return "\n".join([*lines, f"::notice title=llmadvise check::{_data(said)}"]) + "\n"


def _command(issue: CheckIssue) -> str:
    place = f"file={_property(issue.file)},line={max(issue.line, 1)},col={max(issue.column, 1)}"
    return f"::{issue.level} {place},title={_property(title(issue))}::{_data(sentence(issue))}"


def _data(text: str) -> str:
    return one_line(text).translate(_DATA)


def _property(text: str) -> str:
    return one_line(text).translate(_PROPERTY)
