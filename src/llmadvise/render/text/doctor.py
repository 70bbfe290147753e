"""The report to paste into a bug, and the list of schemas: plain pairs."""

from __future__ import annotations

from llmadvise.render.documents.doctor import DoctorDocument, NamedValue
from llmadvise.render.documents.schemas import SchemasDocument
from llmadvise.render.findings import by_weight
from llmadvise.render.footing import machine
from llmadvise.render.page import Column, Content, Page, Span, Tone
from llmadvise.render.text.marks import write_findings


def write(page: Page, document: DoctorDocument) -> None:
    """Write the report."""
    page.line(Span(f"llmadvise {document.version}", Tone.STRONG))
    catalog = document.catalog
    rows: list[tuple[str, Content]] = [
        ("python", document.python),
        ("platform", document.platform),
        ("catalog", "unreadable" if catalog is None else f"{catalog.version} of {catalog.as_of}, {catalog.digest}"),
        ("hardware", "unreadable" if document.hardware is None else machine(document.hardware)),
    ]
    page.pairs(rows, indent=2)
    _values(page, "Packages", document.packages, absent="not installed")
    _values(page, "Environment", document.environment, absent="not set")
    _values(page, "Paths", document.paths, absent="not there")
    if document.hardware is not None and document.hardware.sources:
        page.heading("Probe")
        page.pairs([(source.status, source.source) for source in document.hardware.sources], indent=2)
    found_in_hardware = () if document.hardware is None else document.hardware.findings
    page.heading("Findings" if document.findings or found_in_hardware else f"{page.symbols.good} No findings")
    write_findings(page, by_weight((*document.findings, *found_in_hardware)), indent=2)


def write_schemas(page: Page, document: SchemasDocument) -> None:
    """Write the list of schemas."""
    columns = (
        Column("NAME"),
        Column("SCHEMA", drop=1),
        Column("KIND", drop=2),
        Column("WHAT IT IS", wraps=True, least=40),
    )
    page.table(
        columns,
        [(Span(entry.name, Tone.STRONG), entry.schema, entry.kind, entry.summary) for entry in document.schemas],
    )


def _values(page: Page, title: str, values: tuple[NamedValue, ...], *, absent: str) -> None:
    if values:
        page.heading(title)
        page.pairs([(each.name, absent if each.value is None else each.value) for each in values], indent=2)
