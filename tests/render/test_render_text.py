"""What holds for the text of every document, whatever it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum

import pytest
import rendered_advice as made
from rendered_documents import documents, explanation
from rich.cells import cell_len

from llmadvise.render.documents.models import models_document
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.formats import Format, render

HOSTILE = "\x1b[31m\x1b]0;owned\x07\u202egpj.exe\u2066\x9b2J\r\n\x00\u200b[red]|`\ud800"
CHOICES = {"rule", "criterion", "gpu", "host", "catalog", "output"}
"""Strings of closed sets, which cannot come from outside."""
SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")
NAMES = list(documents())
PAGES = [name for name in NAMES if name != "recipe"]
"""A recipe is a file for another program: it has no colours."""
COMMAND = made.first().commands.run


def poisoned(value: object) -> object:
    """Put hostile characters behind every outside string of a document."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return value if value in CHOICES else value + HOSTILE
    if isinstance(value, tuple):
        return tuple(poisoned(item) for item in value)
    if isinstance(value, dict):
        return {poisoned(key): poisoned(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        kept = {"schema"}
        return replace(
            value, **{each.name: poisoned(getattr(value, each.name)) for each in fields(value) if each.name not in kept}
        )
    return value


def texts(document: object, *, colour: bool = False, unicode: bool = True) -> Iterator[tuple[int, str]]:
    for width in (20, 45, 60, 80, 100, 200):
        yield width, render(document, Format.TEXT, width=width, colour=colour, unicode=unicode)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", [Format.TEXT, Format.JSON])
def test_same_input_same_bytes(name: str, form: Format) -> None:
    assert render(documents()[name], form) == render(documents()[name], form)


@pytest.mark.parametrize("name", PAGES)
def test_colour_adds_only_sixteen_colour_sequences(name: str) -> None:
    document = documents()[name]
    coloured = render(document, Format.TEXT, colour=True)
    assert "\x1b[" in coloured
    assert "38;" not in coloured
    assert "48;" not in coloured
    assert SEQUENCE.sub("", coloured) == render(document, Format.TEXT)


@pytest.mark.parametrize("name", NAMES)
def test_without_colour_there_is_no_escape(name: str) -> None:
    assert all("\x1b" not in text for _, text in texts(documents()[name]))


@pytest.mark.parametrize("name", NAMES)
def test_without_unicode_everything_is_ascii(name: str) -> None:
    assert all(text.isascii() for _, text in texts(documents()[name], unicode=False))


@pytest.mark.parametrize("name", NAMES)
def test_only_commands_are_wider_than_the_page(name: str) -> None:
    for width, text in texts(documents()[name]):
        wide = [line for line in text.splitlines() if cell_len(line) > width]
        assert all(line.startswith(("llama-", "hf ", "ray ", "/", "llmadvise ", "LLAMA_")) for line in wide), wide


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("colour", [False, True])
def test_hostile_text_never_reaches_the_terminal(name: str, colour: bool) -> None:
    document = poisoned(documents()[name])
    for _, text in texts(document, colour=colour):
        rest = SEQUENCE.sub("", text) if colour else text
        assert all(character.isprintable() or character == "\n" for character in rest)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_text_is_escaped_in_json(name: str) -> None:
    text = render(poisoned(documents()[name]), Format.JSON)
    assert all(" " <= character <= "~" or character == "\n" for character in text)


@pytest.mark.parametrize("name", ["recommendation", "models"])
def test_hostile_text_is_escaped_in_markdown(name: str) -> None:
    text = render(poisoned(documents()[name]), Format.MARKDOWN)
    assert all(character.isprintable() or character == "\n" for character in text)


def test_a_name_cannot_break_out_of_a_markdown_cell_or_fence(recommendation: RecommendationDocument) -> None:
    best, other = recommendation.recommendations
    best = replace(best, commands=replace(best.commands, run="echo ```"))
    other = replace(other, name="a|b `c` <script> [d](e) **f**")
    lines = render(replace(recommendation, recommendations=(best, other)), Format.MARKDOWN).splitlines()
    assert "````sh" in lines
    assert any(line.startswith(r"| a\|b \`c\` \<script\> \[d\](e) \*\*f\*\* |") for line in lines)


def test_a_name_cannot_begin_a_formula_in_a_spreadsheet() -> None:
    models = models_document([replace(made.first().model, name='=HYPERLINK("x")')], version=made.VERSION)
    assert '"\'=HYPERLINK(""x"")"' in render(models, Format.CSV)


@pytest.mark.parametrize("width", [20, 45, 80, 200])
@pytest.mark.parametrize("colour", [False, True])
def test_the_command_stands_alone_unwrapped_and_unindented(
    recommendation: RecommendationDocument, width: int, colour: bool
) -> None:
    text = render(recommendation, Format.TEXT, width=width, colour=colour)
    assert COMMAND in SEQUENCE.sub("", text).splitlines()


@pytest.mark.parametrize("unicode", [False, True])
def test_a_long_name_is_cut_in_the_table(recommendation: RecommendationDocument, unicode: bool) -> None:
    best, other = recommendation.recommendations
    other = replace(other, name="千问" * 40)
    document = replace(recommendation, recommendations=(best, other))
    text = render(document, Format.TEXT, width=200, unicode=unicode)
    assert ("千问" * 7 + "千…" if unicode else "\\u5343\\u95ee" * 2 + "\\u534...") in text


def test_the_model_comes_first_and_its_command_before_the_reasons(recommendation: RecommendationDocument) -> None:
    text = render(recommendation, Format.TEXT)
    assert text.startswith("Qwen3 14B")
    assert text.index(str(COMMAND)) < text.index("Why: ")


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_answer_fits_a_screen(recommendation: RecommendationDocument, width: int) -> None:
    assert len(render(recommendation, Format.TEXT, width=width).splitlines()) <= 40


def test_the_points_of_an_explanation_add_up_as_printed() -> None:
    text = render(explanation(), Format.TEXT, width=200)
    table = text[text.index("CRITERION") : text.index("points of 100")].splitlines()[1:]
    *points, total = [line.split() for line in table]
    assert sum(round(float(row[3]) * 10) for row in points) == round(float(total[2]) * 10)
