"""The check in a format that another program reads; each format is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module

from llmadvise.render.documents.check import CheckDocument
from llmadvise.render.formats import Format, no_such_format


def check_in(document: object, form: Format) -> str:
    """Write the check. Raises UsageError for any other document."""
    if not isinstance(document, CheckDocument):
        raise no_such_format(document, form, "the check")
    # A module and its function are called as the format is.
    write = getattr(import_module(f"llmadvise.render.check.{form.value}"), form.value)
    return str(write(document))
