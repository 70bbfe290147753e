"""The HTML report: one file, nothing from elsewhere, nothing from outside that becomes markup."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendered_documents import documents

from llmadvise.errors import UsageError
from llmadvise.render.documents.recommendation import RecommendationDocument
from llmadvise.render.formats import Format, render
from llmadvise.render.pareto import Point, frontier

REPORTS = ("recommendation", "nothing-fits", "explanation", "comparison")
VOID = {"meta", "br"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\x1b[31m\u202e</title></script><!--"


class Elements(HTMLParser):
    """Elements opened and closed, attributes, and the text of each kind."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.names: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts += data


@pytest.mark.parametrize("name", REPORTS)
def test_it_is_well_formed_and_asks_nobody(name: str) -> None:
    page = render(documents()[name], Format.HTML)
    read = Elements(page)
    assert read.open == []
    assert not [value for _, key, value in read.attributes if key in {"src", "href", "srcset", "xlink:href"}]
    assert "url(" not in page
    assert "@import" not in page
    headings = [int(name[1]) for name in read.names if re.fullmatch("h[1-6]", name)]
    assert headings[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    pictures = read.names.count("svg")
    assert read.names.count("desc") == pictures
    assert [value for tag, key, value in read.attributes if (tag, key) == ("svg", "role")] == ["img"] * pictures


@pytest.mark.parametrize("name", REPORTS)
def test_the_document_is_inside(name: str) -> None:
    page = render(documents()[name], Format.HTML)
    found = re.search(r'<script type="application/json" id="document">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    assert json.loads(found[1]) == json.loads(render(documents()[name], Format.JSON))


def test_names_from_outside_stay_text() -> None:
    document = documents()["recommendation"]
    assert isinstance(document, RecommendationDocument)
    plain = Elements(render(document, Format.HTML))
    best = document.recommendations[0]
    evil = replace(
        best,
        name=HOSTILE,
        runtime=HOSTILE,
        lineage=(HOSTILE,),
        variant=replace(best.variant, quantization=HOSTILE, repo=HOSTILE),
        commands=replace(best.commands, run=HOSTILE),
        grades=tuple(replace(grade, why=HOSTILE) for grade in best.grades),
    )
    page = render(replace(document, recommendations=(evil, *document.recommendations[1:])), Format.HTML)
    hurt = Elements(page)
    assert set(hurt.names) == set(plain.names)
    assert hurt.names.count("script") == 2
    assert not [key for _, key, _ in hurt.attributes if key.startswith("on")]
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_other_documents_have_no_page() -> None:
    with pytest.raises(UsageError, match="cannot be written as html"):
        render(documents()["models"], Format.HTML)


points = st.builds(Point, label=st.just("m"), x=st.floats(0.1, 500), y=st.floats(0, 100), chosen=st.just(False))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(shown=st.lists(points, min_size=1, max_size=12), rising=st.booleans())
def test_the_line_is_what_nothing_beats(shown: list[Point], rising: bool) -> None:
    def beats(one: Point, other: Point) -> bool:
        further = one.x >= other.x if rising else one.x <= other.x
        return further and one.y >= other.y and (one.x, one.y) != (other.x, other.y)

    expected = {(point.x, point.y) for point in shown if not any(beats(other, point) for other in shown)}
    assert {(point.x, point.y) for point in frontier(shown, rising=rising)} == expected


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")


@pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium")
@pytest.mark.parametrize("width", [360, 1200])
def test_a_browser_shows_it_without_a_sideways_scroll(tmp_path: Path, width: int) -> None:
    page = render(documents()["recommendation"], Format.HTML)
    # The report's own policy forbids nothing that is inline, so the measuring script may run.
    measure = "<script>document.title=document.documentElement.scrollWidth+' '+innerWidth</script></body>"
    file = tmp_path / "report.html"
    file.write_text(page.replace("</body>", measure), encoding="utf-8")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync")
    place = (f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={max(width, 500)},900")
    done = subprocess.run(
        [str(CHROMIUM), *flags, *quiet, *place, "--dump-dom", file.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    title = re.search(r"<title>(\d+) (\d+)</title>", done.stdout)
    assert title is not None
    assert int(title[1]) <= int(title[2])
