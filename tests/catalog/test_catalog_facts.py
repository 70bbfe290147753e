"""The built-in catalog itself: one test for each of its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmadvise.catalog.checks.directory import check_directory
from llmadvise.domain.finding import Finding, Verdict

CATALOG = Path(__file__).parents[2] / "catalog"
FILES = sorted(str(path.relative_to(CATALOG.parent)) for path in CATALOG.rglob("*.yaml"))


@pytest.fixture(scope="module")
def wrong() -> list[Finding]:
    """Return every hard violation in the catalog, found in one pass."""
    return [finding for finding in check_directory() if finding.verdict is Verdict.BLOCK]


@pytest.mark.parametrize("file", FILES)
def test_nothing_in_the_file_is_wrong(file: str, wrong: list[Finding]) -> None:
    assert [finding for finding in wrong if f"{file}:" in f"{finding.evidence}: {finding.message}"] == []


def test_the_catalog_is_complete(wrong: list[Finding]) -> None:
    assert [finding for finding in wrong if finding.evidence is None] == []
