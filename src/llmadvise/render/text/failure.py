"""An error as a person reads it: what went wrong, and what to type next."""

from __future__ import annotations

from llmadvise.render.documents.failure import ErrorDocument
from llmadvise.render.page import Page, Span, Tone


def write(page: Page, document: ErrorDocument) -> None:
    """Write the error and its hint."""
    page.line((Span("Error: ", Tone.BAD), document.error.message))
    if document.error.hint:
        page.line((Span("Hint: ", Tone.STRONG), document.error.hint))
