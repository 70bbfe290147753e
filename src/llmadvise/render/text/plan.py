"""The answer to `plan`: hardware from the smallest upward, or the layout over the GPUs and nodes that were named."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.domain.deployment import ChosenLayout, ConsideredLayout, ParallelLayout, SpeedLevel
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.render.documents.plan import PlanDocument, PlannedHardware, PlannedLayout, PlannedVariant
from llmadvise.render.figures import gb, gib, parameters, percent, speed, speed_with_range, tokens
from llmadvise.render.findings import by_weight
from llmadvise.render.footing import catalog_line, machine
from llmadvise.render.page import Column, Content, Page, Span, Tone
from llmadvise.render.placing import WHERE
from llmadvise.render.text.footing import request
from llmadvise.render.text.marks import write_findings

KINDS = {
    "1": "one GPU", "2": "two GPUs", "4": "four GPUs", "8": "eight GPUs", "mac": "Mac", "cpu": "CPU",
    "named": "as named",
}  # fmt: skip
"""How groups of hardware are called; others are their own names."""
_WIDE = 100
"""Columns from which on the interval of the speed has room."""
_ROWS = 8
"""Layouts shown beside the chosen one."""


def write(page: Page, document: PlanDocument) -> None:
    """Write the plan."""
    model = document.model
    page.line((Span(model.name, Tone.STRONG), f"  {parameters(model.parameters.total)} parameters"))
    page.pairs([("asked", request(document.requirements))], indent=2)
    if document.layout is not None:
        _layout(page, document.layout)
    if document.variants:
        page.heading("Files")
        _variants(page, document.variants)
    for quantization in dict.fromkeys(row.quantization for row in document.hardware):
        page.heading(f"Hardware for {quantization}, from the smallest upward")
        _hardware(page, [row for row in document.hardware if row.quantization == quantization])
    if document.findings:
        page.heading("Findings")
        write_findings(page, by_weight(document.findings), indent=2)
    page.blank()
    page.line(Span(f"{catalog_line(document.catalog)}. It holds no prices.", Tone.QUIET))


def _variants(page: Page, variants: Sequence[PlannedVariant]) -> None:
    columns = (
        Column("FILE"),
        Column("SIZE", right=True),
        Column("BITS", right=True, drop=2),
        Column("KEEPS", right=True),
        Column("NEEDS ON A GPU", right=True),
        Column("SMALLEST CARD", drop=1),
    )
    page.table(columns, [_variant(page, item) for item in variants])


def _variant(page: Page, item: PlannedVariant) -> tuple[Content, ...]:
    bits = "" if item.bits_per_weight is None else f"{item.bits_per_weight:.2f}"
    return (
        Span(item.quantization, Tone.STRONG),
        gb(item.bytes),
        bits,
        percent(item.kept.value),
        "more than one card" if item.memory is None else gib(item.memory.high),
        "none" if item.smallest_gpu is None else page.short(item.smallest_gpu, 30),
    )


def _hardware(page: Page, rows: Sequence[PlannedHardware]) -> None:
    columns = (
        Column("KIND"),
        Column("HARDWARE"),
        Column("MEMORY", right=True, drop=2),
        Column("NEEDS", right=True),
        Column("WEIGHTS", drop=1),
        Column("SPEED", right=True),
        Column("LEVEL"),
    )
    page.table(columns, [_row(page, row) for row in rows])


def _row(page: Page, row: PlannedHardware) -> tuple[Content, ...]:
    wide, rate = page.width >= _WIDE, row.speed.decode or row.speed.prefill
    return (
        KINDS.get(row.group, row.group),
        Span(page.short(row.name, 36 if wide else 28), Tone.STRONG),
        gib(row.memory_bytes),
        gib(row.memory.total.high),
        WHERE[row.placement.kind],
        speed_with_range(rate) if wide else speed(rate),
        _level(page, row),
    )


def _level(page: Page, row: PlannedHardware) -> Span:
    symbols = page.symbols
    match row.levels[-1]:
        case SpeedLevel.COMFORTABLE:
            return Span(f"{symbols.good} comfortable", Tone.GOOD)
        case SpeedLevel.USABLE:
            return Span(f"{symbols.partly} usable", Tone.CAUTION)
        case SpeedLevel.RUNS:
            if (row.speed.decode or row.speed.prefill) is None:
                return Span(f"{symbols.unknown} runs", Tone.CAUTION)
            return Span(f"{symbols.bad} runs, slowly", Tone.BAD)


def _layout(page: Page, layout: PlannedLayout) -> None:
    count = f"{layout.nodes} nodes, each " if layout.nodes > 1 else ""
    page.pairs([("on", f"{count}{machine(layout.node)}"), ("with", layout.runtime)], indent=2)
    if layout.chosen is not None:
        _chosen(page, layout.chosen)
    _considered(page, layout)
    for refused in layout.refused:
        page.heading(f"Not {refused.variant}")
        write_findings(page, refused.reasons, indent=2)


def _chosen(page: Page, chosen: ChosenLayout) -> None:
    page.heading(f"{chosen.variant.quantization}: {layout_words(chosen.layout)}")
    gpu, rates = chosen.gpu, chosen.speed
    rows: list[tuple[Content, Content]] = [
        ("each GPU", f"{gib(gpu.weights_bytes)} weights, {gib(gpu.kv_cache_bytes)} cache, of {gib(gpu.budget_bytes)}"),
        ("nodes", f"{chosen.nodes} at work, {chosen.nodes_per_copy} for one copy"),
        ("context", f"{tokens(chosen.context)}; one request may have {chosen.largest_context:,}"),
        ("at once", f"{chosen.requests:.1f} requests of that length"),
        ("speed", speed_with_range(rates.decode)),
    ]
    if rates.serving is not None:
        rows.append(("all users", f"{speed_with_range(rates.serving.together)} together"))
    page.pairs(rows, indent=2)
    if chosen.command is not None:
        page.blank()
        page.line("On the first node:" if chosen.worker_command else "Start it:")
        page.command(chosen.command)
    if chosen.worker_command is not None:
        page.line("On every other node, with HEAD_ADDRESS set to the first one's:")
        page.command(chosen.worker_command)
    if chosen.findings:
        page.heading("Findings")
        write_findings(page, by_weight(chosen.findings), indent=2)


def _considered(page: Page, layout: PlannedLayout) -> None:
    rows = shown_layouts(layout.considered, layout.chosen)
    if not rows:
        return
    page.heading("Other layouts")
    columns = (
        Column("LAYOUT"),
        Column("A GPU HOLDS", right=True),
        Column("ONE REQUEST", right=True, drop=1),
        Column("VERDICT", wraps=True),
    )
    page.table(columns, [_verdict(page, item) for item in rows])


def shown_layouts(considered: Sequence[ConsideredLayout], chosen: ChosenLayout | None) -> list[ConsideredLayout]:
    """The best layout of each number of GPUs that share a layer, without the chosen one."""
    best: dict[int, ConsideredLayout] = {}
    for item in considered:
        if chosen is None or item.layout != chosen.layout:
            best.setdefault(item.layout.tensor, item)
    return sorted(best.values(), key=lambda item: (not item.fits, -item.layout.tensor))[:_ROWS]


def _verdict(page: Page, item: ConsideredLayout) -> tuple[Content, ...]:
    return (
        Span(layout_words(item.layout), Tone.STRONG),
        gib(item.gpu_bytes),
        "" if not item.largest_context else f"{item.largest_context:,}",
        Span(f"{page.symbols.good} works", Tone.GOOD)
        if item.fits
        else Span(f"{page.symbols.bad} {why_not(blocking(item))}", Tone.BAD),
    )


def blocking(item: ConsideredLayout) -> list[Finding]:
    """What forbids a layout."""
    return [found for found in item.findings if found.verdict is Verdict.BLOCK]


def why_not(findings: Sequence[Finding]) -> str:
    """The first reason, which is the gravest."""
    return findings[0].message if findings else "does not fit"


def layout_words(layout: ParallelLayout) -> str:
    """A layout in words: `tensor 8 x pipeline 2, 2 copies`."""
    parts = []
    if layout.tensor > 1:
        parts.append(f"tensor {layout.tensor}")
    if layout.pipeline > 1:
        parts.append(f"pipeline {layout.pipeline}")
    words = " x ".join(parts) or "one GPU"
    if layout.data > 1:
        words += f", {layout.data} copies"
    return f"{words}, experts shared out" if layout.experts else words
