"""docs/catalog has a page for each model and no other, and its links lead somewhere.

`python benchmarks/catalog_pages.py` writes the pages anew; its --check compares their text.
"""

from __future__ import annotations

import re
from pathlib import Path

from llmadvise.catalog.load import load_catalog

PAGES = Path(__file__).parents[2] / "docs" / "catalog"
LINK = re.compile(r"\]\((?!https?:)([^)#]+\.md)\)")


def test_every_model_has_its_page() -> None:
    found = {path.relative_to(PAGES).with_suffix("").as_posix() for path in PAGES.glob("*/*.md")}
    licenses = {name for name in found if name.startswith("licenses/")}
    assert found - licenses == set(load_catalog().models)
    assert licenses == {f"licenses/{id_.replace('+', '-plus')}" for id_ in load_catalog().licenses}


def test_links_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(PAGES)}: {target}"
        for path in PAGES.rglob("*.md")
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if not (path.parent / target).is_file()
    ]
    assert broken == []


def test_the_overview_counts_every_family() -> None:
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    families = {model.family for model in load_catalog().models.values()}
    assert [family for family in sorted(families) if f"\n| {family} |" not in text] == []


def test_the_report_says_how_many_disagreed_and_what_was_done() -> None:
    text = (PAGES / "checks.md").read_text(encoding="utf-8")
    assert re.search(r"\d+ beyond 3 %", text)
    assert "## What disagreed, and what was done" in text
