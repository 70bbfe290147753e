"""The advice, an explanation and a comparison as a page to keep, send and print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from llmadvise.domain.assessment import ContextPoint
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.documents.explanation import ComparisonDocument, ExplanationDocument
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.encode import to_json
from llmadvise.render.figures import (
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
from llmadvise.render.footing import machine, request_words
from llmadvise.render.html.curve import context_curve
from llmadvise.render.html.markup import element, facts, heading, items, paragraph, table, text
from llmadvise.render.html.plots import memory_bars, scatter
from llmadvise.render.html.shell import command, whole
from llmadvise.render.pareto import budget, quality_points
from llmadvise.render.prices import cost_words
from llmadvise.render.side_by_side import rows_of

_WORDS = {Verdict.BLOCK: ("bad", "✗ blocks"), Verdict.WARN: ("caution", "! warns"), Verdict.NOTE: ("quiet", "· notes")}


def write(document: RecommendationDocument | ExplanationDocument | ComparisonDocument) -> str:
    """Write an advice, an explanation or a comparison."""
    match document:
        case RecommendationDocument():
            title, body = _advice(document)
        case ExplanationDocument():
            title, body = _explanation(document)
        case ComparisonDocument():
            title, body = _comparison(document)
        case _:
            assert_never(document)
    return whole(title, body, to_json(document))


def _advice(document: RecommendationDocument) -> tuple[str, str]:
    if not document.recommendations:
        title = "Nothing fits these requirements"
        steps = items(map(text, document.relaxations))
        return title, heading(1, title) + steps + _footing(document)
    best, *ranked = document.recommendations
    others = [*ranked, *document.specialists]
    shown = [best, *others]
    bigger = paragraph(f"Why not bigger? {document.bigger.message}") if document.bigger else ""
    body = (
        _card(best, document.requirements.users),
        heading(2, "Why"),
        _grades(best),
        heading(2, f"Memory for {tokens(best.context_length.used)} tokens"),
        memory_bars(f"Memory of {best.name}", best.memory),
        *_curve(best, document.context_curve),
        heading(2, "What else there is"),
        _quality_plots(shown, best),
        _models("All models shown, the advice first", shown),
        bigger,
        *_rest(best),
        _footing(document),
    )
    return f"{best.name} {best.variant.quantization}", "".join(body)


def _explanation(document: ExplanationDocument) -> tuple[str, str]:
    item = document.assessment
    ladder = [
        (
            other.variant.quantization,
            gb(other.variant.bytes),
            gib(other.memory_bytes),
            "unknown" if other.decode is None else f"{other.decode:.0f} tokens/s",
            f"{other.quality:.0f}",
            f"{other.score:.1f}",
        )
        for other in item.alternatives
    ]
    body = (
        _card(item, document.requirements.users),
        heading(2, "The score, point by point"),
        _grades(item),
        heading(2, f"Memory for {tokens(item.context_length.used)} tokens"),
        memory_bars(f"Memory of {item.name}", item.memory),
        *_curve(item, document.context_curve),
        heading(2, "Evidence"),
        _evidence(item),
        heading(2, "Other files of it") if ladder else "",
        table("Other variants", ("File", "Download", "Memory", "Speed", "Quality", "Score"), ladder) if ladder else "",
        heading(2, "What would change the answer"),
        items(map(text, document.changes)),
        *_rest(item),
        _footing(document),
    )
    return f"Why {item.name}", "".join(body)


def _comparison(document: ComparisonDocument) -> tuple[str, str]:
    names = [item.name for item in document.models]
    title = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
    heads = [f"{item.name} {item.variant.quantization}" for item in document.models]
    rows = [
        (f"{row.name} (differs)" if len(set(row.cells)) > 1 else row.name, *row.cells)
        for row in rows_of(document.models)
    ]
    body = (
        heading(1, title),
        table("Side by side", ("", *heads), rows),
        _quality_plots(list(document.models), None),
        *(heading(2, item.name) + _grades(item) + memory_bars(f"Memory of {item.name}", item.memory)
          for item in document.models),
        _footing(document),
    )  # fmt: skip
    return title, "".join(body)


def _card(best: Recommendation, users: int) -> str:
    """What to run, and how: the part that is read first."""
    first = best.speed.time_to_first_token
    wait = f", first token after about {duration(first.value)}" if first else ""
    kept = f"keeps {percent(best.quality.retention.value)} of the full model's score"
    size = f"{parameters(best.parameters.total)} parameters, {gb(best.variant.bytes)}, with {best.runtime}"
    run = first_command(best.commands, users)
    inside = (
        heading(1, f"{best.name} {best.variant.quantization}"),
        paragraph(size, class_="quiet"),
        command(run, "run") if run else paragraph(f"No command is known for {best.runtime}."),
        command(best.commands.serve, "serve") if best.commands.serve and best.commands.serve != run else "",
        facts(
            (
                ("Speed", speed_with_range(felt(best.speed), felt_unit(best.speed)) + wait),
                (
                    "Quality",
                    f"{best.quality.value:.0f} of 100 ({best.quality.low:.0f}-{best.quality.high:.0f}), {kept}",
                ),
                ("Memory", gib(best.memory.total.value)),
                *([("Cost", cost_words(best.cost))] if best.cost is not None else []),
                ("License", f"{best.license.verdict}: {', '.join(best.license.effective) or 'unknown'}"),
                ("File", f"{best.variant.repo}: {', '.join(file.name for file in best.variant.files) or 'unknown'}"),
            )
        ),
    )
    return element("section", *inside, class_="card")


def _curve(item: Recommendation, points: Sequence[ContextPoint]) -> list[str]:
    """Memory against context, where it was asked for."""
    return [heading(2, "Memory against context"), context_curve(item.name, points)] if points else []


def _grades(item: Recommendation) -> str:
    rows = [
        (grade.criterion, f"{grade.grade:.3f}", f"{100 * grade.weight:.1f}", f"{grade.points:.2f}", grade.why)
        for grade in sorted(item.grades, key=lambda grade: -grade.points)
    ]
    total = ("score", "", "", f"{item.score:.2f}", "the sum of the points")
    return table(
        "Each criterion's part of the score", ("Criterion", "Grade", "Weight", "Points", "Why"), [*rows, total]
    )


def _quality_plots(shown: Sequence[Recommendation], best: Recommendation | None) -> str:
    """Quality against memory and against speed."""
    memory, fast = quality_points(shown, best)
    drawn = scatter("Quality against memory", memory, axis="memory in GiB", rising=False, limit=budget(shown))
    if fast:
        drawn += scatter("Quality against speed", fast, axis="tokens a second", rising=True, limit=None)
    return drawn


def _models(caption: str, shown: Sequence[Recommendation]) -> str:
    heads = ("Model", "File", "Download", "Memory", "Speed", "Quality", "Context", "License", "Better at")
    return table(
        caption,
        heads,
        [
            (
                item.name,
                item.variant.quantization,
                gb(item.variant.bytes),
                gib(item.memory.total.value),
                speed(felt(item.speed)),
                f"{item.quality.value:.0f}",
                tokens(item.context_length.native),
                f"{item.license.verdict}: {', '.join(item.license.effective) or 'unknown'}",
                ", ".join(item.best_at),
            )
            for item in shown
        ],
    )


def _evidence(item: Recommendation) -> str:
    rows = [
        (
            found.benchmark,
            f"{found.score:g}",
            f"{found.weight:.2f}",
            "others" if found.independent else "the publisher",
            found.date or "",
            found.source or "",
        )
        for found in item.quality.evidence
    ]
    if not rows:
        return paragraph("No published result of this very model: quality is inferred from size, date and kind.")
    return table("Published results", ("Benchmark", "Score", "Weight", "Run by", "Date", "Source"), rows)


def _rest(item: Recommendation) -> list[str]:
    """License and descent, findings."""
    duties = [f"{duty.text}{f' ({duty.clause})' if duty.clause else ''}" for duty in item.license.obligations]
    line = " < ".join((item.name, *item.lineage))
    parts = [
        heading(2, "License and descent"),
        paragraph(f"{item.license.verdict}: {', '.join(item.license.effective) or 'unknown'}. Not legal advice."),
        paragraph(line, class_="quiet") if item.lineage else "",
        items(map(text, duties)),
    ]
    findings = by_weight((*item.findings, *item.license.findings))
    if findings:
        parts += [heading(2, "Findings"), items(map(_finding, dict.fromkeys(findings)))]
    return parts


def _finding(found: Finding) -> str:
    kind, word = _WORDS[found.verdict]
    return element("span", word, class_=kind) + text(f": {found.message} [{found.rule}]")


def _footing(document: RecommendationDocument | ExplanationDocument | ComparisonDocument) -> str:
    words = f"Planned for {request_words(document.requirements)}. On {machine(document.hardware)}."
    stamp = document.catalog
    made = f"llmadvise {document.version}, catalog {stamp.version} of {stamp.as_of} ({stamp.digest[:19]})."
    limits = "Speeds and memory are estimates with a range, unless they say measured."
    return element("footer", paragraph(words), paragraph(f"{made} {limits}"))
