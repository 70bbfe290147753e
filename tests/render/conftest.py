"""Shared by the tests of the renderer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The samples beside this file are plain modules; this finds them in whatever way pytest imports the tests.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def recommendation() -> object:
    """Build the document of the advice built by hand."""
    from rendered_documents import documents  # noqa: PLC0415 - the path above must be set first

    return documents()["recommendation"]
