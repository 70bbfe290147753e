"""Outside text on its way to a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.render.cells import cells, shorten
from llmadvise.render.sanitize import clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Qwen3-14B", "Qwen3-14B"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("\u2066\u200b\ufeff", r"\u2066\u200b\ufeff"),
        ("\u2028\ud800", r"\u2028\ud800"),
        ("a\u00a0b\u3000c", "a b c"),
        ("通义千问 é", "通义千问 é"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a · b…", "a - b..."), ("2 \u00d7 3 ≥ 5", "2 x 3 >= 5"), ("é千", r"\xe9\u5343"), ("\x1b", r"\x1b")],
)
def test_ascii(text: str, shown: str) -> None:
    assert clean(text, unicode=False) == shown


@given(st.text(), st.booleans())
def test_clean_text_is_printable_and_stays_as_it_is(text: str, unicode: bool) -> None:
    shown = clean(text, unicode=unicode)
    assert shown.isprintable()
    assert unicode or shown.isascii()
    assert clean(shown, unicode=unicode) == shown


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("Qwen3", 5, "Qwen3"),
        ("Qwen3-14B", 6, "Qwen3…"),
        ("千问千问", 4, "千…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("abc", 0, ""),
    ],
)
def test_shorten(text: str, width: int, shown: str) -> None:
    assert shorten(text, width) == shown


@given(st.text(), st.integers(min_value=0, max_value=40), st.booleans())
def test_shortened_text_is_never_wider_than_asked(text: str, width: int, unicode: bool) -> None:
    assert cells(shorten(clean(text, unicode=unicode), width, unicode=unicode)) <= width
