"""Markdown for issues and chats: the advice with its command in a fence, and the list of models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.documents.models import ModelsDocument
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.figures import gb, gib, parameters, speed, speed_with_range, tokens
from llmadvise.render.formats import Format, no_such_format
from llmadvise.render.sanitize import clean

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#~"})


def markdown(document: object) -> str:
    """Write an advice or a list of models. Raises UsageError for any other document."""
    match document:
        case RecommendationDocument():
            lines = _advice(document)
        case ModelsDocument():
            lines = _models(document)
        case _:
            raise no_such_format(document, Format.MARKDOWN, "the recommendation and the list of models")
    return "\n".join(lines) + "\n"


def _advice(document: RecommendationDocument) -> list[str]:
    if not document.recommendations:
        return ["**Nothing fits these requirements.**", "", *_items(map(_text, document.relaxations))]
    best, *ranked = document.recommendations
    others = [*ranked, *document.specialists]
    file = f"{_text(best.variant.quantization)}, {gb(best.variant.bytes)}, with {_text(best.runtime)}"
    lines = [f"**{_text(best.name)}** {file}", ""]
    command = best.commands.run or best.commands.serve or best.commands.pull
    if command is not None:
        lines += [*_fenced(clean(command)), ""]
    context = tokens(best.context_length.used)
    verdict = f"{_text(best.license.verdict)} ({_text(', '.join(best.license.effective))})"
    lines += _items(
        [f"{_text(grade.criterion)}: {_text(grade.why)}" for grade in best.grades]
        + [
            f"memory: {gib(best.memory.total.value)} for {context} tokens",
            f"speed: {speed_with_range(best.speed.decode, 'tokens/s')}",
            f"license: {verdict}",
        ]
    )
    if others:
        lines += ["", *_table(("Or instead", "File", "Memory", "Speed", "Quality", "License"), map(_other, others))]
    if document.bigger is not None:
        lines += ["", f"Why not bigger? {_text(document.bigger.message)}"]
    return [*lines, "", f"llmadvise {_text(document.version)}, catalog of {_text(document.catalog.as_of)}"]


def _other(other: Recommendation) -> tuple[str, ...]:
    return (
        _text(other.name),
        _text(other.variant.quantization),
        gib(other.memory.total.value),
        _text(speed(other.speed.decode)),
        f"{other.quality.value:.0f}",
        f"{_text(other.license.verdict)}: {_text(', '.join(other.license.effective))}",
    )


def _models(document: ModelsDocument) -> list[str]:
    rows = (
        (
            _text(model.id),
            model.role.value,
            parameters(model.parameters.total),
            tokens(model.context_length),
            _text(model.license or "none declared"),
            _text(", ".join(model.formats)),
        )
        for model in document.models
    )
    return _table(("Model", "Role", "Parameters", "Context", "License", "Formats"), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
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


def _text(text: str) -> str:
    return clean(text).translate(_SPECIAL)
