"""docs/use_cases.md says what the profiles say."""

from __future__ import annotations

import os
import re
from pathlib import Path

from use_cases_page import page

from llmadvise.catalog.load import load_catalog
from llmadvise.catalog.own_profile import read_profile

PAGE = Path(__file__).parents[2] / "docs" / "use_cases.md"


def test_the_page_is_what_the_profiles_say() -> None:
    """Run with LLMADVISE_UPDATE=1 to write it anew."""
    text = page(load_catalog().profiles)
    if os.environ.get("LLMADVISE_UPDATE"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


def test_its_example_is_a_profile(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert found is not None
    file = tmp_path / "night.yaml"
    file.write_text(found.group(1), encoding="utf-8")
    profile = read_profile(file, load_catalog().profiles, frozenset())
    assert profile.name == "Night shift"
