"""The pages about robustness hold the tables that benchmarks write."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("page", "name"), [("robustness.md", "fault"), ("robustness.md", "version"), ("fuzzing.md", "parser")]
)
def test_the_table_is_there_and_tells_of_nothing_that_did_not_hold(page: str, name: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    table = text.partition(f"<!-- {name} table -->\n")[2].partition(f"<!-- /{name} table -->")[0]
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("|")
    ]
    assert len(rows) > 5
    if name == "version":
        assert {row[0] for row in rows[2:]} >= {"3.11", "3.12", "3.13", "3.14"}
        assert {(row[2], row[3]) for row in rows[2:]} == {("8 of 8", "equal")}
    else:
        assert all(row[3 if name == "fault" else 4] in {"nothing", "none"} for row in rows[2:])
