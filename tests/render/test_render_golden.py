"""Every document in every format, as its reader sees it."""

from __future__ import annotations

import pytest
from golden_files import GOLDEN, matches
from rendered_documents import documents

from llmadvise.errors import UsageError
from llmadvise.render.formats import Format, render

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


@pytest.mark.parametrize("name", ["recommendation", "nothing-fits", "models", "fleet", "plan", "plan-layout"])
def test_markdown(name: str) -> None:
    matches(f"{name}.md", render(documents()[name], Format.MARKDOWN))


@pytest.mark.parametrize("name", ["models", "fleet"])
def test_csv(name: str) -> None:
    matches(f"{name}.csv", render(documents()[name], Format.CSV))


@pytest.mark.parametrize("form", [Format.MARKDOWN, Format.CSV])
def test_format_that_a_document_lacks(form: Format) -> None:
    with pytest.raises(UsageError, match=r"llmadvise\.error/1 cannot be written as"):
        render(documents()["error"], form)


@pytest.mark.parametrize("form", [Format.TEXT, Format.JSON, Format.MARKDOWN, Format.CSV, Format.HTML])
def test_no_golden_file_is_left_over(form: Format) -> None:
    endings = {
        Format.TEXT: ".txt",
        Format.JSON: ".json",
        Format.MARKDOWN: ".md",
        Format.CSV: ".csv",
        Format.HTML: ".html",
    }
    assert {path.stem for path in GOLDEN.glob(f"*{endings[form]}")} <= documents().keys()
