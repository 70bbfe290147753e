"""A fleet as a person reads it: what it can serve, which models, the largest groups, and what runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from llmadvise.domain.fleet import FleetGroup, FleetModel
from llmadvise.render.documents.fleet import FleetDocument
from llmadvise.render.figures import counted, gib, speed, speed_with_range
from llmadvise.render.fleet import machine_words, share
from llmadvise.render.footing import catalog_line
from llmadvise.render.page import Column, Content, Page, Span, Tone, spans
from llmadvise.render.text.footing import request
from llmadvise.render.text.marks import write_findings

_MOST_GROUPS: Final = 12
_MOST_MODELS: Final = 10
_MOST_WITHOUT: Final = 4
_MOST_FINDINGS: Final = 5
_NAME: Final = 32


def write(page: Page, document: FleetDocument) -> None:
    """Write the whole answer."""
    _totals(page, document)
    _models(page, document.models, document.totals.machines)
    _groups(page, [group for group in document.groups if group.pick is not None])
    _without(page, document)
    _unread(page, document)
    page.blank()
    page.line(("Planned for ", *spans(request(document.requirements))))
    page.line(
        Span(f"{catalog_line(document.catalog)} · speeds are estimates, not measured on these machines", Tone.QUIET)
    )


def _totals(page: Page, document: FleetDocument) -> None:
    totals = document.totals
    page.line(
        (
            Span(counted(totals.machines, "machine"), Tone.STRONG),
            f" in {counted(totals.groups, 'group')} of equal ones",
        )
    )
    page.blank()
    rows: list[tuple[Content, Content]] = [("Can run a model", counted(totals.advised, "machine"))]
    if totals.advised:
        rows.append(("Users at once", f"{totals.users:,}"))
        rows.append(("Together", speed_with_range(totals.together, "tokens/s")))
    if totals.speed_unknown:
        rows.append(("Speed unknown", f"{counted(totals.speed_unknown, 'machine')}, not in the sum"))
    if totals.without:
        rows.append(("Run nothing", Span(counted(totals.without, "machine"), Tone.CAUTION)))
    if totals.invalid:
        rows.append(("Not read", Span(counted(totals.invalid, "document"), Tone.BAD)))
    page.pairs(rows, indent=2)


def _models(page: Page, models: Sequence[FleetModel], machines: int) -> None:
    if not models:
        return
    page.heading("What they should run")
    columns = (
        Column("MODEL", wraps=True, least=16),
        Column("FILE"),
        Column("MACHINES", right=True),
        Column("SHARE", right=True, drop=3),
        Column("TOGETHER", right=True),
        Column("WITH", drop=2),
        Column("GROUPS", right=True, drop=4),
    )
    rows = [
        (
            Span(page.short(model.name, _NAME), Tone.STRONG),
            model.quantization,
            f"{model.machines:,}",
            share(model.machines, machines),
            speed(model.together),
            model.runtime,
            f"{model.groups:,}",
        )
        for model in models[:_MOST_MODELS]
    ]
    page.table(columns, rows)
    _left(page, len(models) - len(rows), "model")


def _groups(page: Page, groups: Sequence[FleetGroup]) -> None:
    if not groups:
        return
    page.heading("The largest groups")
    columns = (
        Column("MACHINES", right=True),
        Column("MACHINE", wraps=True, least=20),
        Column("MODEL", wraps=True, least=14),
        Column("FILE"),
        Column("MEMORY", right=True, drop=2),
        Column("EACH", right=True),
    )
    page.table(columns, [_group(page, group) for group in groups[:_MOST_GROUPS]])
    _left(page, len(groups) - _MOST_GROUPS, "group")


def _group(page: Page, group: FleetGroup) -> tuple[Content, ...]:
    pick = group.pick
    return (
        f"{group.machines:,}",
        machine_words(group.machine),
        "" if pick is None else page.short(pick.name, _NAME),
        "" if pick is None else pick.quantization,
        "" if pick is None else gib(pick.memory.value),
        "" if pick is None else speed(pick.together),
    )


def _without(page: Page, document: FleetDocument) -> None:
    without = [group for group in document.groups if group.pick is None]
    if not without:
        return
    page.heading(f"What runs nothing: {counted(document.totals.without, 'machine')}")
    page.pairs([(f"{reason.machines:,}", f"[{reason.rule}]") for reason in document.reasons], indent=2)
    for group in without[:_MOST_WITHOUT]:
        helps = f"; {group.relaxation}" if group.relaxation else ""
        where = f" ({group.example.file}:{group.example.line})"
        page.line((f"{group.machines:,} of {machine_words(group.machine)}{helps}", Span(where, Tone.QUIET)), indent=2)
    _left(page, len(without) - _MOST_WITHOUT, "group")


def _unread(page: Page, document: FleetDocument) -> None:
    if not document.findings:
        return
    page.heading(f"Not read: {counted(document.totals.invalid, 'document')}")
    write_findings(page, document.findings[:_MOST_FINDINGS])
    _left(page, min(len(document.findings), document.totals.invalid) - _MOST_FINDINGS, "finding")


def _left(page: Page, count: int, word: str) -> None:
    if count > 0:
        page.line(Span(f"{counted(count, word)} more: --json or --format csv", Tone.QUIET))
