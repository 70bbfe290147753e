"""An issue in words, and the number that keeps the same issue twice in one file apart."""

from __future__ import annotations

from collections.abc import Iterator

from llmadvise.render.documents.check import CheckDocument, CheckIssue
from llmadvise.render.sanitize import clean

DISCLAIMER = "Terms are shown as facts with their source. This is not legal advice."


def counts(issue: CheckIssue) -> bool:
    """Whether it is to be acted on: neither known before, nor ignored, nor waived."""
    return issue.status == "new"


def title(issue: CheckIssue) -> str:
    """The model and the rule."""
    return f"{issue.model or 'unresolved model'}: {issue.rule}"


def sentence(issue: CheckIssue) -> str:
    """What is wrong, by which clause, and what to do."""
    clause = f" ({issue.clause})" if issue.clause else ""
    fix = f" Fix: {issue.fix}" if issue.fix else ""
    return f"{ended(issue.message + clause)}{fix}"


def ended(text: str) -> str:
    """A sentence with its full stop."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def numbered(document: CheckDocument) -> Iterator[tuple[int, CheckIssue]]:
    """Every issue with how many of the same fingerprint came before it, from 1."""
    seen: dict[str, int] = {}
    for issue in document.issues:
        seen[issue.fingerprint] = number = seen.get(issue.fingerprint, 0) + 1
        yield number, issue


def rules_of(document: CheckDocument) -> list[str]:
    """The rules that have issues, in ascending order."""
    return sorted({issue.rule for issue in document.issues})


def one_line(text: str) -> str:
    """Outside text with every invisible character shown as an escape."""
    return clean(text)
