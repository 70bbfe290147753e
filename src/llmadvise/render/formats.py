"""The one door of the renderer: a document and a format in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from llmadvise.errors import UsageError
from llmadvise.render.encode import to_json
from llmadvise.render.sanitize import clean

if TYPE_CHECKING:
    from llmadvise.render.page import Page


class Format(StrEnum):
    """How a result is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"
    HTML = "html"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    GITLAB = "gitlab"
    CYCLONEDX = "cyclonedx"
    SPDX = "spdx"
    NOTICE = "notice"


DEFAULT_WIDTH: Final = 80
CHARTS: Final = ("pareto", "speed", "memory", "context")
"""Pictures that text can end with: quality against memory, against speed, memory by device, memory against context."""


def render(
    document: object,
    form: Format,
    *,
    width: int = DEFAULT_WIDTH,
    colour: bool = False,
    unicode: bool = True,
    charts: Sequence[str] = (),
) -> str:
    """Write a document in a format; width, colour, unicode and charts (of CHARTS) count for text alone.

    Raises UsageError for a document that does not come in that format.
    """
    # What each format needs is imported when it is asked for: rich costs more than a whole JSON answer.
    if form is Format.JSON:
        return to_json(document)
    if form is Format.MARKDOWN:
        from llmadvise.render.markdown import markdown  # noqa: PLC0415

        return markdown(document)
    if form is Format.CSV:
        from llmadvise.render.comma_separated import comma_separated  # noqa: PLC0415

        return comma_separated(document)
    if form is Format.HTML:
        from llmadvise.render.html.report import html  # noqa: PLC0415

        return html(document)
    if form is not Format.TEXT:
        from llmadvise.render.check.dispatch import check_in  # noqa: PLC0415

        return check_in(document, form)
    return _text(document, charts, width=width, colour=colour, unicode=unicode)


def _text(document: object, charts: Sequence[str], *, width: int, colour: bool, unicode: bool) -> str:
    verbatim = getattr(document, "verbatim", None)
    if isinstance(verbatim, str):
        # A file for another program: not a letter of it changes, unless somebody put one there that cannot be seen.
        return "\n".join(map(clean, verbatim.split("\n")))
    from llmadvise.render.page import Page  # noqa: PLC0415

    page = Page(width=width, colour=colour, unicode=unicode)
    _write(page, document, charts)
    return page.text()


def _write(page: Page, document: object, charts: Sequence[str]) -> None:
    from llmadvise.render.text.dispatch import write  # noqa: PLC0415

    write(page, document)
    if charts:
        from llmadvise.render.text.charts import write_charts  # noqa: PLC0415

        write_charts(page, document, charts)


def no_such_format(document: object, form: Format, known: str) -> UsageError:
    """Say that a document does not come in a format, and which do."""
    name = str(getattr(document, "schema", type(document).__name__))
    return UsageError(f"{name} cannot be written as {form.value}", f"As {form.value} there are: {known}.")
