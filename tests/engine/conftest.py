"""What the tests of the engine share."""

from __future__ import annotations

import pytest
from engine_questions import Ask, World

from llmadvise.domain.catalog import Catalog


@pytest.fixture(scope="session")
def world(catalog: Catalog, ask: Ask) -> World:
    """The catalog that ships, to be asked questions."""
    return World(catalog, ask)
