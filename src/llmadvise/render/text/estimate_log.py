"""The engine's log beside the estimate, term by term."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.render.documents.estimate import LoggedTerm
from llmadvise.render.page import Column, Page, Span, Tone
from llmadvise.units import MIB


def write_log(page: Page, terms: Sequence[LoggedTerm]) -> None:
    """A row for each term that the log names, in its order."""
    page.heading("Predicted and real (MiB)")
    columns = (
        Column("LINE", right=True),
        Column("DEVICE"),
        Column("TERM"),
        Column("PREDICTED", right=True),
        Column("REAL", right=True),
        Column("DIFFERENCE", right=True),
    )
    page.table(columns, [_row(term) for term in terms])
    page.line(Span(_summary(terms), Tone.QUIET))


def _row(term: LoggedTerm) -> tuple[str | Span, ...]:
    if term.predicted_bytes is None or term.difference_bytes is None:
        return (str(term.line), term.device, term.term, "", _mib(term.real_bytes), "")
    share = term.difference_bytes / max(1, term.real_bytes)
    same = abs(term.difference_bytes) <= term.tolerance_bytes
    difference = "same" if same else f"{term.difference_bytes / MIB:+,.2f} ({share:+.1%})"
    return (
        str(term.line),
        term.device,
        term.term,
        _mib(term.predicted_bytes),
        _mib(term.real_bytes),
        Span(difference, Tone.QUIET if same else Tone.STRONG),
    )


def _summary(terms: Sequence[LoggedTerm]) -> str:
    compared = [term for term in terms if term.predicted_bytes is not None]
    same = sum(abs(term.difference_bytes or 0) <= term.tolerance_bytes for term in compared)
    real = sum(term.real_bytes for term in compared)
    error = (sum(term.predicted_bytes or 0 for term in compared) - real) / max(1, real)
    return f"{same} of {len(compared)} are the same to the last printed digit; together {error:+.2%}"


def _mib(size: int) -> str:
    return f"{size / MIB:,.2f}"
