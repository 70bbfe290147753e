"""Completion scripts: well formed, with every command and option in them, and right where a shell is there to ask."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from llmadvise.cli.app import run
from llmadvise.cli.manual.commands import Command
from llmadvise.cli.manual.completion import script
from llmadvise.cli.manual.install import place
from llmadvise.cli.manual.values import SHELLS, takes_file
from llmadvise.domain.catalog import Catalog

ANSWERS = {
    "": {"recommend", "models", "doctor"},
    "rec": {"recommend"},
    "recommend --us": {"--use-case", "--users"},
    "recommend --use-case ": {"chat", "coding"},
    "recommend --format js": {"json"},
    "models ": {"list", "show", "lineage"},
    "models show qwen/qwen3-8": {"qwen/qwen3-8b"},
    "recommend --commercial --runtime ol": {"ollama"},
    "schema flee": {"fleet"},
    "check --format sar": {"sarif"},
}
"""What must be among the words that are offered."""


def shell(name: str) -> str:
    found = shutil.which(name)
    if found is None or sys.platform == "win32":
        pytest.skip(f"{name} is not installed")
    return found


def offered(command: list[str], text: str) -> set[str]:
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False, timeout=60)
    assert done.stderr == b""
    return {line.split("\t")[0] for line in done.stdout.decode().splitlines()}


@pytest.mark.parametrize("name", SHELLS)
def test_every_command_and_option_is_there(name: str, told: tuple[Command, ...], catalog: Catalog) -> None:
    text = script(name, told, catalog)
    for command in told:
        assert all(word in text for word in command.path)
        for item in command.options:
            flags = [flag.removeprefix("--") if name == "fish" else flag for flag in item.flags if len(flag) > 2]
            assert all(flag in text for flag in flags)
    assert "qwen/qwen3-8b" in text


@pytest.mark.parametrize("line", ANSWERS)
def test_bash(line: str, told: tuple[Command, ...], catalog: Catalog) -> None:
    words = ["llmadvise", *line.split(" ")]
    quoted = " ".join(f"'{word}'" for word in words)
    ask = f"\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _llmadvise; printf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
    assert ANSWERS[line] <= offered([shell("bash"), "--norc"], script("bash", told, catalog) + ask)


@pytest.mark.parametrize("line", ANSWERS)
def test_zsh(line: str, told: tuple[Command, ...], catalog: Catalog) -> None:
    words = ["llmadvise", *line.split(" ")]
    quoted = " ".join(f"'{word}'" for word in words)
    head = "compdef() { }; _files() { }; compadd() { print -l -- $found }\n"
    ask = f"\nwords=({quoted}); CURRENT={len(words)}; _llmadvise\n"
    # The list is narrowed down to what was typed by zsh itself.
    assert ANSWERS[line] <= offered([shell("zsh"), "-f"], head + script("zsh", told, catalog) + ask)


@pytest.mark.parametrize("line", ANSWERS)
def test_fish(line: str, told: tuple[Command, ...], catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "llmadvise.fish"
    file.write_text(script("fish", told, catalog), encoding="utf-8")
    command = [shell("fish"), "--no-config", "-c", f"source {file}; complete -C 'llmadvise {line}'"]
    assert ANSWERS[line] <= offered(command, "")


def test_options_that_take_files_are_known(told: tuple[Command, ...]) -> None:
    found = {
        f"{' '.join(command.path)} {item.flags[0]}" for command in told for item in command.options if takes_file(item)
    }
    assert {"bench --take", "recommend --fleet", "recommend --output", "check --baseline", "serve --log"} <= found
    assert not {"recommend --context", "recommend --format", "recommend --gpu"} & found


def test_the_program_prints_them(
    capsys: pytest.CaptureFixture[str], told: tuple[Command, ...], catalog: Catalog
) -> None:
    assert run(["--show-completion", "bash"]) == 0
    assert capsys.readouterr() == (script("bash", told, catalog), "")
    assert run(["--show-completion", "tcsh"]) == 2
    assert "bash, zsh, fish, powershell" in capsys.readouterr().err


@pytest.mark.parametrize("name", SHELLS)
def test_the_program_puts_them_where_the_shell_looks(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    assert run(["--install-completion", name]) == 0
    out, err = capsys.readouterr()
    target, hint = place(name, {}, tmp_path)
    assert out == ""
    assert str(target) in err
    assert hint in err
    assert "llmadvise" in target.read_text(encoding="utf-8")


def test_places_follow_the_environment(tmp_path: Path) -> None:
    there = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert {place(name, there, tmp_path / "home")[0].relative_to(tmp_path).parts[0] for name in SHELLS} == {
        "data",
        "config",
    }
