"""Checks, differences and drift of catalogs as a person reads them."""

from __future__ import annotations

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.render.documents.curation import CatalogCheckDocument, CatalogDiffDocument, CatalogRefreshDocument
from llmadvise.render.figures import counted
from llmadvise.render.page import Column, Page, Span, Tone

_MOST_ROWS = 200


def write_check(page: Page, document: CatalogCheckDocument) -> None:
    """Write one line a finding, `file:line` first, so that editors and terminals can jump there."""
    for finding in document.findings:
        page.line(_finding(finding))
    summary = document.summary
    if document.findings:
        page.blank()
    page.line(
        f"{summary.models:,} models, {summary.variants:,} variants: "
        f"{counted(summary.errors, 'error')}, {counted(summary.warnings, 'warning')}"
    )


def _finding(finding: Finding) -> tuple[str | Span, ...]:
    weight = Span("error", Tone.BAD) if finding.verdict is Verdict.BLOCK else Span(finding.verdict.value, Tone.CAUTION)
    where = f"{finding.evidence}: " if finding.evidence else ""
    return (where, weight, f": {finding.message} ", Span(f"[{finding.rule}]", Tone.QUIET))


def write_diff(page: Page, document: CatalogDiffDocument) -> None:
    """Write one line a difference."""
    columns = (Column("WHERE", wraps=True), Column("BEFORE", wraps=True), Column("AFTER", wraps=True))
    rows = [
        (f"{item.section}/{item.id}{f' {item.path}' if item.path else ''}", item.before or "", item.after or "")
        for item in document.changes[:_MOST_ROWS]
    ]
    if rows:
        page.table(columns, rows)
        page.blank()
    more = len(document.changes) - len(rows)
    page.line(counted(len(document.changes), "difference") + (f", {more} of them only in --json" if more else ""))


def write_refresh(page: Page, document: CatalogRefreshDocument) -> None:
    """Write one line a drift."""
    columns = (Column("WHAT"), Column("MODEL", wraps=True), Column("MESSAGE", wraps=True))
    rows = [(Span(item.kind, Tone.STRONG), item.model, item.message) for item in document.drifts]
    if rows:
        page.table(columns, rows)
        page.blank()
    page.line(
        f"{document.read:,} of {document.repositories:,} repositories read: {counted(len(document.drifts), 'drift')}"
        + (f", {counted(len(document.written), 'model')} written" if document.written else "")
    )
