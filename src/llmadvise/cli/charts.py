"""`--chart`: pictures below an answer in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from llmadvise.errors import UsageError
from llmadvise.render.formats import CHARTS, Format

ChartOption = Annotated[
    list[str] | None,
    typer.Option(
        "--chart",
        help=f"Pictures below the answer: {', '.join(CHARTS)}, all (repeatable).",
        rich_help_panel="Output",
    ),
]


def charts_named(asked: list[str] | None, form: Format) -> tuple[str, ...]:
    """The charts of these names, each once, in their own order. Raises UsageError for an unknown one, or another format."""
    names = {word.strip().lower() for text in asked or () for word in text.split(",") if word.strip()}
    unknown = sorted(names - {*CHARTS, "all"})
    if unknown:
        raise UsageError(f"unknown chart {unknown[0][:40]!r}", f"Known ones: {', '.join(CHARTS)}, all.")
    if names and form not in {Format.TEXT, Format.HTML}:
        raise UsageError(f"--chart draws in the terminal, not in {form.value}", "Leave it, or leave the format.")
    return CHARTS if "all" in names else tuple(name for name in CHARTS if name in names)
