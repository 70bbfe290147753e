"""The GitHub Action and the pre-commit hook, run as their services run them, on a real git checkout."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli_program import Program
from test_cli_check import ALLOWED, DENIED, checkout, git

ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github" / "actions" / "check"
pytestmark = pytest.mark.skipif(shutil.which("bash") is None or os.name == "nt", reason="the steps are bash scripts")


def described() -> Any:  # noqa: ANN401 - YAML of any shape
    return yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))


class Runner:
    """Runs the steps of the action as a runner would: inputs by expression, files for outputs and summary."""

    def __init__(self, folder: Path, program: Program) -> None:
        self.files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
        folder.mkdir()
        for file in self.files.values():
            file.touch()
        script = folder / "llmadvise"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m llmadvise "$@"\n', encoding="utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        self.environment = {
            **program.environment(),
            **{name: str(file) for name, file in self.files.items()},
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_ACTION_PATH": str(ACTION),
            "RUNNER_TEMP": str(folder),
        }

    def step(self, name: str, workspace: Path, **given: str) -> tuple[int, str]:
        action = described()
        step = next(item for item in action["runs"]["steps"] if item["name"] == name)
        inputs = {key: given.get(key, str(item.get("default", ""))) for key, item in action["inputs"].items()}
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an expression in a script would let an input be read as shell"
        variables = {
            key: inputs[value.removeprefix("${{ inputs.").removesuffix(" }}")] for key, value in step["env"].items()
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=workspace, env={**self.environment, **variables}, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        return done.returncode, done.stdout


@pytest.fixture
def runner(tmp_path: Path, program: Program) -> Runner:
    return Runner(tmp_path / "runner", program)


def repository(folder: Path, *models: str) -> Path:
    checkout(folder, *models)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


def test_the_action_fails_with_annotations_a_summary_and_sarif(runner: Runner, tmp_path: Path) -> None:
    workspace = repository(tmp_path / "work", ALLOWED, DENIED)
    code, out = runner.step("Check", workspace)
    assert code == 10
    assert "::error file=app.py,line=3," in out
    assert runner.files["GITHUB_OUTPUT"].read_text() == "exit-code=10\n"
    assert "License check of models: violated" in runner.files["GITHUB_STEP_SUMMARY"].read_text()
    log = json.loads((workspace / "llmadvise.sarif").read_text())
    assert log["runs"][0]["invocations"][0]["exitCode"] == 10


def test_the_action_passes_what_did_not_change(runner: Runner, tmp_path: Path) -> None:
    workspace = repository(tmp_path / "work", DENIED)
    git(workspace, "checkout", "-qb", "change")
    (workspace / "fine.py").write_text(f'model = AutoModel.from_pretrained("{ALLOWED}")\n')
    git(workspace, "add", ".")
    git(workspace, "commit", "-qm", "second")
    assert runner.step("Check", workspace, diff="main")[0] == 0
    (workspace / "bad.py").write_text(f'model = AutoModel.from_pretrained("{DENIED}")\n')
    git(workspace, "add", ".")
    git(workspace, "commit", "-qm", "third")
    assert runner.step("Check", workspace, diff="main")[0] == 10


def test_removing_the_policy_does_not_pass_the_action(runner: Runner, tmp_path: Path) -> None:
    workspace = repository(tmp_path / "work", DENIED)
    (workspace / "llmadvise-policy.yaml").unlink()
    assert runner.step("Check", workspace)[0] == 12


def test_an_input_is_never_read_as_shell(runner: Runner, tmp_path: Path) -> None:
    workspace = repository(tmp_path / "work", ALLOWED)
    for name in ("paths", "policy", "diff", "baseline", "locked"):
        runner.step("Check", workspace, **{name: "$(touch forged) `touch forged`; touch forged"})
    assert not (workspace / "forged").exists()


def test_the_scripts_are_those_that_the_action_names() -> None:
    runs = " ".join(step["run"] for step in described()["runs"]["steps"])
    assert {path.name for path in ACTION.glob("*.sh")} == {
        word.rpartition("/")[2].strip('"') for word in runs.split() if ".sh" in word
    }


def test_the_hook_runs_the_whole_check_on_a_commit(program: Program, tmp_path: Path) -> None:
    """As pre-commit would: the entry, split, with no file names."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    workspace = repository(tmp_path / "work", DENIED)
    codes = {}
    for hook in hooks:
        assert (hook["language"], hook["pass_filenames"]) == ("python", False)
        words = hook["entry"].split()
        codes[hook["id"]] = program.run(*words[1:], directory=workspace).code
    assert codes == {"llmadvise-check": 10, "llmadvise-locked": 12}


@pytest.mark.skipif("LLMADVISE_TEST_PRE_COMMIT" not in os.environ, reason="installs from the network")
def test_the_hook_under_pre_commit_itself(tmp_path: Path) -> None:
    """LLMADVISE_TEST_PRE_COMMIT names the program; it installs the last commit of this repository."""
    workspace = repository(tmp_path / "work", DENIED)
    command = [os.environ["LLMADVISE_TEST_PRE_COMMIT"], "try-repo", str(ROOT), "llmadvise-check", "--all-files"]
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache")}
    done = subprocess.run(command, cwd=workspace, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert DENIED in done.stdout
    checkout(workspace, ALLOWED)
    git(workspace, "add", ".")
    done = subprocess.run(command, cwd=workspace, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
