"""The page about performance holds the tables of growth, and they keep what the page promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "performance.md").read_text(encoding="utf-8")


def rows(part: str) -> list[list[str]]:
    """The cells of a table's rows, without its head."""
    table = TEXT.partition(f"<!-- growth of {part} -->\n")[2].partition(f"<!-- /growth of {part} -->")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def number(cell: str) -> float:
    """The number that a cell begins with."""
    found = re.match(r"[\d,.]+", cell)
    assert found, cell
    return float(found[0].replace(",", ""))


@pytest.mark.parametrize(("part", "most"), [("fleet", 100_000), ("checkout", 10_000)])
def test_a_larger_one_takes_no_more_for_each_of_its_parts(part: str, most: int) -> None:
    sizes = [number(row[0]) for row in rows(part)]
    each = [number(row[1]) for row in rows(part)]
    assert sizes[-1] == most
    assert sizes == sorted(sizes)
    assert each == sorted(each, reverse=True)


def test_cost_grows_less_than_the_catalog() -> None:
    entries = sorted({number(row[0]) for row in rows("catalog")})
    assert entries[1:] == [10 * entries[0], 100 * entries[0]]
    for row in rows("catalog"):
        times = number(row[0]) / entries[0]
        assert times == 1 or number(row[3]) < times, row


def test_no_completion_takes_50_ms() -> None:
    times = [number(cell) for row in rows("completion") for cell in row[1:] if cell.endswith(" ms")]
    assert len(times) > 10
    assert max(times) < 50
