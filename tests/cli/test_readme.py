"""The README: its commands run, and its test command is the one that the check runs."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from cli_program import MACHINE, Ask

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

_SAVED = "name, memory.total [MiB]\nNVIDIA GeForce RTX 3090, 24576 MiB\n"
"""What `nvidia-smi --query-gpu=name,memory.total --format=csv` prints."""


def commands() -> list[str]:
    """Return every command line of the block below `## Ask`, without comments and pipes."""
    section = README.partition("\n## Ask\n")[2].partition("\n## ")[0]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert block is not None
    return [line.partition("|")[0] for line in block[1].splitlines()]


def block(name: str) -> str:
    found = re.findall(rf"<!-- {name} -->\n```sh\n(.*?)```\n<!-- /{name} -->", README, re.DOTALL)
    assert len(found) == 1
    return str(found[0]).strip()


def test_there_are_commands() -> None:
    assert len(commands()) > 5


@pytest.mark.parametrize("line", commands())
def test_every_command_runs(line: str, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gpu.txt").write_text(_SAVED, encoding="utf-8")
    (tmp_path / "machines").mkdir()
    (tmp_path / "machines" / "one.json").write_text(json.dumps(MACHINE), encoding="utf-8")
    if "--license-policy" in line:
        ask("check", "--init")
    program, *arguments = shlex.split(line, comments=True)
    assert program == "llmadvise"
    answer = ask(*arguments)
    # A small machine may have nothing that fits.
    assert answer.code in ({0} if "--gpu" in arguments else {0, 3}), answer.err
    assert "Traceback" not in answer.err


def test_the_test_command_is_one_line() -> None:
    command = block("test-command")
    assert "\n" not in command
    assert command.endswith("pytest")
    assert "--group test" in command


@pytest.mark.skipif(not (ROOT / ".ci").is_dir(), reason="an unpacked source distribution has no check to run")
def test_the_check_runs_the_readmes_own_test_command() -> None:
    check = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- test-command -->" in check
    assert "README.md" in check
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "run: .ci/run" in workflow


def test_the_start_command_needs_nothing_but_python() -> None:
    steps = block("start-command").split(" && ")
    assert [shlex.split(step)[0] for step in steps] == ["python3", ".venv/bin/pip", ".venv/bin/llmadvise"]
