"""The built-in catalog, read from its YAML files once."""

from __future__ import annotations

import pytest

from llmadvise.catalog import load


@pytest.fixture(scope="session")
def compiled() -> bytes:
    return load.built_in()
