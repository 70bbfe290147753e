"""The advice as Markdown: the command in a fence, the figures, why, and what else there is."""

from __future__ import annotations

from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.figures import felt, felt_unit, gb, gib, percent, speed, speed_with_range, tokens
from llmadvise.render.first_command import first_command
from llmadvise.render.markdown.syntax import escaped, fenced, footing, items, stamp, table
from llmadvise.render.prices import cost_words


def lines(document: RecommendationDocument) -> list[str]:
    """The lines of the page."""
    if not document.recommendations:
        return ["**Nothing fits these requirements.**", "", *items(map(escaped, document.relaxations)), *_end(document)]
    best, *ranked = document.recommendations
    others = [*ranked, *document.specialists]
    file = f"{escaped(best.variant.quantization)}, {gb(best.variant.bytes)}, with {escaped(best.runtime)}"
    page = [f"**{escaped(best.name)}** {file}", ""]
    command = first_command(best.commands, document.requirements.users)
    if command is not None:
        page += [*fenced(command), ""]
    page += [*figures(best), "", f"Why: {best.score:.0f} of 100 points", ""]
    page += items(f"{escaped(grade.criterion)}: {escaped(grade.why)}" for grade in best.grades)
    if others:
        page += ["", *table(("Or instead", "File", "Memory", "Speed", "Quality", "License"), map(_other, others))]
    if document.bigger is not None:
        page += ["", f"Why not bigger? {escaped(document.bigger.message)}"]
    return [*page, *_end(document)]


def _end(document: RecommendationDocument) -> list[str]:
    told = footing(document.hardware, document.requirements)
    return ["", *told, stamp(document.version, document.catalog.as_of)]


def figures(judged: Recommendation) -> list[str]:
    """Memory, speed, quality, license and cost as a list."""
    quality = judged.quality
    kept = f"keeps {percent(quality.retention.value)} of the full model's score"
    said = [
        f"Memory: {gib(judged.memory.total.value)} for {tokens(judged.context_length.used)} tokens",
        f"Speed: {escaped(speed_with_range(felt(judged.speed), felt_unit(judged.speed)))}",
        f"Quality: {quality.value:.0f} of 100 ({quality.low:.0f}-{quality.high:.0f}), {kept}",
        f"License: {escaped(judged.license.verdict)} ({escaped(', '.join(judged.license.effective))})",
    ]
    return items([*said, *([f"Cost: {escaped(cost_words(judged.cost))}"] if judged.cost is not None else [])])


def _other(other: Recommendation) -> tuple[str, ...]:
    return (
        escaped(other.name),
        escaped(other.variant.quantization),
        gib(other.memory.total.value),
        escaped(speed(felt(other.speed))),
        f"{other.quality.value:.0f}",
        f"{escaped(other.license.verdict)}: {escaped(', '.join(other.license.effective))}",
    )
