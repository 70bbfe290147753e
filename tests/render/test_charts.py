"""Pictures in the terminal: as they look, that nothing leaves the page, and that all of it is said in words too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden_files import matches
from hypothesis import given, settings
from hypothesis import strategies as st
from rendered_advice import curve
from rendered_documents import documents
from test_render_golden import MODES

from llmadvise.domain.assessment import PlacementKind
from llmadvise.render.formats import CHARTS, Format, render
from llmadvise.render.html.curve import context_curve
from llmadvise.render.page import Page
from llmadvise.render.pareto import Point, frontier
from llmadvise.render.text.context import told
from llmadvise.render.text.plot import write_plot

CHARTED = ("recommendation", "explanation", "nothing-fits", "models")
sizes = st.floats(0.01, 1e6)
shares = st.floats(0, 100)
clouds = st.lists(st.tuples(sizes, shares), min_size=1, max_size=40)


@pytest.mark.parametrize("name", CHARTED)
def test_text(name: str) -> None:
    document = documents()[name]
    parts = []
    for title, width, colour, unicode in MODES:
        given_ = {"width": width, "colour": colour, "unicode": unicode}
        plain = render(document, Format.TEXT, **given_)
        charted = render(document, Format.TEXT, charts=CHARTS, **given_)
        assert charted.startswith(plain.rstrip("\n"))
        parts.append(f"═══ {title} ═══\n{charted.removeprefix(plain.rstrip())}")
    matches(f"{name}.chart", "\n".join(parts).replace("\x1b", "␛"))


@settings(max_examples=40, deadline=None)
@given(cloud=clouds, width=st.integers(20, 160), unicode=st.booleans(), rising=st.booleans(), limit=st.none() | sizes)
def test_a_plot_stays_on_the_page_and_lists_its_points(
    cloud: list[tuple[float, float]], width: int, unicode: bool, rising: bool, limit: float | None
) -> None:
    points = [Point(label=f"m{index}", x=x, y=y, chosen=index == 0) for index, (x, y) in enumerate(cloud)]
    page = Page(width=width, colour=False, unicode=unicode)
    write_plot(page, "Plot", points, axis="GiB", rising=rising, limit=limit)
    text = page.text()
    assert all(len(line) <= width for line in text.splitlines())
    assert unicode or text.isascii()
    joined = "".join(text.split())
    assert sum(f"m{index}:quality" in joined for index in range(len(points))) == min(len(points), 26)
    assert ("more are not shown" in " ".join(text.split())) == (len(points) > 26)


@given(cloud=clouds, rising=st.booleans())
def test_nothing_beats_the_line_of_the_best(cloud: list[tuple[float, float]], rising: bool) -> None:
    points = [Point(label="", x=x, y=y, chosen=False) for x, y in cloud]
    best = frontier(points, rising=rising)
    for point in points:
        assert any(front.y >= point.y and (front.x >= point.x if rising else front.x <= point.x) for front in best)
    assert [front.x for front in best] == sorted(front.x for front in best)


def test_the_sentence_says_how_far_each_cache_fits() -> None:
    assert told(curve()) == (
        "With the cache in f16 16k fit in GPU, 40k in GPU+RAM; with the cache in q8_0 32k fit in GPU, 40k in GPU+RAM."
    )
    too_big = [replace(point, fits=False) for point in curve()[:7]]
    assert told(too_big) == "With the cache in f16 no length fits."
    in_ram = [replace(point, fits=True, placement=PlacementKind.CPU) for point in curve()[:7]]
    assert told(in_ram) == "With the cache in f16 80k fit in RAM."


def test_the_picture_of_a_report_says_all_figures_in_a_table() -> None:
    page = context_curve("Anvil <8B>", curve())
    assert "Anvil &lt;8B&gt;" in page
    assert page.count("<circle") == len(curve()) + 2
    assert page.count("<td>") == len(curve())
    assert "16k fit in GPU" in page
    assert context_curve("Anvil", ()) == ""
    assert "NaN" not in context_curve("Anvil", curve()[:1])
