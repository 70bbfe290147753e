"""Markdown for issues and chats: the advice with its command in a fence, and the list of models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.documents.check import CheckDocument
from llmadvise.render.documents.fleet import FleetDocument
from llmadvise.render.documents.models import LineageDocument, ModelDocument, ModelsDocument
from llmadvise.render.documents.plan import PlanDocument
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.figures import felt, felt_unit, gb, gib, parameters, speed, speed_with_range, tokens
from llmadvise.render.formats import Format, no_such_format
from llmadvise.render.prices import cost_words
from llmadvise.render.sanitize import clean

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#~"})


def markdown(document: object) -> str:
    """Write an advice, models, a lineage or a check. Raises UsageError for any other document."""
    match document:
        case RecommendationDocument():
            lines = _advice(document)
        case FleetDocument():
            from llmadvise.render.fleet import fleet_markdown  # noqa: PLC0415 - it sets its tables with this module

            lines = fleet_markdown(document)
        case ModelsDocument():
            lines = _models(document)
        case ModelDocument():
            from llmadvise.render.entries import entry_markdown  # noqa: PLC0415 - it sets its tables with this module

            lines = entry_markdown(document)
        case LineageDocument():
            from llmadvise.render.entries import lineage_markdown  # noqa: PLC0415 - see above

            lines = lineage_markdown(document)
        case CheckDocument():
            from llmadvise.render.check.markdown import check_lines  # noqa: PLC0415 - it sets its tables with this module

            lines = check_lines(document)
        case PlanDocument():
            from llmadvise.render.plan_markdown import plan_lines  # noqa: PLC0415 - it sets its tables with this module

            lines = plan_lines(document)
        case _:
            raise no_such_format(
                document,
                Format.MARKDOWN,
                "the recommendation, the fleet, plans, models, lineage and the check",
            )
    return "\n".join(lines) + "\n"


def _advice(document: RecommendationDocument) -> list[str]:
    if not document.recommendations:
        return ["**Nothing fits these requirements.**", "", *_items(map(escaped, document.relaxations))]
    best, *ranked = document.recommendations
    others = [*ranked, *document.specialists]
    file = f"{escaped(best.variant.quantization)}, {gb(best.variant.bytes)}, with {escaped(best.runtime)}"
    lines = [f"**{escaped(best.name)}** {file}", ""]
    command = best.commands.run or best.commands.serve or best.commands.pull
    if command is not None:
        lines += [*_fenced(clean(command)), ""]
    context = tokens(best.context_length.used)
    verdict = f"{escaped(best.license.verdict)} ({escaped(', '.join(best.license.effective))})"
    lines += _items(
        [f"{escaped(grade.criterion)}: {escaped(grade.why)}" for grade in best.grades]
        + [
            f"memory: {gib(best.memory.total.value)} for {context} tokens",
            f"speed: {speed_with_range(felt(best.speed), felt_unit(best.speed))}",
            f"license: {verdict}",
            *([f"cost: {escaped(cost_words(best.cost))}"] if best.cost is not None else []),
        ]
    )
    if others:
        lines += ["", *table(("Or instead", "File", "Memory", "Speed", "Quality", "License"), map(_other, others))]
    if document.bigger is not None:
        lines += ["", f"Why not bigger? {escaped(document.bigger.message)}"]
    return [*lines, "", f"llmadvise {escaped(document.version)}, catalog of {escaped(document.catalog.as_of)}"]


def _other(other: Recommendation) -> tuple[str, ...]:
    return (
        escaped(other.name),
        escaped(other.variant.quantization),
        gib(other.memory.total.value),
        escaped(speed(felt(other.speed))),
        f"{other.quality.value:.0f}",
        f"{escaped(other.license.verdict)}: {escaped(', '.join(other.license.effective))}",
    )


def _models(document: ModelsDocument) -> list[str]:
    rows = (
        (
            escaped(model.id),
            model.role.value,
            parameters(model.parameters.total),
            tokens(model.context_length),
            escaped(model.license or "none declared"),
            escaped(", ".join(model.formats)),
        )
        for model in document.models
    )
    return table(("Model", "Role", "Parameters", "Context", "License", "Formats"), rows)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of cells that are Markdown already."""
    return [
        f"| {' | '.join(header)} |",
        f"|{' --- |' * len(header)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _items(texts: Iterable[str]) -> list[str]:
    return [f"- {text}" for text in texts]


def _fenced(command: str) -> list[str]:
    fence = "```"
    while fence in command:
        fence += "`"
    return [f"{fence}sh", command, fence]


def escaped(text: str) -> str:
    """Outside text without the power to format."""
    return clean(text).translate(_SPECIAL)
