"""The rules and criteria as a person reads them."""

from __future__ import annotations

from llmadvise.render.documents.rules import RuleEntry, RulesDocument
from llmadvise.render.page import Column, Content, Page, Span, Tone


def write(page: Page, document: RulesDocument) -> None:
    """Write a list; a single rule in full."""
    if len(document.rules) == 1:
        _one(page, document.rules[0])
        return
    for kind, title in (("rule", "Rules allow or forbid"), ("criterion", "Criteria grade what is allowed")):
        entries = [entry for entry in document.rules if entry.kind == kind]
        if entries:
            page.heading(title)
            page.table(
                (Column("ID"), Column("WHAT IT DOES", wraps=True)),
                [(Span(entry.id, Tone.STRONG), entry.summary) for entry in entries],
            )


def _one(page: Page, entry: RuleEntry) -> None:
    page.line((Span(entry.id, Tone.STRONG), f"  a {entry.kind}"))
    rows: list[tuple[str, Content]] = [("what", entry.summary)]
    if entry.why:
        rows.append(("why", entry.why))
    if entry.verdicts:
        rows.append(("says", ", ".join(entry.verdicts)))
    if entry.page:
        rows.append(("more", entry.page))
    page.pairs(rows, indent=2)
