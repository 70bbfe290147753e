"""The parts of pages that programs write: the marks stand in the pages, and nothing else is touched."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

from page_part import replaced  # noqa: E402 - of the benchmarks

BEGIN, END = "<!-- table -->", "<!-- /table -->"


def test_only_what_stands_between_the_marks_changes() -> None:
    page = f"# A\n\n{BEGIN}\nold\n{END}\n\nkept {END}\n"
    assert replaced(page, BEGIN, END, "new") == f"# A\n\n{BEGIN}\nnew\n{END}\n\nkept {END}\n"
    assert replaced(replaced(page, BEGIN, END, "new\n"), BEGIN, END, "old\n") == page


@pytest.mark.parametrize("page", ["# A\n", f"# A\n{BEGIN}\n", f"# A\n{END}\n", f"{END}\n{BEGIN}\nx"])
def test_a_page_without_its_marks_is_not_written(page: str) -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        replaced(page, BEGIN, END, "new")


def test_each_mark_stands_in_a_page() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")]
    found = 0
    for path in (ROOT / "benchmarks").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.Assign(
                    targets=[ast.Tuple(elts=[ast.Name(id="BEGIN" | "START"), ast.Name(id="END")])],
                    value=ast.Tuple(elts=[ast.Constant(value=str(begin)), ast.Constant(value=str(end))]),
                ):
                    [page] = [page for page in pages if f"{begin}\n" in page]
                    part = page.partition(f"{begin}\n")[2].partition(end)[0]
                    assert replaced(page, begin, end, part) == page, path.name
                    found += 1
    assert found >= 9
