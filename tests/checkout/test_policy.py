"""A policy is read strictly, and every mistake has its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmadvise.checkout.policy import read_policy, template
from llmadvise.domain.policy import Money, UseFacts
from llmadvise.errors import InvalidFileError


def written(folder: Path, text: str) -> Path:
    path = folder / "llmadvise-policy.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_facts_that_are_not_stated_stay_unknown(tmp_path: Path) -> None:
    policy = read_policy(written(tmp_path, "use:\n  commercial: true\n  annual_revenue: {amount: 5}\n"))
    assert policy.use.commercial is True
    assert policy.use.annual_revenue == Money(amount=5, currency="USD")
    assert policy.use.internal_only is None
    assert policy.allow is None


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("use:\n  comercial: true\n", "policy.yaml:2"),
        ("use:\n  commercial: yes please\n", "policy.yaml:2"),
        ("use:\n  territories: [DE, worldwide]\n", "policy.yaml:2"),
        ("waivers:\n  - {model: a/b, reason: r, owner: o, expires: '2027-1-31'}\n", "policy.yaml:2"),
        ("waivers:\n  - {model: a/b, reason: r, expires: '2027-01-31'}\n", "policy.yaml:2"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(InvalidFileError, match=where):
        read_policy(written(tmp_path, text))


def test_the_template_is_valid_and_assumes_nothing(tmp_path: Path) -> None:
    assert read_policy(written(tmp_path, template())).use == UseFacts()
