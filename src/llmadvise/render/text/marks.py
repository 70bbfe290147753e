"""Verdicts as a symbol, a word and a colour together, so that none of them has to carry the meaning alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from llmadvise.domain.assessment import DeviceMemory, LicenseAssessment, Saving
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.render.figures import UNKNOWN, gib
from llmadvise.render.page import Content, Page, Span, Tone

_LIKELY: Final = 0.9
"""By the rule of the planner: the high end of the interval is within the budget."""
_UNLIKELY: Final = 0.1
_NEARLY_NONE: Final = 0.01
_NEARLY_ALL: Final = 0.99

BEST_AT = {
    "quality": "best quality",
    "speed": "fastest",
    "size": "smallest",
    "context": "longest context",
    "license": "most permissive",
}
"""What a model is better at than the others shown, in words."""


def chance_words(chance: float | None) -> str:
    """`97 %`; never 0 or 100 where the interval leaves a doubt."""
    if chance is None:
        return UNKNOWN
    if chance < _NEARLY_NONE:
        return "<1 %"
    return ">99 %" if chance > _NEARLY_ALL else f"{chance * 100:.0f} %"


def fit_words(chance: float | None) -> str:
    """`: fits (97 %)`, to end a heading with; nothing where the chance is unknown."""
    if chance is None:
        return ""
    words = "fits" if chance >= _LIKELY else "may fit" if chance > _UNLIKELY else "does not fit"
    return f": {words} ({chance_words(chance)})"


def fit(page: Page, device: DeviceMemory) -> Span:
    """Say whether the device holds its part: it fits, it may not, or it is too big; and how likely that is."""
    chance = "" if device.fit_chance is None else f" ({chance_words(device.fit_chance)})"
    if device.headroom_bytes < 0:
        return Span(f"{page.symbols.bad} too big by {gib(-device.headroom_bytes)}{chance}", Tone.BAD)
    if device.used.high > device.budget_bytes:
        return Span(f"{page.symbols.partly} fits, but {gib(device.headroom_bytes)} free is tight{chance}", Tone.CAUTION)
    return Span(f"{page.symbols.good} fits, {gib(device.headroom_bytes)} free{chance}", Tone.GOOD)


def license_verdict(page: Page, license_: LicenseAssessment) -> Span:
    """Say whether the use asked about is allowed."""
    match license_.verdict:
        case "allowed":
            return Span(f"{page.symbols.good} allowed", Tone.GOOD)
        case "denied":
            return Span(f"{page.symbols.bad} denied", Tone.BAD)
        case verdict:
            return Span(f"{page.symbols.unknown} {verdict}", Tone.CAUTION)


def license_ids(license_: LicenseAssessment) -> str:
    """Name the licenses that bind together, or say that none is known."""
    return " + ".join(license_.effective) or license_.declared or "no license found"


def license_cell(page: Page, license_: LicenseAssessment) -> Span:
    """Name the license, the symbol of its verdict before it and how many more bind after it."""
    first, *rest = license_.effective or (license_.declared or "none found",)
    name = f"{first} +{len(rest)}" if rest else first
    verdict = license_verdict(page, license_)
    symbol, _, _ = verdict.text.partition(" ")
    return Span(f"{symbol} {name}", verdict.tone)


def write_findings(page: Page, findings: Sequence[Finding], *, indent: int = 0) -> None:
    """Write findings one under another, each with its weight and the rule it comes from."""
    page.pairs([(weight(page, found.verdict), _said(found)) for found in findings], indent=indent)


def weight(page: Page, verdict: Verdict) -> Span:
    """The mark of a finding: it blocks, warns or notes."""
    match verdict:
        case Verdict.BLOCK:
            return Span(page.symbols.bad, Tone.BAD)
        case Verdict.WARN:
            return Span(page.symbols.warn, Tone.CAUTION)
        case Verdict.NOTE:
            return Span(page.symbols.note, Tone.QUIET)
        case _:
            assert_never(verdict)


def _said(found: Finding) -> Content:
    blocked = (Span("blocked: ", Tone.BAD),) if found.verdict is Verdict.BLOCK else ()
    evidence = f" ({found.evidence})" if found.evidence else ""
    return (*blocked, found.message, Span(f"{evidence} [{found.rule}]", Tone.QUIET))


def write_savings(page: Page, savings: Sequence[Saving]) -> None:
    """Write the steps that would free memory, each with what it costs and the runtime's own flags."""
    if not savings:
        return
    page.heading("To free memory")
    page.pairs([(page.symbols.note, _step(saving)) for saving in savings], indent=2)


def _step(saving: Saving) -> Content:
    return (saving.message, Span(f"  {saving.flags or saving.setting}", Tone.COMMAND))
