"""Sizes and lengths as people write them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.errors import UsageError
from llmadvise.units import GIB, KIB, MIB, parse_bytes, parse_tokens


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("24GiB", 24 * GIB), ("24 gib", 24 * GIB), ("64GB", 64 * 10**9), ("8g", 8 * GIB), ("512MiB", 512 * MIB),
        ("512 MB", 512 * 10**6), ("4k", 4 * KIB), ("1.5GiB", 3 * GIB // 2), ("1T", 1 << 40), ("1000", 1000),
        ("1000 b", 1000), (" 2 GiB ", 2 * GIB),
    ],
)  # fmt: skip
def test_bytes(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "length"),
    [("8192", 8192), ("32k", 32768), ("32K", 32768), ("1m", 1 << 20), ("0.5k", 512), (" 4 k ", 4096)],
)
def test_tokens(text: str, length: int) -> None:
    assert parse_tokens(text) == length


@pytest.mark.parametrize(
    "text",
    ["", "GiB", "-1", "0", "0.0k", "1e3", "12 parsecs", "1,5GiB", "1 2", "0x10", "nan", "inf", "1..2", "9" * 16],
)
@pytest.mark.parametrize("parse", [parse_bytes, parse_tokens])
def test_nonsense(text: str, parse: object) -> None:
    assert callable(parse)
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.hint


def test_beyond_all_machines() -> None:
    with pytest.raises(UsageError):
        parse_bytes("999999999TiB")


@given(st.text(max_size=40))
def test_any_text_is_a_size_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):
        assert 0 < parse_bytes(text) <= 1 << 60


@given(st.integers(1, 1 << 40))
def test_a_plain_number_is_itself(number: int) -> None:
    assert parse_bytes(str(number)) == number
    assert parse_tokens(str(number)) == number
