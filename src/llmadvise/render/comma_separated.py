"""CSV for spreadsheets: the list of models, one row a model, plain numbers."""

from __future__ import annotations

import csv
from io import StringIO

from llmadvise.render.documents.models import ModelsDocument
from llmadvise.render.formats import Format, no_such_format
from llmadvise.render.sanitize import clean

_HEADER = (
    "id",
    "repo",
    "name",
    "org",
    "family",
    "role",
    "parameters",
    "active_parameters",
    "context_length",
    "license",
    "release_date",
    "formats",
    "variant_count",
)
_FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula."""


def comma_separated(document: object) -> str:
    """Write a list of models as CSV with a header; unknown is empty. Raises UsageError for any other document."""
    if not isinstance(document, ModelsDocument):
        raise no_such_format(document, Format.CSV, "the list of models")
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    for model in document.models:
        texts = (model.id, model.repo, model.name, model.org, model.family, model.role.value)
        numbers = (model.parameters.total, model.parameters.active, model.context_length)
        rest = (model.license or "", model.release_date or "", " ".join(model.formats))
        writer.writerow([*map(_cell, texts), *numbers, *map(_cell, rest), model.variant_count])
    return out.getvalue()


def _cell(text: str) -> str:
    cleaned = clean(text)
    return f"'{cleaned}" if cleaned.startswith(_FORMULA) else cleaned
