"""A fleet larger than any there is: numbers keep their room, and no part is rounded to the whole."""

from __future__ import annotations

import pytest
import rendered_advice as made
from rendered_fleet import machine, pick

from llmadvise.domain.fleet import Place
from llmadvise.engine.fleet import Counted, GroupAnswer, fleet_of
from llmadvise.render.documents.fleet import FleetDocument, fleet_document
from llmadvise.render.fleet import share
from llmadvise.render.formats import Format, render

MACHINES = 7_123_456_789


def giant() -> FleetDocument:
    able, unable = machine(56, 2), machine(1)
    groups = {able: Counted(MACHINES, Place(file="f", line=1)), unable: Counted(3, Place(file="f", line=2))}
    answers = {
        able: GroupAnswer(pick=pick("Qwen3-32B", 20, 41.0)),
        unable: GroupAnswer(pick=None, reason="does-not-fit", relaxation=None),
    }
    return fleet_document(
        fleet_of(groups, answers, users=4096, invalid=0, findings=()),
        version=made.VERSION,
        catalog=made.IDENTITY,
        requirements=made.request(),
    )


@pytest.mark.parametrize("width", [45, 60, 80, 120])
def test_every_line_has_room(width: int) -> None:
    text = render(giant(), Format.TEXT, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "7,123,456,789" in text
    assert "29,177,679,007,744" in text, "users at once: 4,096 on each"
    assert "~290,000,000,000" in text, "41 t/s on each, in two digits"


def test_almost_all_is_not_all() -> None:
    text = render(giant(), Format.TEXT, width=120)
    assert "Run nothing      3 machines" in text
    assert ">99.9%" in text
    assert "100%" not in text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(1, 1, "100%"), (0, 5, "<0.1%"), (1, 1001, "<0.1%"), (1, 1000, "0.1%"), (999, 1000, "99.9%"), (1999, 2000, ">99.9%"),
     (962, 1000, "96.2%")],
)  # fmt: skip
def test_share(part: int, whole: int, text: str) -> None:
    assert share(part, whole) == text
