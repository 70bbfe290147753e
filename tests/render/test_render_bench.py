"""What `bench` says of measurements, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from rendered_bench import bench

from llmadvise.render.documents.bench import BenchDocument
from llmadvise.render.formats import Format, render

Action = Literal["list", "take", "run", "memory", "forget"]


def lines(document: BenchDocument, width: int = 120) -> list[str]:
    return render(document, Format.TEXT, width=width).splitlines()


@pytest.mark.parametrize(
    ("action", "title"),
    [
        ("take", "3 measured, 2 of them new"),
        ("run", "3 measured, 2 of them new"),
        ("memory", "3 measured, 2 of them new"),
        ("list", "3 measured on this machine"),
        ("forget", "7 forgotten; 3 left of this machine"),
    ],
)
def test_the_first_line_counts(action: Action, title: str) -> None:
    assert lines(replace(bench(), action=action, forgotten=7))[0] == title


def test_nothing_measured_is_said_so() -> None:
    empty = replace(bench(), action="list", speeds=(), bandwidths=(), findings=(), others=0)
    assert lines(empty) == [
        "Nothing was measured on this machine",
        "",
        "Kept in /home/you/.local/share/llmadvise/measurements.jsonl",
    ]


def test_where_it_is_kept_and_with_what() -> None:
    assert lines(bench())[-1].endswith("measurements.jsonl, with 3 of other machines")
    assert lines(replace(bench(), store=None))[-1] == "Not kept."


def test_a_rate_stands_beside_what_was_said_before() -> None:
    known, unknown = (line for line in lines(bench(), 160) if line.startswith(("3b1a0cef2a", "d831695469")))
    assert "decode 128 after 8k" in known
    assert known.split("after 8k")[1].split()[:3] == ["52", "~47", "(38-55)"]
    assert "not used" in unknown
    assert "1,234" in unknown, "all digits from a hundred on: two would hide what was measured"


def test_a_bandwidth_tells_how_it_was_measured() -> None:
    told = " ".join(" ".join(lines(bench())).split())
    assert "38.2 GB/s 6 threads over 1.0 GiB, memcmp of the C library, all threads; said before: ~41.0 GB/s" in told
