"""What other contexts and cache types would take."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.render.documents.estimate import GridCell
from llmadvise.render.figures import gib
from llmadvise.render.page import Column, Page, Span, Tone
from llmadvise.render.placing import WHERE


def write_grid(page: Page, cells: Sequence[GridCell]) -> None:
    """A row for each context length, a column for each cache type."""
    page.heading("Other contexts and cache types")
    types = tuple(dict.fromkeys(cell.kv_type for cell in cells))
    by_place = {(cell.context, cell.kv_type): cell for cell in cells}
    columns = (Column("CONTEXT", right=True), *(Column(f"KV {name}", right=True) for name in types))
    lengths = dict.fromkeys(cell.context for cell in cells)
    page.table(
        columns,
        [(f"{length:,}", *(_cell(by_place.get((length, name))) for name in types)) for length in lengths],
    )


def _cell(cell: GridCell | None) -> Span:
    if cell is None:
        return Span("", Tone.QUIET)
    if not cell.fits:
        return Span(f"{gib(cell.total_bytes)} too big", Tone.QUIET)
    return Span(f"{gib(cell.total_bytes)} {WHERE[cell.placement]}", Tone.PLAIN)
