"""The application as data, and the built-in catalog, each read once."""

from __future__ import annotations

import pytest

from llmadvise.catalog.load import load_catalog
from llmadvise.cli.manual.commands import Command, commands
from llmadvise.domain.catalog import Catalog


@pytest.fixture(scope="session")
def told() -> tuple[Command, ...]:
    return commands()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()
