"""The report to paste into a bug: it names nobody, and fails at nothing."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from llmadvise.api.doctor import examine
from llmadvise.api.request import Request
from llmadvise.catalog import load
from llmadvise.render.encode import to_json


@pytest.fixture(autouse=True)
def no_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here is about what the catalog holds."""
    monkeypatch.setattr(load, "built_in", lambda: b"damaged\n")


def test_what_fails_is_a_finding() -> None:
    report = examine(Request())
    assert report.catalog is None
    assert [finding.rule for finding in report.findings] == ["catalog-unreadable"]


def test_the_home_directory_is_not_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = tmp_path / "somebody"
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("HF_HOME", str(home / "models"))
    text = to_json(examine(Request()))
    assert "somebody" not in text
    assert "~" in text


def test_a_user_without_a_home_gets_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> NoReturn:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    assert examine(Request()).python


def test_variables_that_hold_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert "hf_secret" not in to_json(examine(Request()))
