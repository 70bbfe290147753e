"""docs/runtimes.md is what the catalog says of its runtimes, and the grid beside it found nothing wrong."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from llmadvise.catalog.load import load_catalog

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_catalog_says() -> None:
    """`python benchmarks/runtime_pages.py` writes it anew."""
    spec = importlib.util.spec_from_file_location("runtime_pages", ROOT / "benchmarks" / "runtime_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "runtimes.md").read_text(encoding="utf-8") == module.page(load_catalog())


def test_the_grid_found_nothing_wrong() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \|.* \| (\S+) \| (\S+) \|$",
        (ROOT / "docs" / "command_grid.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    counted = [row for row in rows if row[1].strip("*").isdigit()]
    assert len(counted) > 60
    assert all(refused.strip("*") == other.strip("*") == "0" for _, refused, other in counted)
