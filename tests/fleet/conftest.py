"""Fleets made of a few machines, and the built-in catalog read once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fleet_data import FLEET

from llmadvise.catalog import load


@pytest.fixture(scope="session")
def compiled() -> bytes:
    """The built-in catalog, read from its YAML files once."""
    return load.built_in()


@pytest.fixture(autouse=True)
def _read_once(compiled: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "built_in", lambda: compiled)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A file of six machines in four kinds."""
    file = tmp_path / "fleet.jsonl"
    file.write_text("".join(f"{json.dumps(item)}\n" for item in FLEET), encoding="utf-8")
    return file
