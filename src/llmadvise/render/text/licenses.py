"""Licenses as a person reads them: a list, one whole, several side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from llmadvise.domain.license import License, Limit, LimitScope, Obligation, Occasion, OutputReach
from llmadvise.render.check.wording import DISCLAIMER
from llmadvise.render.documents.licenses import LicenseComparisonDocument, LicenseDocument, LicensesDocument
from llmadvise.render.figures import counted
from llmadvise.render.page import Column, Content, Page, Span, Tone

_SHOWN_MODELS: Final = 12


def write_list(page: Page, document: LicensesDocument) -> None:
    """Write a table of licenses."""
    page.table(
        (
            Column("ID", wraps=True, least=30),
            Column("CATEGORY"),
            Column("COMMERCIAL"),
            Column("OUTPUTS TRAIN", drop=3),
            Column("MODELS", right=True, drop=4),
            Column("READ", drop=5),
        ),
        [
            (
                Span(row.id, Tone.STRONG),
                row.category,
                row.commercial_use,
                row.output_training,
                str(row.models),
                (row.verified or "unknown").replace("_", " "),
            )
            for row in document.licenses
        ],
    )
    if document.licenses:
        page.blank()
    count = counted(len(document.licenses), "license")
    page.line(Span(f"{count}. READ: how far the text was read. {DISCLAIMER}", Tone.QUIET))


def write(page: Page, document: LicenseDocument) -> None:
    """Write one license with its clauses and quotes."""
    text = document.license
    page.line((Span(text.name, Tone.STRONG), f"  {text.id}"))
    rows: list[tuple[Content, Content]] = [
        ("SPDX", document.spdx_expression),
        ("category", str(text.category)),
        ("commercial use", text.commercial_use.value),
        ("redistribution", text.redistribution.value),
        ("changed versions", text.derivatives.value),
        ("as a service", text.hosting.value),
        ("outputs may train", _outputs(text)),
        ("copyleft", text.copyleft.value),
        ("patents", f"{text.patents.value}{f'; who sues loses: {text.litigation}' if text.litigation else ''}"),
        ("acceptable use", _acceptable_use(text)),
        ("version of", text.effective or "unknown"),
        ("ends", f"on breach; {text.ends}" if text.ends else "on breach"),
        ("text", text.url or "unknown"),
        ("read", (text.verified or "unknown").replace("_", " ")),
    ]
    page.pairs(rows, indent=2)
    _limits(page, text)
    _clauses(page, "Conditions", text.conditions)
    _clauses(page, "Duties", text.obligations)
    if text.notes:
        page.heading("Notes")
        page.pairs([(page.symbols.note, note) for note in text.notes], indent=2)
    if document.models:
        page.heading(f"Declared by {counted(len(document.models), 'model')}")
        shown = ", ".join(document.models[:_SHOWN_MODELS])
        page.line(shown if len(document.models) <= _SHOWN_MODELS else f"{shown} and others", indent=2)
    page.blank()
    page.line(Span(DISCLAIMER, Tone.QUIET))


_REACH: Final = {
    OutputReach.ANY: "any model",
    OutputReach.STUDENTS_BOUND: "any model, which is then bound too",
    OutputReach.OWN: "the licensor's own models alone",
    OutputReach.NOT_COMPETING: "models that do not compete with it",
    OutputReach.NON_COMMERCIAL: "within the limits on the use of the model",
    OutputReach.NOT_ADDRESSED: "the text does not say",
    OutputReach.UNREAD: "not read",
}


def _outputs(text: License) -> str:
    if text.outputs is None:
        return text.output_training.value
    owned = "; the licensor claims the outputs" if text.outputs.owned_by_licensor else ""
    student = "; a model trained on them is a derivative" if text.students_are_derivatives else ""
    clause = f" ({text.outputs.clause})" if text.outputs.clause else ""
    return f"{text.output_training.value}: {_REACH[text.outputs.reach]}{student}{owned}{clause}"


def _acceptable_use(text: License) -> str:
    if text.acceptable_use is None:
        return "no policy known"
    passed_on = "; recipients have to be bound to it" if text.acceptable_use.passed_on else ""
    return f"{text.acceptable_use.place}{passed_on}"


_WHEN: Final = {
    Occasion.USE: "whatever is done with it",
    Occasion.DISTRIBUTION: "when copies go to others",
    Occasion.OFFERING: "when copies go to others, or others are offered a product or service with it",
    Occasion.TRAINED_MODEL: "when a model made from it or trained on its outputs goes to others",
}


def _limits(page: Page, text: License) -> None:
    """The conditions that facts about the use decide."""
    if not text.limits:
        return
    page.heading("Limits")
    for limit in text.limits:
        clause = f"  {limit.clause}" if limit.clause else ""
        page.line((Span(limit.kind.value, Tone.STRONG), Span(clause, Tone.QUIET)), indent=2)
        page.line(limit.text, indent=4)
        for said in _details(limit):
            page.line(said, indent=4)
        if limit.quote:
            page.line(Span(f"“{limit.quote}”", Tone.QUIET), indent=4)


def _details(limit: Limit) -> Iterator[str]:
    if limit.at_release:
        yield f"counted once, at the release{f' on {limit.counted_at}' if limit.counted_at else ''}"
    elif limit.threshold is not None:
        yield "counted all the time"
    if limit.scope is not None:
        whose = {
            LimitScope.PRODUCT: "of the product",
            LimitScope.LICENSEE: "of the licensee",
            LimitScope.AFFILIATES: "of the licensee and its affiliates",
        }
        yield whose[limit.scope]
    if limit.territories:
        where = "sits" if limit.domicile else "uses it"
        yield f"closed to who {where} in {', '.join(limit.territories)}"
    yield "for any use" if limit.any_use else "for commercial use"
    if limit.internal_exempt:
        yield "internal use is exempt"
    if limit.agreement_lifts:
        yield "an agreement with the licensor lifts it"


def _clauses(page: Page, title: str, items: Sequence[Obligation]) -> None:
    if not items:
        return
    page.heading(title)
    for item in items:
        clause = f"  {item.clause}" if item.clause else ""
        page.line((Span(item.id, Tone.STRONG), Span(clause, Tone.QUIET)), indent=2)
        page.line(item.text, indent=4)
        if item.literal:
            page.line(f"Words due: {item.literal}", indent=4)
        if title == "Duties":
            page.line(_WHEN[item.due] + (", in commercial use" if item.commercial else ""), indent=4)
        if item.quote:
            page.line(Span(f"“{item.quote}”", Tone.QUIET), indent=4)


def write_comparison(page: Page, document: LicenseComparisonDocument) -> None:
    """Write licenses side by side; what differs first."""
    columns = (Column("TERM"), *(Column(id_, wraps=True) for id_ in document.licenses))
    ordered = sorted(document.terms, key=lambda term: term.same)
    page.table(columns, [(Span(term.term, Tone.PLAIN if term.same else Tone.STRONG), *term.values) for term in ordered])
    page.blank()
    page.line(Span(DISCLAIMER, Tone.QUIET))
