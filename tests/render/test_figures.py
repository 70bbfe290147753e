"""Numbers as printed, on values worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.estimate import Basis, Estimate
from llmadvise.render import figures
from llmadvise.units import GIB, MIB


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "unknown"), (0, "0.0 GiB"), (38 * MIB, "38 MiB"), (GIB, "1.0 GiB"), (round(9.94 * GIB), "9.9 GiB")],
)
def test_gib(value: int | None, text: str) -> None:
    assert figures.gib(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "unknown"), (380_000_000, "0.4 GB"), (9_000_000_000, "9.0 GB"), (22_000_000, "22 MB")]
)
def test_gb(value: int | None, text: str) -> None:
    assert figures.gb(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unknown"),
        (512, "512"),
        (16384, "16k"),
        (40960, "40k"),
        (32000, "32,000"),
        (1 << 20, "1M"),
        (1 << 18, "256k"),
    ],
)
def test_tokens(value: int | None, text: str) -> None:
    assert figures.tokens(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.456, "0.46"),
        (3.14, "3.1"),
        (9.96, "10"),
        (31.4, "31"),
        (99.6, "100"),
        (1234, "1,200"),
        (2.0, "2.0"),
    ],
)
def test_two_digits(value: float, text: str) -> None:
    assert figures.two_digits(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(494_000_000, "494M"), (14_800_000_000, "14.8B"), (1_040_000_000_000, "1.04T"), (900, "900")]
)
def test_parameters(value: int, text: str) -> None:
    assert figures.parameters(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.434, "0.43 s"), (90, "1.5 min"), (7200, "2.0 h"), (None, "unknown")])
def test_duration(value: float | None, text: str) -> None:
    assert figures.duration(value) == text


@pytest.mark.parametrize(("basis", "text"), [(Basis.MEASURED, "31 t/s (20-42)"), (Basis.COMPUTED, "~31 t/s (20-42)")])
def test_only_what_was_not_measured_is_approximate(basis: Basis, text: str) -> None:
    assert figures.speed_with_range(Estimate(value=31.4, low=20.41, high=42.4, basis=basis)) == text


@given(st.lists(st.floats(min_value=0, max_value=40), min_size=1, max_size=12))
def test_printed_parts_add_up_to_the_printed_total(parts: list[float]) -> None:
    total = sum(parts)
    printed = figures.adding_up(parts, total)
    assert sum(round(float(part) * 10) for part in printed) == round(total * 10)
    assert all(abs(float(part) - exact) < 0.1 + 1e-9 for part, exact in zip(printed, parts, strict=True))


def test_parts_that_do_not_add_up_are_not_bent() -> None:
    assert figures.adding_up([1.04, 2.04], 9.0) == ["1.0", "2.0"]
