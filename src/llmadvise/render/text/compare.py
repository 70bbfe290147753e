"""The answer to `compare`: what differs side by side, and what is the same once."""

from __future__ import annotations

from typing import NamedTuple

from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.documents.explanation import ComparisonDocument
from llmadvise.render.figures import UNKNOWN, felt, gb, gib, parameters, percent, speed_with_range, tokens
from llmadvise.render.page import NARROW, Column, Content, Page, Span, Tone, plain, spans
from llmadvise.render.prices import money
from llmadvise.render.text.footing import catalog_line, machine, request
from llmadvise.render.text.marks import license_cell, where

_NAME = 32
"""Cells for a name at the head of a column."""


class _Row(NamedTuple):
    name: str
    cells: list[Content]
    ranks: list[float] | None = None
    """Where one can be better: the higher, the better."""


def write(page: Page, document: ComparisonDocument) -> None:
    """Write the models side by side; `*` marks the best of a row."""
    rows = [_marked(row) for row in _rows(page, document.models)]
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
    blocked = [any(found.verdict.value == "block" for found in model.findings) for model in models]
    return [
        _Row("advised", [_advised(page, forbidden=each) for each in blocked]),
        _Row("score", [f"{model.score:.0f}" for model in models], [model.score for model in models]),
        _Row("quality", [_quality(model) for model in models], [model.quality.value for model in models]),
        _Row("speed", [speed_with_range(felt(model.speed)) for model in models], _speeds(models)),
        _Row("memory", [gib(model.memory.total.value) for model in models], _smaller(models)),
        _Row("where", [where(model.placement, model.memory) for model in models]),
        _Row("download", [gb(model.variant.bytes) for model in models]),
        _Row("parameters", [_parameters(model) for model in models]),
        _Row("context", [f"{tokens(model.context_length.native)} tokens" for model in models], _contexts(models)),
        _Row("license", [license_cell(page, model.license) for model in models]),
        _Row("runtime", [model.runtime for model in models]),
        _Row("role", [model.role.value for model in models]),
        _Row("descends from", [", ".join(model.lineage) or "nothing known" for model in models]),
        *_costs(models),
        _Row("evidence", [_evidence(model) for model in models]),
    ]


def _costs(models: tuple[Recommendation, ...]) -> list[_Row]:
    """What a million written tokens cost, where a price was given."""
    costs = [model.cost.writing.total if model.cost is not None else None for model in models]
    if all(cost is None for cost in costs):
        return []
    unit = next((model.cost.currency for model in models if model.cost is not None), "")
    cells: list[Content] = [UNKNOWN if cost is None else f"{money(cost)} {unit}".rstrip() for cost in costs]
    return [_Row("a million tokens", cells, [-float("inf") if cost is None else -cost.value for cost in costs])]


def _advised(page: Page, *, forbidden: bool) -> Content:
    if forbidden:
        return Span(f"{page.symbols.bad} blocked", Tone.BAD)
    return Span(f"{page.symbols.good} yes", Tone.GOOD)


def _quality(model: Recommendation) -> str:
    quality = model.quality
    return f"{quality.value:.0f} ({quality.low:.0f}-{quality.high:.0f}), keeps {percent(quality.retention.value)}"


def _parameters(model: Recommendation) -> str:
    total = parameters(model.parameters.total)
    if model.parameters.active == model.parameters.total:
        return total
    return f"{total}, {parameters(model.parameters.active)} active"


def _evidence(model: Recommendation) -> str:
    independent = sum(item.independent for item in model.quality.evidence)
    return f"{len(model.quality.evidence)} results, {independent} independent"


def _speeds(models: tuple[Recommendation, ...]) -> list[float]:
    rates = [felt(model.speed) for model in models]
    return [0.0 if rate is None else rate.value for rate in rates]


def _smaller(models: tuple[Recommendation, ...]) -> list[float]:
    return [-model.memory.total.value for model in models]


def _contexts(models: tuple[Recommendation, ...]) -> list[float]:
    return [model.context_length.native for model in models]


def _marked(row: _Row) -> _Row:
    """Mark the best cell of a row, if one is better than another."""
    if row.ranks is None or len(set(row.ranks)) == 1:
        return row
    best = max(row.ranks)
    cells: list[Content] = [
        (*spans(cell), Span(" *", Tone.STRONG)) if rank == best else cell
        for cell, rank in zip(row.cells, row.ranks, strict=True)
    ]
    return row._replace(cells=cells)
