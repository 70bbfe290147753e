"""A table gives the answer of the same machines as lines; where DuckDB is not installed these are left out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fleet_data import FLEET, GIB, machine

from llmadvise.api.fleet import FleetAdvised, advise_fleet
from llmadvise.api.fleet_table import advise_table
from llmadvise.api.request import Request
from llmadvise.domain.fleet import Fleet, Place
from llmadvise.errors import InvalidFileError
from llmadvise.probe.fleet import rounded_down

duckdb = pytest.importorskip("duckdb", reason="the extra llmadvise[fleet] is not installed")
MIXED = [
    *FLEET,
    machine(61, "RTX 4090", memory={"total_bytes": 61 * GIB + 12345, "available_bytes": 55 * GIB + 99}),
    machine(32, gpus=[{"name": "NVIDIA GeForce RTX 3090", "free_bytes": 22 * GIB + 7, "memory_bytes": 24 * GIB}]),
    machine(24, platform="macos", gpus=[{"name": "Apple M4 Pro 20-core GPU 24 GB", "unified": True}]),
]


def told(answer: FleetAdvised) -> Fleet:
    """The answer without the places of examples, which are numbers of kinds in a table."""
    nowhere = Place(file="", line=0)
    groups = sorted((replace(group, example=nowhere) for group in answer.fleet.groups), key=repr)
    return replace(answer.fleet, groups=tuple(groups))


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    file = tmp_path / "mixed.jsonl"
    file.write_text("".join(f"{json.dumps(item)}\n" for item in MIXED), encoding="utf-8")
    return file


def test_json_lines_by_duckdb(lines: Path) -> None:
    assert told(advise_table(Request(), str(lines), workers=1)) == told(advise_fleet(Request(), str(lines), workers=1))


def test_parquet(lines: Path, tmp_path: Path) -> None:
    parquet = tmp_path / "mixed.parquet"
    duckdb.read_json(str(lines)).write_parquet(str(parquet))
    expected = told(advise_fleet(Request(), str(lines), workers=1))
    assert told(advise_table(Request(), str(parquet), workers=1)) == expected


def test_a_frame_of_polars(lines: Path) -> None:
    polars: Any = pytest.importorskip("polars")
    expected = told(advise_fleet(Request(), str(lines), workers=1))
    assert told(advise_table(Request(), polars.read_ndjson(lines), workers=1)) == expected


def test_a_table_of_arrow(lines: Path) -> None:
    pyarrow: Any = pytest.importorskip("pyarrow.json")
    expected = told(advise_fleet(Request(), str(lines), workers=1))
    assert told(advise_table(Request(), pyarrow.read_json(lines), workers=1)) == expected


@pytest.mark.parametrize("bits", [5, 6])
def test_sql_rounds_as_python_does(bits: int) -> None:
    from llmadvise.api.fleet_table import _rounded  # noqa: PLC0415 - not before DuckDB is known to be there

    for size in (0, 1, 31, 32, 63, 64, 65, 12345, 24 * GIB - 1, 24 * GIB, (1 << 60) - 1):
        [(found,)] = duckdb.sql(f"SELECT {_rounded(str(size), bits)}").fetchall()
        assert found == rounded_down(size, bits)


def test_a_table_without_platforms_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "odd.json"
    file.write_text('{"name": "it\'s"}', encoding="utf-8")
    with pytest.raises(InvalidFileError, match="platform"):
        advise_table(Request(), str(file), workers=1)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="nothing"):
        advise_table(Request(), str(tmp_path / "it's nothing.parquet"), workers=1)
