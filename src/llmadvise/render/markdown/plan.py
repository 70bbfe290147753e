"""A plan as Markdown: tables of files, hardware and layouts."""

from __future__ import annotations

from llmadvise.render.documents.plan import PlanDocument, PlannedLayout
from llmadvise.render.figures import gb, gib, percent, speed_with_range, tokens
from llmadvise.render.markdown.syntax import escaped, fenced, stamp, table
from llmadvise.render.placing import WHERE
from llmadvise.render.text.plan import KINDS, blocking, layout_words, shown_layouts, why_not


def lines(document: PlanDocument) -> list[str]:
    """The lines of the page."""
    context = tokens(document.requirements.context_length)
    page = [f"**{escaped(document.model.name)}** with {context} tokens of context", ""]
    if document.layout is not None:
        page += _layout(document.layout)
    if document.variants:
        page += table(("File", "Size", "Keeps", "Needs on a GPU", "Smallest card"), _variants(document))
    if document.hardware:
        page += ["", *table(("Kind", "Hardware", "File", "Needs", "Weights", "Speed", "Level"), _hardware(document))]
    return [*page, "", stamp(document.version, document.catalog.as_of)]


def _variants(document: PlanDocument) -> list[tuple[str, ...]]:
    return [
        (
            escaped(item.quantization),
            gb(item.bytes),
            percent(item.kept.value),
            "more than one card" if item.memory is None else gib(item.memory.high),
            escaped(item.smallest_gpu or "none"),
        )
        for item in document.variants
    ]


def _hardware(document: PlanDocument) -> list[tuple[str, ...]]:
    return [
        (
            escaped(KINDS.get(row.group, row.group)),
            escaped(row.name),
            escaped(row.quantization),
            gib(row.memory.total.high),
            WHERE[row.placement.kind],
            escaped(speed_with_range(row.speed.decode)),
            row.levels[-1].value,
        )
        for row in document.hardware
    ]


def _layout(layout: PlannedLayout) -> list[str]:
    chosen = layout.chosen
    page: list[str] = []
    if chosen is not None:
        page += [f"{escaped(chosen.variant.quantization)}: {layout_words(chosen.layout)}", ""]
        for command in (chosen.command, chosen.worker_command):
            if command is not None:
                page += [*fenced(command), ""]
    rows = [
        (layout_words(item.layout), gib(item.gpu_bytes), "works" if item.fits else escaped(why_not(blocking(item))))
        for item in shown_layouts(layout.considered, chosen)
    ]
    return [*page, *table(("Layout", "A GPU holds", "Verdict"), rows)]
