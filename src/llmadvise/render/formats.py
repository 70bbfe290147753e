"""The one door of the renderer: a document and a format in, text out. One line a format says who writes it, and what of."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from llmadvise.errors import UsageError
from llmadvise.render.encode import to_json
from llmadvise.render.sanitize import clean

if TYPE_CHECKING:
    from llmadvise.render.page import Page

_JUDGED: Final = ("comparison", "explanation", "recommendation")
_TABLES: Final = ("fleet", "lineage", "model", "models")


class Format(StrEnum):
    """How a result is written.

    A member is the word that asks for it, the module of `llmadvise.render` whose `write` takes a document and returns its
    text, and the documents that come so, named as in `llmadvise.<name>/1`. Every document comes as text and as JSON.
    """

    module: str
    documents: tuple[str, ...]

    def __new__(cls, word: str, module: str = "", documents: tuple[str, ...] = ()) -> Self:
        """Make a member whose value is the word alone."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.module, member.documents = module, documents
        return member

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown", "markdown.documents", (*_JUDGED, *_TABLES, "check", "plan")
    CSV = "csv", "comma_separated", _TABLES
    HTML = "html", "html.report", _JUDGED
    SARIF = "sarif", "check.sarif", ("check",)
    JUNIT = "junit", "check.junit", ("check",)
    GITHUB = "github", "check.github", ("check",)
    GITLAB = "gitlab", "check.gitlab", ("check",)
    CYCLONEDX = "cyclonedx", "check.cyclonedx", ("check",)
    SPDX = "spdx", "check.spdx", ("check",)
    NOTICE = "notice", "check.notice", ("check",)


DEFAULT_WIDTH: Final = 80
CHARTS: Final = ("pareto", "speed", "memory", "context")
"""Pictures that text can end with: quality against memory, against speed, memory by device, memory against context."""


def formats_of(*names: str) -> tuple[Format, ...]:
    """The formats in which any of the documents of these names comes."""
    return tuple(form for form in Format if not form.documents or not set(names).isdisjoint(form.documents))


def check_format(form: Format, *names: str) -> None:
    """Raise UsageError where none of the documents of these names comes in that format."""
    if form not in formats_of(*names):
        hint = f"It comes as {', '.join(formats_of(*names))}. As {form.value} there are: {', '.join(form.documents)}."
        raise UsageError(f"llmadvise.{names[0]}/1 cannot be written as {form.value}", hint)


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
    if form is Format.TEXT:
        return _text(document, charts, width=width, colour=colour, unicode=unicode)
    check_format(form, _name(document))
    from importlib import import_module  # noqa: PLC0415 - neither text nor JSON needs it

    return str(import_module(f"llmadvise.render.{form.module}").write(document))


def _name(document: object) -> str:
    """The name in its `schema`; the name of its type where there is none."""
    schema = str(getattr(document, "schema", type(document).__name__))
    return schema.removeprefix("llmadvise.").partition("/")[0]


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
