"""What the tests of recipes share: the catalog that ships, read once."""

from __future__ import annotations

import pytest
from recipe_parts import CATALOG


@pytest.fixture(autouse=True)
def _one_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout reads its YAML for every question; here one reading does."""
    monkeypatch.setattr("llmadvise.catalog.load.load_catalog", lambda _=None: CATALOG)
