"""Entries as YAML: what is written is read back as it was, and harms neither a terminal nor a reader."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.catalog.write import entry_yaml
from llmadvise.domain.draft import DraftContext, DraftModel, DraftParameters
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import DeclaredLicense
from llmadvise.errors import InvalidFileError
from llmadvise.strict_yaml.read import parse_document


def written(name: str, *notes: str, said: str = "nothing") -> str:
    return entry_yaml(
        DraftModel(
            id="org/model", repo="org/model", name=name, org="org", family=None, role=None,
            parameters=DraftParameters(), context_length=DraftContext(), license=DeclaredLicense(declared=None),
            notes=notes, findings=(Finding(rule="x", verdict=Verdict.WARN, message=said),),
        )
    )  # fmt: skip


HOSTILE = [
    "\x1b[2J\x1b]0;x\x07", "\x9b31m", "\u202egnp.exe", "a\u2028b", "a\x85b", "a\nrole: base", "# no", "a: b", "- a", "&a", "*a",
    "!!python/object/apply:os.system", "'", '"', "\\", "yes", "NULL", "12", "1.5", "0x1f", "12:30", "", " ", "a #b", "a:",
    "\ud800", "\U0001f600 \U000e0041", "{a: 1}", "[a]", "%TAG", "---", "a\u00a0b", "é",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_cannot_be_seen_is_written(text: str) -> None:
    for out in (written(text), written("x", text), written("x", said=text)):
        assert all(line.isprintable() for line in out.split("\n"))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    read = yaml.safe_load(written(text, text))
    assert (read["name"], read["notes"], read["repo"]) == (text, [text], "org/model")


@pytest.mark.parametrize("text", [item for item in HOSTILE if item.isprintable()])
def test_the_strict_reader_takes_plain_text_as_it_was(text: str) -> None:
    assert parse_document(written(text, text), "x.yaml").values["name"] == text


def test_what_would_harm_is_refused_when_it_is_read() -> None:
    with pytest.raises(InvalidFileError, match=r"x\.yaml:3: the character '\\u202e' is not allowed"):
        parse_document(written("\u202egnp"), "x.yaml")
