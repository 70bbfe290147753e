"""`--license-policy`: what a policy closes is never advised, and the answer says which clause closed it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_program import Ask

POLICY = """\
use:
  commercial: true
  distributes_weights: false
  trains_on_outputs: false
deny:
  licenses: [{denied}]
unknown: {unknown}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY.format(denied="llama2", unknown="fail"), encoding="utf-8")
    return file


def first(ask: Ask, *arguments: str | Path) -> dict[str, object]:
    answer = ask("recommend", "--gpu", "RTX 4090", "--ram", "64GiB", "--json", *arguments)
    assert answer.code == 0, answer.err
    document = json.loads(answer.out)
    choice: dict[str, object] = document["recommendations"][0]
    assert document["requirements"]["license_policy"] == (str(arguments[1]) if arguments else None)
    return choice


def test_what_is_denied_is_not_advised(ask: Ask, policy: Path) -> None:
    before = first(ask)
    license_ = before["license"]
    assert isinstance(license_, dict)
    assert license_["effective"]
    policy.write_text(POLICY.format(denied=license_["effective"][0], unknown="fail"), encoding="utf-8")
    after = first(ask, "--license-policy", policy)
    assert isinstance(after["license"], dict)
    assert after["license"]["verdict"] == "allowed"
    assert license_["effective"][0] not in after["license"]["effective"]


def test_explain_names_the_clause_and_what_would_change_it(ask: Ask, policy: Path) -> None:
    answer = ask("explain", "qwen2.5-3b-instruct", "--gpu", "RTX 4090", "--license-policy", policy)
    assert answer.code == 0
    assert "denied" in answer.out
    assert "does not permit commercial use" in " ".join(answer.out.split())
    assert "license policy" in answer.out


def test_a_fact_that_is_missing_is_asked_for_by_name(ask: Ask, policy: Path) -> None:
    """Llama 3.1, section 2: users of all products in the month before the release."""
    answer = ask("explain", "llama-3.1-8b-instruct", "--gpu", "RTX 4090", "--license-policy", policy)
    assert "monthly_users_at_release" in "".join(answer.out.split())


def test_both_ways_of_saying_it(ask: Ask, policy: Path) -> None:
    answer = ask("recommend", "--commercial", "--license-policy", policy)
    assert (answer.code, answer.out) == (2, "")
    assert "use.commercial" in answer.err


def test_a_broken_policy_and_none(ask: Ask, tmp_path: Path) -> None:
    answer = ask("recommend", "--license-policy", tmp_path / "none.yaml")
    assert answer.code != 0
    assert "none.yaml" in answer.err
    broken = tmp_path / "broken.yaml"
    broken.write_text("use:\n  comercial: true\n", encoding="utf-8")
    answer = ask("recommend", "--license-policy", broken)
    assert answer.code != 0
    assert "broken.yaml:2" in answer.err
