"""CSV for spreadsheets: plain numbers, and no text that a spreadsheet would compute."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Final

from llmadvise.render.rows import Value, rows_of
from llmadvise.render.sanitize import clean

_FORMULA: Final = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula."""


def write(document: object) -> str:
    """Write a document that is a table, with a header; unknown is empty."""
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(map(_cell, row) for row in rows_of(document))
    return out.getvalue()


def _cell(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    text = clean(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
