"""docs/benchmarks.md names every script, and every script says how it is run."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
LONGEST = 300


def scripts() -> dict[str, str]:
    """Those that are run, with their docstrings."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "benchmarks").glob("*.py")}
    return {
        name: ast.get_docstring(ast.parse(text)) or ""
        for name, text in texts.items()
        if '\nif __name__ == "__main__":\n' in text
    }


def test_the_page_names_every_script_and_no_other() -> None:
    assert set(re.findall(r"`(\w+\.py)`", PAGE.read_text(encoding="utf-8"))) == set(scripts())


def test_every_script_says_how_it_is_run() -> None:
    assert [name for name, said in scripts().items() if f"python benchmarks/{name}" not in said] == []


def test_no_file_is_too_long_to_be_read() -> None:
    lengths = {
        path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "benchmarks").glob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
