"""The answer to `recommend`: what to run and how, then why, then what else there is; one screen."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.domain.estimate import Basis
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.figures import (
    counted,
    duration,
    felt,
    felt_unit,
    gb,
    gib,
    parameters,
    percent,
    speed,
    speed_with_range,
    tokens,
)
from llmadvise.render.findings import by_weight
from llmadvise.render.first_command import first_command
from llmadvise.render.footing import catalog_line, machine
from llmadvise.render.page import PROSE, Column, Content, Page, Span, Tone, spans
from llmadvise.render.placing import where, where_word
from llmadvise.render.prices import cost_words
from llmadvise.render.text.bars import memory_rows
from llmadvise.render.text.footing import request
from llmadvise.render.text.marks import (
    BEST_AT,
    license_cell,
    license_ids,
    license_verdict,
    write_findings,
    write_savings,
)

_REASONS = 4
_WARNINGS = 4
_RULES = 3
_FILES = 3
_NAME = 32
"""Cells for a name in a table."""
_LEAST_NAME = 19
"""Cells for a name where there is little room; columns that may go do so first."""


def write(page: Page, document: RecommendationDocument) -> None:
    """Write the whole answer."""
    if not document.recommendations:
        _nothing_fits(page, document)
        return
    best, *ranked = document.recommendations
    others = [*ranked, *document.specialists]
    _what(page, best, document.requirements.users)
    _why(page, best)
    _figures(page, best, document)
    if others:
        _others(page, others)
    _bigger(page, document)
    _warnings(page, best, document.hardware.findings)
    _footing(page, document)


def _what(page: Page, best: Recommendation, users: int) -> None:
    """What to run, and the command: a chat in the terminal for one user, a server for several."""
    variant = best.variant
    there = any(found.rule == "already-downloaded" for found in best.findings)
    size_ = (variant.bytes or 0) + (best.projector.bytes or 0 if best.projector else 0)
    download = f"{gb(size_ or None)}{', already on this machine' if there else ' to download'}"
    size = f"{parameters(best.parameters.total)} parameters, {variant.quantization}, {download}"
    page.line((Span(best.name, Tone.STRONG), f"  {size}, with {best.runtime}"))
    names = [file.name for file in variant.files[:_FILES]]
    names += [best.projector.name] if best.projector else []
    more = f" and {len(variant.files) - _FILES} more" if len(variant.files) > _FILES else ""
    unseen = "" if variant.names_verified else " (name by custom, not seen)"
    if names:
        page.line(Span(f"{variant.repo}: {', '.join(names)}{more}{unseen}", Tone.QUIET))
    page.blank()
    command = first_command(best.commands, users)
    if command is None:
        page.line(f"No command is known for {best.runtime}.")
    else:
        page.command(command)


def _why(page: Page, best: Recommendation) -> None:
    page.heading(f"Why: {best.score:.0f} of 100 points")
    top = sorted(best.grades, key=lambda grade: -grade.points)[:_REASONS]
    page.pairs([(grade.criterion, grade.why) for grade in top], indent=2)


def _figures(page: Page, best: Recommendation, document: RecommendationDocument) -> None:
    context = tokens(best.context_length.used)
    page.heading(f"Memory for {context} tokens, {where(best.placement, best.memory)}")
    page.pairs(memory_rows(page, best.memory, document.hardware), indent=2)
    page.pairs(
        [
            ("Speed", _speed(best)),
            ("Quality", _quality(best)),
            ("License", _license(page, best)),
            *([("Cost", cost_words(best.cost))] if best.cost is not None else []),
        ]
    )
    write_savings(page, best.memory.savings)


def _speed(best: Recommendation) -> str:
    rate = felt(best.speed)
    if rate is None:
        return "unknown on this machine"
    first = best.speed.time_to_first_token
    wait = "" if first is None else f", first token after about {duration(first.value)}"
    basis = " (measured)" if rate.basis is Basis.MEASURED else ""
    if best.speed.decode is None:
        return f"{speed_with_range(rate, felt_unit(best.speed))}{basis}"
    serving = best.speed.serving
    crowd = (
        "" if serving is None else f"; {serving.users} users at once: {speed_with_range(serving.together, 'tokens/s')}"
    )
    return f"{speed_with_range(rate, 'tokens/s')}{basis}{wait}{crowd}"


def _quality(best: Recommendation) -> str:
    quality = best.quality
    independent = sum(item.independent for item in quality.evidence)
    count = len(quality.evidence)
    rests = f"{counted(count, 'result')}, {independent} independent" if count else "no published result"
    kept = f"keeps {percent(quality.retention.value)} of the full model's score"
    return f"{quality.value:.0f} of 100 ({quality.low:.0f}-{quality.high:.0f}), {kept}; {rests}"


def _license(page: Page, best: Recommendation) -> Content:
    first = best.license.obligations[0].text if best.license.obligations else ""
    more = len(best.license.obligations) - 1
    rest = f" (and {more} more)" if more > 0 else ""
    obligation = f": {first}{rest}" if first else ""
    return (license_verdict(page, best.license), f"  {license_ids(best.license)}{obligation}")


def _others(page: Page, others: list[Recommendation]) -> None:
    page.heading("Or instead")
    columns = (
        Column("#"),
        Column("MODEL", wraps=True, least=_LEAST_NAME),
        Column("FILE"),
        Column("MEMORY", right=True),
        Column("SPEED", right=True),
        Column("QUALITY", right=True),
        Column("CONTEXT", right=True, drop=4),
        Column("LICENSE", drop=2),
        Column("WHERE", drop=3),
        Column("DOWNLOAD", right=True, drop=5),
        Column("BETTER AT", wraps=True),
    )
    page.table(columns, [_other(page, other) for other in others])


def _other(page: Page, other: Recommendation) -> tuple[Content, ...]:
    return (
        str(other.rank or page.symbols.note),
        Span(page.short(other.name, _NAME), Tone.STRONG),
        other.variant.quantization,
        gib(other.memory.total.value),
        speed(felt(other.speed)),
        f"{other.quality.value:.0f}",
        tokens(other.context_length.native),
        license_cell(page, other.license),
        where_word(other.placement),
        gb(other.variant.bytes),
        _better_at(page, other),
    )


def _better_at(page: Page, other: Recommendation) -> str:
    if page.width < PROSE:
        return ", ".join(other.best_at)
    return ", ".join(BEST_AT.get(item, item) for item in other.best_at)


def _bigger(page: Page, document: RecommendationDocument) -> None:
    if document.bigger is not None:
        page.blank()
        page.line((Span("Why not bigger? ", Tone.STRONG), document.bigger.message))


def _warnings(page: Page, best: Recommendation, machine_findings: Sequence[Finding]) -> None:
    """What to read before following the advice: of the machine, then of the model."""
    write_findings(page, [found for found in machine_findings if found.verdict is not Verdict.NOTE][:_WARNINGS])
    findings = by_weight((*best.findings, *best.license.findings))
    heavy = [found for found in findings if found.verdict is not Verdict.NOTE]
    write_findings(page, heavy[:_WARNINGS])
    left = len(findings) - min(len(heavy), _WARNINGS)
    if left:
        page.line(Span(f"{counted(left, 'more note')}: llmadvise explain {best.model}", Tone.QUIET))


def _footing(page: Page, document: RecommendationDocument) -> None:
    page.blank()
    page.line(Span(f"On {machine(document.hardware)}", Tone.QUIET))
    page.line(("Planned for ", *spans(request(document.requirements))))
    ruled_out = document.ruled_out
    if ruled_out.count:
        page.line(Span(f"Ruled out {ruled_out.count:,} cases: {_by_rule(ruled_out.by_rule)}", Tone.QUIET))
    stamp = catalog_line(document.catalog)
    best = document.recommendations[:1]
    page.line(Span(f"{stamp} · {_basis(best[0])}" if best else stamp, Tone.QUIET))


def _basis(best: Recommendation) -> str:
    decode = best.speed.decode
    if decode is not None and decode.basis is Basis.MEASURED:
        return f"speed measured: {decode.sources[0]}" if decode.sources else "speed measured on this machine"
    drawn = [source for source in decode.sources if "on this machine" in source] if decode is not None else []
    return f"speeds are estimates, {drawn[0]}" if drawn else "speeds are estimates, not measured on this machine"


def _by_rule(by_rule: dict[str, int]) -> str:
    ranked = sorted(by_rule.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{rule} {count:,}" for rule, count in ranked[:_RULES])
    left = len(ranked) - _RULES
    return f"{shown}, {counted(left, 'more rule')}" if left > 0 else shown


def _nothing_fits(page: Page, document: RecommendationDocument) -> None:
    page.line((Span(f"{page.symbols.bad} ", Tone.BAD), Span("Nothing fits these requirements.", Tone.STRONG)))
    page.blank()
    if document.relaxations:
        page.line(Span("What would help", Tone.STRONG))
        page.pairs([(page.symbols.note, relaxation) for relaxation in document.relaxations], indent=2)
    _bigger(page, document)
    _footing(page, document)
