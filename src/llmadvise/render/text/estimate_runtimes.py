"""What the same model takes under each runtime, and why they differ."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.render.documents.estimate import RuntimeMemory
from llmadvise.render.figures import gib
from llmadvise.render.page import Column, Page, Span, Tone


def write_runtimes(page: Page, rows: Sequence[RuntimeMemory]) -> None:
    """A row for each way of taking memory; below, what makes it so."""
    page.heading("The same model in other runtimes")
    columns = (
        Column("RUNTIME"),
        Column("FILE"),
        Column("CONTEXT", right=True),
        Column("WEIGHTS", right=True),
        Column("KV CACHE", right=True),
        Column("ALL", right=True),
        Column("UNASKED", right=True),
    )
    page.table(
        columns,
        [
            (
                Span(row.runtime, Tone.STRONG),
                f"{row.format} {row.quantization}",
                f"{row.context:,}",
                gib(row.weights_bytes),
                gib(row.kv_cache_bytes),
                gib(row.total_bytes) if row.fits else f"{gib(row.total_bytes)} too big",
                "the model's" if row.own_context is None else f"{row.own_context:,}",
            )
            for row in rows
        ],
    )
    page.blank()
    page.pairs([(row.runtime, row.why) for row in rows], indent=2)
    page.line("UNASKED: the context that it gives when none is asked for.", indent=2)
