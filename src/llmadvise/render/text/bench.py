"""The answer to `bench`: what was measured, beside what was said before."""

from __future__ import annotations

from llmadvise.domain.estimate import Basis, Estimate
from llmadvise.render.documents.bench import BenchDocument, MeasuredBandwidth, MeasuredSpeed
from llmadvise.render.figures import UNKNOWN, amount, gib, speed_with_range, tokens
from llmadvise.render.findings import by_weight
from llmadvise.render.page import Column, Content, Page, Span, Tone
from llmadvise.render.text.marks import write_findings
from llmadvise.units import GB

_NAME = 40


def write(page: Page, document: BenchDocument) -> None:
    """Write what was measured, the newest last."""
    page.line(Span(_title(document), Tone.STRONG))
    if document.speeds:
        _speeds(page, document.speeds)
    if document.bandwidths:
        page.heading("Memory of the processor")
        page.pairs([(item.date, _bandwidth(item)) for item in document.bandwidths], indent=2)
    if document.findings:
        page.heading("Findings")
        write_findings(page, by_weight(document.findings), indent=2)
    page.blank()
    if document.store is None:
        page.line(Span("Not kept.", Tone.QUIET))
    else:
        others = f", with {document.others} of other machines" if document.others else ""
        page.line(Span(f"Kept in {document.store}{others}", Tone.QUIET))


def _title(document: BenchDocument) -> str:
    count = len(document.speeds) + len(document.bandwidths)
    new = sum(item.new for item in document.speeds) + sum(item.new for item in document.bandwidths)
    match document.action:
        case "forget":
            return f"{document.forgotten} forgotten; {count} left of this machine"
        case "list":
            return f"{count} measured on this machine" if count else "Nothing was measured on this machine"
        case _:
            return f"{count} measured, {new} of them new"


def _speeds(page: Page, speeds: tuple[MeasuredSpeed, ...]) -> None:
    columns = (
        Column("ID"),
        Column("DATE", drop=3),
        Column("MODEL", wraps=True),
        Column("FILE"),
        Column("ON"),
        Column("TEST"),
        Column("MEASURED t/s", right=True),
        Column("SAID BEFORE", right=True, drop=1),
        Column("RUNTIME", drop=2),
    )
    rows: list[tuple[Content, ...]] = [
        (
            Span(item.id, Tone.QUIET),
            item.date,
            Span(page.short(item.model, _NAME), Tone.STRONG),
            item.quantization or UNKNOWN,
            item.backend,
            _test(item),
            amount(item.rate.value),
            speed_with_range(item.predicted, "") if item.calibrates else "not used",
            f"{item.runtime} {item.build or ''}".rstrip(),
        )
        for item in speeds
    ]
    page.table(columns, rows)


def _test(item: MeasuredSpeed) -> str:
    name = "decode" if item.phase == "decode" else "prompt"
    depth = f" after {tokens(item.depth)}" if item.depth else ""
    return f"{name} {tokens(item.tokens)}{depth}"


def _bandwidth(item: MeasuredBandwidth) -> Content:
    before = "" if item.said_before is None else f"; said before: {_rate(item.said_before)}"
    how = f"  {item.threads} threads over {gib(item.bytes)}, {item.method}{before}  [{item.id}]"
    return (Span(_rate(item.rate), Tone.STRONG), Span(how, Tone.QUIET))


def _rate(rate: Estimate) -> str:
    mark = "" if rate.basis is Basis.MEASURED else "~"
    return f"{mark}{rate.value / GB:,.1f} GB/s"
