"""GitLab's code quality report: a JSON array that merge requests show (docs.gitlab.com, ci/testing/code_quality)."""

from __future__ import annotations

import json
from hashlib import sha256

from llmadvise.render.check.wording import counts, numbered, one_line, sentence
from llmadvise.render.documents.check import CheckDocument, CheckIssue


def write(document: CheckDocument) -> str:
    """One entry an issue that counts; each has a fingerprint of its own."""
    entries = [_entry(number, issue) for number, issue in numbered(document) if counts(issue)]
    return json.dumps(entries, indent=2, ensure_ascii=True) + "\n"


def _entry(number: int, issue: CheckIssue) -> dict[str, object]:
    model = f"{issue.model}: " if issue.model else ""
    return {
        "description": one_line(f"{model}{sentence(issue)}"),
        "check_name": one_line(issue.rule),
        "fingerprint": sha256(f"{issue.fingerprint}:{number}".encode()).hexdigest(),
        "severity": "critical" if issue.level == "error" else "minor",
        "location": {"path": one_line(issue.file), "lines": {"begin": max(issue.line, 1)}},
    }
