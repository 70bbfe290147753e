"""The answer to `compare`: what differs side by side, and what is the same once."""

from __future__ import annotations

from typing import NamedTuple

from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.documents.explanation import ComparisonDocument
from llmadvise.render.footing import catalog_line, machine
from llmadvise.render.page import NARROW, Column, Content, Page, Span, Tone, plain, spans
from llmadvise.render.side_by_side import best_of, blocked_by, rows_of
from llmadvise.render.text.footing import request
from llmadvise.render.text.marks import license_cell

_NAME = 32
"""Cells for a name at the head of a column."""


class _Row(NamedTuple):
    name: str
    cells: list[Content]


def write(page: Page, document: ComparisonDocument) -> None:
    """Write the models side by side; `*` marks the best of a row."""
    rows = _rows(page, document.models)
    differing = [row for row in rows if len({plain(cell) for cell in row.cells}) > 1]
    same = [row for row in rows if row not in differing]
    names = [f"{page.short(model.name, _NAME)} {model.variant.quantization}" for model in document.models]
    if page.width >= NARROW:
        columns = (Column(""), *(Column(name, wraps=True) for name in names))
        page.table(columns, [(Span(row.name, Tone.QUIET), *row.cells) for row in differing])
    else:
        _stacked(page, names, differing)
    if same:
        page.heading("Same for all")
        page.pairs([(row.name, row.cells[0]) for row in same], indent=2)
    page.blank()
    page.line(Span("* best of these", Tone.QUIET))
    page.line(Span(f"On {machine(document.hardware)}", Tone.QUIET))
    page.line(("For ", *spans(request(document.requirements))))
    page.line(Span(catalog_line(document.catalog), Tone.QUIET))


def _stacked(page: Page, names: list[str], rows: list[_Row]) -> None:
    for index, name in enumerate(names):
        if index:
            page.blank()
        page.line(Span(name, Tone.STRONG))
        page.pairs([(row.name, row.cells[index]) for row in rows], indent=2)


def _rows(page: Page, models: tuple[Recommendation, ...]) -> list[_Row]:
    """The rows that every format has; verdicts with their marks, `*` after the best of a row."""
    marked: dict[str, list[Content]] = {
        "advised": [_advised(page, blocked_by(model)) for model in models],
        "license": [license_cell(page, model.license) for model in models],
    }
    rows = []
    for row in rows_of(models):
        best = best_of(row)
        cells = marked.get(row.name, row.cells)
        rows.append(_Row(row.name, [_starred(cell) if index in best else cell for index, cell in enumerate(cells)]))
    return rows


def _advised(page: Page, rule: str | None) -> Content:
    if rule is not None:
        return Span(f"{page.symbols.bad} blocked: {rule}", Tone.BAD)
    return Span(f"{page.symbols.good} yes", Tone.GOOD)


def _starred(cell: Content) -> Content:
    return (*spans(cell), Span(" *", Tone.STRONG))
