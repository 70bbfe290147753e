"""The same input gives the same bytes: on any day, in any zone, with any hash seed."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_program import Program

ANOTHER_DAY = """
import datetime
import time

class Date(datetime.date):
    @classmethod
    def today(cls):
        return cls(2031, 5, 17)

class DateTime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2031, 5, 17, 3, 4, 5, tzinfo=tz)

datetime.date, datetime.datetime = Date, DateTime
time.time = lambda: 1936839845.0
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("recommend", "--json"),
        ("recommend",),
        ("recommend", "--json", "--ram", "32GiB", "--cpu-only", "--use-case", "coding"),
        ("compare", "qwen/qwen3-8b", "google/gemma-3-12b-it", "--json"),
    ],
)
def test_the_same_machine_on_any_day(
    arguments: tuple[str, ...], program: Program, machine: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(ANOTHER_DAY, encoding="utf-8")
    settings = (
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"},
        {"PYTHONHASHSEED": "4242", "TZ": "America/Adak", "LC_ALL": "C.UTF-8"},
    )
    first = program.run(*arguments, "--hardware", machine, environment=settings[0])
    other = program.run(*arguments, "--hardware", machine, environment=settings[1], front=tmp_path)
    assert first.code == 0
    assert other == first


def test_a_described_machine_does_not_depend_on_the_moment(program: Program) -> None:
    asked = ("recommend", "--gpu", "RTX 4090", "--ram", "64GiB", "--json")
    first = program.run(*asked, environment={"PYTHONHASHSEED": "1"})
    assert first.code == 0
    assert program.run(*asked, environment={"PYTHONHASHSEED": "2"}) == first
