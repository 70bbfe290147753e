"""The answer to `explain`: the score as a sum that adds up, and every number with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable

from llmadvise.domain.assessment import Alternative, SpeedEstimate
from llmadvise.domain.estimate import Estimate
from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.documents.explanation import ExplanationDocument
from llmadvise.render.figures import (
    UNKNOWN,
    adding_up,
    approximately,
    duration,
    gb,
    gib,
    gib_with_range,
    percent,
    speed_with_range,
    tokens,
    two_digits,
)
from llmadvise.render.findings import by_weight
from llmadvise.render.footing import catalog_line, machine
from llmadvise.render.page import Column, Content, Page, Span, Tone, spans
from llmadvise.render.placing import where, where_word
from llmadvise.render.text.bars import memory_rows
from llmadvise.render.text.cost import write_cost
from llmadvise.render.text.footing import request
from llmadvise.render.text.marks import (
    license_ids,
    license_verdict,
    write_findings,
    write_savings,
)


def write(page: Page, document: ExplanationDocument) -> None:
    """Write the whole explanation."""
    judged = document.assessment
    rank = "" if judged.rank is None else f"#{judged.rank} "
    page.line((Span(f"{rank}{judged.name}", Tone.STRONG), f"  {judged.variant.id} with {judged.runtime}"))
    if document.blocked:
        page.line(Span(f"{page.symbols.bad} not advised: a rule forbids it", Tone.BAD))
    _score(page, judged)
    _findings(page, judged)
    _memory(page, document)
    write_savings(page, judged.memory.savings)
    write_speed(page, judged.speed)
    write_cost(page, judged.cost)
    _quality(page, judged)
    _license(page, judged)
    _alternatives(page, judged.alternatives)
    if document.changes:
        page.heading("What would change the answer")
        page.pairs([(page.symbols.note, change) for change in document.changes], indent=2)
    _commands(page, judged)
    page.blank()
    page.line(Span(f"On {machine(document.hardware)}", Tone.QUIET))
    page.line(("For ", *spans(request(document.requirements))))
    page.line(Span(catalog_line(document.catalog), Tone.QUIET))


def _score(page: Page, judged: Recommendation) -> None:
    page.heading("Score")
    points = adding_up([grade.points for grade in judged.grades], judged.score)
    columns = (
        Column("CRITERION"),
        Column("GRADE", right=True),
        Column("x WEIGHT", right=True),
        Column("= POINTS", right=True),
        Column("WHY", wraps=True),
    )
    rows: list[tuple[Content, ...]] = [
        (grade.criterion, f"{grade.grade:.3f}", f"{100 * grade.weight:.1f}", shown, grade.why)
        for grade, shown in zip(judged.grades, points, strict=True)
    ]
    weights = sum(grade.weight for grade in judged.grades)
    total = f"{judged.score:.1f}"
    rows.append((Span("sum", Tone.STRONG), "", f"{100 * weights:.1f}", Span(total, Tone.STRONG), "points of 100"))
    page.table(columns, rows)


def _findings(page: Page, judged: Recommendation) -> None:
    findings = by_weight((*judged.findings, *judged.license.findings))
    if findings:
        page.heading("Findings")
    write_findings(page, findings, indent=2)


def _memory(page: Page, document: ExplanationDocument) -> None:
    judged = document.assessment
    used = tokens(judged.context_length.used)
    page.heading(f"Memory for {used} tokens, {where(judged.placement, judged.memory)}")
    page.pairs(memory_rows(page, judged.memory, document.hardware), indent=2)
    memory = judged.memory
    terms = (
        ("weights", memory.weights),
        ("KV cache", memory.kv_cache),
        ("compute", memory.compute),
        ("overhead", memory.overhead),
        ("total", memory.total),
    )
    page.pairs([(name, _term(gib_with_range(term), term)) for name, term in terms], indent=2)


def write_speed(page: Page, speed: SpeedEstimate) -> None:
    """Write the three speeds, each with its basis."""
    page.heading("Speed")
    rows: list[tuple[str, Content]] = []
    for name, rate in (("decoding", speed.decode), ("reading the prompt", speed.prefill)):
        shown = speed_with_range(rate, "tokens/s")
        rows.append((name, UNKNOWN if rate is None else _term(shown, rate)))
    first = speed.time_to_first_token
    if first is not None:
        shown = f"{approximately(first)}{duration(first.value)} ({two_digits(first.low)}-{duration(first.high)})"
        rows.append(("first token after", _term(shown, first)))
    serving = speed.serving
    if serving is not None:
        rows.append(
            (f"{serving.users} users at once", _term(speed_with_range(serving.together, "tokens/s"), serving.together))
        )
        rows.append(("each of them", _term(speed_with_range(serving.each, "tokens/s"), serving.each)))
        last = serving.time_to_first_token
        if last is not None:
            shown = f"{approximately(last)}{duration(last.value)} ({two_digits(last.low)}-{duration(last.high)})"
            rows.append(("the last one waits", _term(shown, last)))
    page.pairs(rows, indent=2)


def _term(shown: str, estimate: Estimate) -> Content:
    sources = f": {'; '.join(estimate.sources)}" if estimate.sources else ""
    return (shown, Span(f"  {estimate.basis.value}{sources}", Tone.QUIET))


def _quality(page: Page, judged: Recommendation) -> None:
    quality = judged.quality
    page.heading(f"Quality {quality.value:.0f} of 100 ({quality.low:.0f}-{quality.high:.0f}), {quality.basis.value}")
    kept = f"{percent(quality.retention.value)} of it is kept by {judged.variant.quantization}"
    page.line(f"{quality.unquantized.value:.0f} before quantization; {kept}", indent=2)
    if not quality.evidence:
        page.line("No published result counts for this use.", indent=2)
        return
    columns = (
        Column("BENCHMARK"),
        Column("SCORE", right=True),
        Column("COUNTS", right=True),
        Column("BY"),
        Column("DATE"),
        Column("SOURCE", wraps=True, drop=1),
    )
    rows = [
        (
            item.benchmark,
            f"{item.score:.1f}",
            f"{item.weight:.2f}",
            "others" if item.independent else "publisher",
            item.date or UNKNOWN,
            item.source or UNKNOWN,
        )
        for item in quality.evidence
    ]
    page.table(columns, rows)


def _license(page: Page, judged: Recommendation) -> None:
    page.heading("License")
    page.line((license_verdict(page, judged.license), f"  {license_ids(judged.license)}"), indent=2)
    if judged.lineage:
        page.line(f"descends from {', '.join(judged.lineage)}", indent=2)
    for obligation in judged.license.obligations:
        clause = f" ({obligation.clause})" if obligation.clause else ""
        page.line((f"{page.symbols.note} {obligation.text}", Span(clause, Tone.QUIET)), indent=2)


def _alternatives(page: Page, alternatives: Iterable[Alternative]) -> None:
    columns = (
        Column("FILE"),
        Column("RUNTIME"),
        Column("DOWNLOAD", right=True, drop=1),
        Column("MEMORY", right=True),
        Column("WHERE"),
        Column("SPEED", right=True),
        Column("QUALITY", right=True),
        Column("SCORE", right=True),
    )
    rows = [
        (
            Span(other.variant.quantization, Tone.STRONG),
            other.runtime,
            gb(other.variant.bytes),
            gib(other.memory_bytes),
            where_word(other.placement),
            UNKNOWN if other.decode is None else f"~{two_digits(other.decode)} t/s",
            f"{other.quality:.0f}",
            f"{other.score:.1f}",
        )
        for other in alternatives
    ]
    if rows:
        page.heading("Why not another file of it")
        page.table(columns, rows)


def _commands(page: Page, judged: Recommendation) -> None:
    commands = (judged.commands.pull, judged.commands.run, judged.commands.serve)
    known = [command for command in commands if command is not None]
    if known:
        page.heading("Commands")
    for command in known:
        page.command(command)
