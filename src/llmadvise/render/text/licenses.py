"""Licenses as a person reads them: a list, one whole, several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from llmadvise.domain.license import Obligation
from llmadvise.render.check.wording import DISCLAIMER
from llmadvise.render.documents.licenses import LicenseComparisonDocument, LicenseDocument, LicensesDocument
from llmadvise.render.page import Column, Content, Page, Span, Tone

_SHOWN_MODELS: Final = 12


def write_list(page: Page, document: LicensesDocument) -> None:
    """Write a table of licenses."""
    page.table(
        (
            Column("ID", wraps=True),
            Column("CATEGORY"),
            Column("COMMERCIAL"),
            Column("OUTPUTS TRAIN", drop=3),
            Column("MODELS", right=True, drop=4),
            Column("READ", drop=5),
        ),
        [
            (
                Span(row.id, Tone.STRONG),
                row.category,
                row.commercial_use,
                row.output_training,
                str(row.models),
                row.verified or "unknown",
            )
            for row in document.licenses
        ],
    )
    page.blank()
    page.line(Span(f"{len(document.licenses)} licenses. READ: how far the text was read. {DISCLAIMER}", Tone.QUIET))


def write(page: Page, document: LicenseDocument) -> None:
    """Write one license with its clauses and quotes."""
    text = document.license
    page.line((Span(text.name, Tone.STRONG), f"  {text.id}"))
    rows: list[tuple[Content, Content]] = [
        ("SPDX", document.spdx_expression),
        ("category", str(text.category)),
        ("commercial use", text.commercial_use.value),
        ("redistribution", text.redistribution.value),
        ("outputs may train", text.output_training.value),
        ("text", text.url or "unknown"),
        ("read", text.verified or "unknown"),
    ]
    page.pairs(rows, indent=2)
    _clauses(page, "Conditions", text.conditions)
    _clauses(page, "Duties", text.obligations)
    if text.notes:
        page.heading("Notes")
        page.pairs([(page.symbols.note, note) for note in text.notes], indent=2)
    if document.models:
        page.heading(f"Declared by {len(document.models)} models")
        shown = ", ".join(document.models[:_SHOWN_MODELS])
        page.line(shown if len(document.models) <= _SHOWN_MODELS else f"{shown} and others", indent=2)
    page.blank()
    page.line(Span(DISCLAIMER, Tone.QUIET))


def _clauses(page: Page, title: str, items: Sequence[Obligation]) -> None:
    if not items:
        return
    page.heading(title)
    for item in items:
        clause = f"  {item.clause}" if item.clause else ""
        page.line((Span(item.id, Tone.STRONG), Span(clause, Tone.QUIET)), indent=2)
        page.line(item.text, indent=4)
        if item.quote:
            page.line(Span(f"“{item.quote}”", Tone.QUIET), indent=4)


def write_comparison(page: Page, document: LicenseComparisonDocument) -> None:
    """Write licenses side by side; what differs first."""
    columns = (Column("TERM"), *(Column(id_, wraps=True) for id_ in document.licenses))
    ordered = sorted(document.terms, key=lambda term: term.same)
    page.table(columns, [(Span(term.term, Tone.PLAIN if term.same else Tone.STRONG), *term.values) for term in ordered])
    page.blank()
    page.line(Span(DISCLAIMER, Tone.QUIET))
