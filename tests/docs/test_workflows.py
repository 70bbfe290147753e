"""The workflows of the repository: each action pinned, each right given where it is needed, nothing read as shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"(?:- )?uses: ([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # (v[0-9]+\.[0-9]+\.[0-9]+)")
MAY_PUSH = {"refresh.yml: propose"}
"""Jobs whose checkout keeps the token."""
RUNS_NO_CODE = {"release.yml: attest", "release.yml: publish"}
"""Jobs with an identity of their own, which must run nothing that others wrote but actions."""


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in FILES:
        for name, job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items():
            yield f"{path.name}: {name}", job


def test_every_action_is_pinned_by_its_hash_and_says_its_version() -> None:
    versions = dict[str, str]()
    for path in [*FILES, ROOT / "docs/publishing.md"]:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" not in line:
                continue
            found = PINNED.fullmatch(line.strip())
            assert found is not None, f"{path.name}: {line.strip()}"
            assert versions.setdefault(f"{found[1]}@{found[2]}", found[3]) == found[3], line
    names = [name.partition("@")[0] for name in versions]
    assert len(names) == len(set(names)), "one version of each action"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_right_is_given_to_all_jobs(path: Path) -> None:
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {}


def test_each_job_says_what_it_may_and_only_few_may_write() -> None:
    writing = {
        name: sorted(right for right, kind in job["permissions"].items() if kind == "write")
        for name, job in jobs()
        if "write" in job["permissions"].values()
    }
    assert writing == {
        "refresh.yml: propose": ["contents", "pull-requests"],
        "release.yml: attest": ["attestations", "id-token"],
        "release.yml: publish": ["id-token"],
    }


def test_the_token_is_not_left_lying_about() -> None:
    for name, job in jobs():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is (name in MAY_PUSH), name


def test_nothing_from_outside_is_read_as_shell() -> None:
    assert [name for name, job in jobs() for step in job["steps"] if "${{" in step.get("run", "")] == []
    action = yaml.safe_load((ROOT / ".github/actions/check/action.yml").read_text(encoding="utf-8"))
    assert [step for step in action["runs"]["steps"] if "${{" in step["run"]] == []


def test_what_signs_and_publishes_runs_nothing_of_others() -> None:
    seen = {name: [step for step in job["steps"] if "run" in step] for name, job in jobs() if name in RUNS_NO_CODE}
    assert seen == {name: [] for name in RUNS_NO_CODE}
    for name, job in jobs():
        if job["permissions"].get("id-token"):
            assert name in RUNS_NO_CODE


def test_no_secret_is_in_reach_of_a_pull_request() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        facts = yaml.safe_load(text)
        events = facts[True]  # YAML 1.1 reads `on` as a truth value
        assert "pull_request_target" not in events, path.name
        assert "pull_request" not in events or "secrets." not in text, path.name
