"""CSV for spreadsheets: models, the files of one, its descent, a fleet; plain numbers."""

from __future__ import annotations

import csv
from io import StringIO

from llmadvise.render.documents.fleet import FleetDocument
from llmadvise.render.documents.models import LineageDocument, ModelDocument, ModelsDocument
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
    """Write models, one model's files or its descent as CSV with a header; unknown is empty.

    Raises UsageError for any other document.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if isinstance(document, (ModelDocument, LineageDocument)):
        from llmadvise.render import entries  # noqa: PLC0415 - for these two alone

        one = isinstance(document, ModelDocument)
        writer.writerow(entries.VARIANT_HEADER if one else entries.LINEAGE_HEADER)
        rows = entries.variant_rows(document) if isinstance(document, ModelDocument) else entries.lineage_rows(document)
        writer.writerows([_cell(value) if isinstance(value, str) else value for value in row] for row in rows)
        return out.getvalue()
    if isinstance(document, FleetDocument):
        from llmadvise.render import fleet  # noqa: PLC0415 - for this one alone

        writer.writerow(fleet.HEADER)
        groups = fleet.fleet_rows(document)
        writer.writerows([_cell(value) if isinstance(value, str) else value for value in row] for row in groups)
        return out.getvalue()
    if not isinstance(document, ModelsDocument):
        raise no_such_format(document, Format.CSV, "the list of models, a model, a lineage and a fleet")
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
