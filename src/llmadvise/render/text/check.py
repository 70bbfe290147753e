"""The check as a developer reads it: what is wrong and where, by which clause, how to mend it, and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from llmadvise.render.check.wording import DISCLAIMER, counts, ended
from llmadvise.render.documents.check import CheckDocument, CheckIssue, CheckReference, CheckResult, places
from llmadvise.render.figures import counted
from llmadvise.render.page import Column, Content, Page, Span, Tone
from llmadvise.render.text.marks import weight

_SHOWN_PLACES: Final = 10
_SHOWN_MODELS: Final = 200
"""More than anybody reads; a page of text is for reading, and JSON has them all."""
_SUMMARY_TONES: Final = {
    "passed": Tone.GOOD,
    "violated": Tone.BAD,
    "undecided": Tone.CAUTION,
    "drifted": Tone.BAD,
}


def write(page: Page, document: CheckDocument) -> None:
    """Write what to act on first, then what is allowed, then what it rests on."""
    by_model: dict[str | None, list[CheckIssue]] = {}
    for issue in document.issues:
        by_model.setdefault(issue.model, []).append(issue)
    acting = [
        result
        for result in document.results
        if result.verdict in {"denied", "unknown"} or any(map(counts, by_model.get(result.model, ())))
    ]
    named = places(document)
    for result in sorted(acting, key=lambda item: item.verdict != "denied")[:_SHOWN_MODELS]:
        _result(page, result, by_model.get(result.model, []), named.get(result.model, []))
    _more(page, len(acting) - _SHOWN_MODELS, "models to act on")
    judged = {result.model for result in document.results}
    _elsewhere(page, [issue for issue in document.issues if issue.model not in judged])
    _allowed(page, [result for result in document.results if result.verdict in {"allowed", "waived"}])
    if document.findings:
        page.heading("About the policy and its files")
        page.pairs([(weight(page, item.verdict), _with_fix(item.message, item.fix)) for item in document.findings])
    _skipped(page, document)
    _summary(page, document)


def _more(page: Page, count: int, what: str) -> None:
    if count > 0:
        page.line(Span(f"and {count:,} more {what}: --format json has them all", Tone.CAUTION))


def _result(page: Page, result: CheckResult, issues: Sequence[CheckIssue], named: Sequence[CheckReference]) -> None:
    page.blank()
    page.line((_verdict(page, result), "  ", Span(result.model, Tone.STRONG), "  ", _license(result)))
    for place in named[:_SHOWN_PLACES]:
        page.line((f"{place.file}:{place.line}", Span(f"  {place.text}", Tone.QUIET)), indent=4)
    if len(named) > _SHOWN_PLACES:
        page.line(f"and {len(named) - _SHOWN_PLACES} more places", indent=4)
    rows: list[tuple[Content, Content]] = [
        (weight(page, item.verdict), _judged(item.message, item.clause, item.source, item.rule))
        for item in result.findings
    ]
    rows += [("fix", fix) for fix in dict.fromkeys(issue.fix for issue in issues if issue.fix)]
    rows += [("instead", f"{item.model} ({item.license}): {item.why}") for item in result.alternatives]
    if suppressed := [issue for issue in issues if not counts(issue)]:
        reason = suppressed[0].reason
        rows.append(
            (suppressed[0].status, f"{len(suppressed)} of {len(issues)} findings{f': {reason}' if reason else ''}")
        )
    page.pairs(rows, indent=4)


def _license(result: CheckResult) -> str:
    """What binds, and how far the least read of these texts was read."""
    if not result.license.effective:
        return "no license found"
    read = (result.license.verified or "unverified").replace("_", " ")
    return f"{' + '.join(result.license.effective)} (text read: {read})"


def _elsewhere(page: Page, issues: Sequence[CheckIssue]) -> None:
    """References whose model is decided elsewhere, and what is not about one of the models."""
    if not issues:
        return
    page.heading("Not resolved")
    page.pairs(
        [
            (f"{issue.file}:{issue.line}", _with_fix(issue.message, issue.fix if number == 0 else None))
            for number, issue in enumerate(issues[:_SHOWN_PLACES])
        ],
        indent=2,
    )
    if len(issues) > _SHOWN_PLACES:
        page.line(f"and {len(issues) - _SHOWN_PLACES} more", indent=2)


def _allowed(page: Page, results: Sequence[CheckResult]) -> None:
    if not results:
        return
    page.heading("Allowed")
    page.table(
        (Column("MODEL", wraps=True), Column("LICENSE", wraps=True), Column("WHAT IS DUE", wraps=True)),
        [
            (
                (_verdict(page, result), " ", result.model),
                _license(result),
                ", ".join(dict.fromkeys(duty.id for duty in result.obligations)) or "nothing known",
            )
            for result in results[:_SHOWN_MODELS]
        ],
    )
    _more(page, len(results) - _SHOWN_MODELS, "allowed models")
    waived = [result for result in results if result.waiver is not None]
    page.pairs([(f"waived: {item.model}", item.waiver.reason if item.waiver else "") for item in waived], indent=2)


def _skipped(page: Page, document: CheckDocument) -> None:
    skipped = document.scan.skipped
    if not skipped:
        return
    page.heading("Not read to the end")
    page.pairs([(item.file, item.reason) for item in skipped[:_SHOWN_PLACES]], indent=2)
    if len(skipped) > _SHOWN_PLACES:
        page.line(f"and {len(skipped) - _SHOWN_PLACES} more", indent=2)


def _summary(page: Page, document: CheckDocument) -> None:
    summary = document.summary
    verdicts = [
        f"{count} {word}"
        for count, word in (
            (summary.allowed, "allowed"),
            (summary.waived, "waived"),
            (summary.denied, "denied"),
            (summary.unknown, "unknown"),
        )
        if count
    ]
    page.blank()
    page.line(
        (
            Span(summary.verdict, _SUMMARY_TONES.get(summary.verdict, Tone.BAD)),
            f": {counted(summary.models, 'model')} in {counted(summary.references, 'reference')}",
            f" ({', '.join(verdicts)})" if verdicts else "",
            f", {counted(summary.unresolved, 'reference')} not resolved" if summary.unresolved else "",
            f", {counted(summary.suppressed, 'finding')} known, ignored or waived" if summary.suppressed else "",
            f"; {counted(document.scan.files_read, 'file')} read",
        )
    )
    if document.policy.file is None:
        page.line(
            Span("No policy was found, so nothing fails. `llmadvise check --init` writes one to fill in.", Tone.CAUTION)
        )
    else:
        page.line(Span(f"Policy {document.policy.file}, as of {document.as_of}", Tone.QUIET))
    page.line(Span(f"Catalog {document.catalog.version} of {document.catalog.as_of}. {DISCLAIMER}", Tone.QUIET))


def _verdict(page: Page, result: CheckResult) -> Span:
    match result.verdict:
        case "allowed":
            return Span(page.symbols.good, Tone.GOOD)
        case "denied":
            return Span(f"{page.symbols.bad} denied", Tone.BAD)
        case "waived":
            return Span(f"{page.symbols.partly} waived", Tone.CAUTION)
        case verdict:
            return Span(f"{page.symbols.unknown} {verdict}", Tone.CAUTION)


def _judged(message: str, clause: str | None, source: str | None, rule: str) -> Content:
    rest = ", ".join(filter(None, (clause, source)))
    return (message, Span(f"{f' ({rest})' if rest else ''} [{rule}]", Tone.QUIET))


def _with_fix(message: str, fix: str | None) -> Content:
    return (ended(message), Span(f" Fix: {fix}", Tone.QUIET)) if fix else message
