"""A comparison as Markdown: one table, a column a model, the best of a row in bold."""

from __future__ import annotations

from llmadvise.render.documents.explanation import ComparisonDocument
from llmadvise.render.markdown.syntax import escaped, footing, stamp, table
from llmadvise.render.side_by_side import Row, best_of, rows_of


def lines(document: ComparisonDocument) -> list[str]:
    """The lines of the page."""
    heads = [escaped(f"{model.name} {model.variant.quantization}") for model in document.models]
    rows = [(row.name, *_cells(row)) for row in rows_of(document.models)]
    told = ["Bold: the best of these.", "", *footing(document.hardware, document.requirements)]
    return [*table(("", *heads), rows), "", *told, stamp(document.version, document.catalog.as_of)]


def _cells(row: Row) -> list[str]:
    best = best_of(row)
    return [f"**{escaped(cell)}**" if index in best else escaped(cell) for index, cell in enumerate(row.cells)]
