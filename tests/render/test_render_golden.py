"""Every document in every format, as its reader sees it."""

from __future__ import annotations

import pytest
from golden_files import GOLDEN, ending, matches
from rendered_documents import documents

from llmadvise.errors import UsageError
from llmadvise.render.documents.registry import DOCUMENTS
from llmadvise.render.formats import Format, formats_of, render

MODES = (
    ("80 columns", 80, False, True),
    ("200 columns", 200, False, True),
    ("45 columns", 45, False, True),
    ("80 columns, colour", 80, True, True),
    ("80 columns, ASCII", 80, False, False),
)


def side_by_side(document: object) -> str:
    """Set the text of all modes under each other; escape characters become visible."""
    parts = [
        f"═══ {title} ═══\n{render(document, Format.TEXT, width=width, colour=colour, unicode=unicode)}"
        for title, width, colour, unicode in MODES
    ]
    return "\n".join(parts).replace("\x1b", "␛")


@pytest.mark.parametrize("name", documents())
def test_text(name: str) -> None:
    matches(f"{name}.txt", side_by_side(documents()[name]))


@pytest.mark.parametrize("name", documents())
def test_json(name: str) -> None:
    matches(f"{name}.json", render(documents()[name], Format.JSON))


def coming() -> list[tuple[str, Format]]:
    """Every document in every format that it comes in, beside text and JSON."""
    return [
        (name, form)
        for name, document in documents().items()
        for form in Format
        if str(getattr(document, "schema", "")).removeprefix("llmadvise.").removesuffix("/1") in form.documents
    ]


@pytest.mark.parametrize(("name", "form"), coming())
def test_other_formats(name: str, form: Format) -> None:
    matches(f"{name}.{ending(form)}", render(documents()[name], form))


def test_every_format_names_documents_that_there_are() -> None:
    for form in Format:
        assert set(form.documents) <= set(DOCUMENTS)
        assert form in formats_of(*form.documents)
    assert set(Format) == {form for _, form in coming()} | {Format.TEXT, Format.JSON}
    assert formats_of("doctor") == (Format.TEXT, Format.JSON)


@pytest.mark.parametrize("form", [form for form in Format if form.documents])
def test_format_that_a_document_lacks(form: Format) -> None:
    with pytest.raises(UsageError, match=r"llmadvise\.error/1 cannot be written as") as caught:
        render(documents()["error"], form)
    assert caught.value.hint == f"It comes as text, json. As {form.value} there are: {', '.join(form.documents)}."


def test_no_golden_file_is_left_over() -> None:
    written = {f"{name}.{ending(form)}" for name, form in coming()}
    written |= {f"{name}.{kind}" for name in documents() for kind in ("txt", "json", "chart")}
    assert {path.name for path in GOLDEN.iterdir() if path.is_file()} <= written
