"""The lock as a person reads it: each model with what it is pinned to."""

from __future__ import annotations

from llmadvise.domain.lock import LockDocument
from llmadvise.render.figures import counted
from llmadvise.render.page import Column, Page, Span, Tone

_SHOWN_DIGITS = 12


def write(page: Page, document: LockDocument) -> None:
    """Write a table of models, and how many are not pinned to a commit."""
    page.table(
        (Column("MODEL", wraps=True), Column("COMMIT"), Column("FILES", right=True), Column("LICENSE", wraps=True)),
        [
            (
                Span(item.model, Tone.STRONG),
                item.revision[:_SHOWN_DIGITS] if item.revision else "not pinned",
                str(len(item.files)),
                " + ".join(text.license for text in item.effective) or "none known",
            )
            for item in document.models
        ],
    )
    loose = sum(item.revision is None for item in document.models)
    if document.models:
        page.blank()
    page.line(
        f"{counted(len(document.models), 'model')} locked"
        + (f", {loose} of them not pinned to a commit" if loose else "")
    )
    page.line(Span(f"Catalog {document.catalog.version}", Tone.QUIET))
