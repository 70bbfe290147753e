"""Help and version: what is there, and that none of it needs a network or a machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_program import Ask, Program

from llmadvise import __version__
from llmadvise.cli.commands import COMMANDS

SHARED = ("--json", "--format", "--output", "--quiet")
MACHINE = ("--hardware", "--gpu", "--ram", "--cpu-only", "--catalog", "--offline")
WANTS = (
    "--use-case", "--context", "--users", "--min-speed", "--min-bits", "--family", "--model-format", "--runtime",
    "--commercial", "--kv-type", "--depth", "--prompt", "--top",
)  # fmt: skip
COST = (
    "--electricity-price", "--currency", "--power", "--hardware-price", "--years", "--hours-per-day", "--hosted-price", "--answer",
)  # fmt: skip
OPTIONS = {
    "recommend": (*SHARED, *MACHINE, *WANTS, *COST, "--fleet", "--strict", "--workers"),
    "explain": (*SHARED, *MACHINE, *WANTS, *COST),
    "compare": (*SHARED, *MACHINE, *WANTS, *COST),
    "estimate": (*SHARED, *MACHINE, *COST, "--context", "--kv-type", "--gpu-layers", "--tensor-split"),
    "plan": (*SHARED, *MACHINE, *WANTS, "--nodes", "--quantization", "--emit"),
    "hardware": (*SHARED, *MACHINE),
    "bench": (*SHARED, *MACHINE, "--take", "--as", "--memory", "--rounds", "--gpu-layers", "--threads", "--timeout",
              "--no-keep", "--no-measurements"),
    "models list": (*SHARED, "--family", "--catalog"),
    "models show": (*SHARED, "--catalog"),
    "models lineage": (*SHARED, "--catalog"),
    "catalog import": (*SHARED, "--catalog", "--into", "--offline"),
    "catalog refresh": (*SHARED, "--catalog", "--state", "--write", "--limit", "--offline"),
    "catalog check": (*SHARED, "--catalog", "--strict"),
    "catalog diff": SHARED,
    "catalog build": ("--output", "--catalog"),
    "check": (*SHARED, "--policy", "--init", "--baseline", "--write-baseline", "--diff", "--locked", "--markdown-code",
              "--online", "--catalog", "--as-of"),
    "lock": (*SHARED, "--markdown-code", "--online", "--catalog"),
    "pull": (*SHARED, *MACHINE, *WANTS, "--directory", "--to", "--no-mmproj", "--locked", "--dry-run"),
    "licenses list": (*SHARED, "--category", "--commercial", "--catalog"),
    "licenses show": (*SHARED, "--catalog"),
    "licenses compare": (*SHARED, "--catalog"),
    "run": (*SHARED, *MACHINE, *WANTS, "--max-tokens", "--port", "--gpu-layers", "--pull", "--dry-run", "--anyway"),
    "serve": (*SHARED, *MACHINE, *WANTS, "--host", "--port", "--gpu-layers", "--no-measure", "--pull", "--dry-run"),
    "rules": SHARED,
    "schema": SHARED,
    "doctor": SHARED,
}  # fmt: skip


def test_every_command_is_looked_at() -> None:
    assert {name.partition(" ")[0] for name in OPTIONS} == set(COMMANDS)


@pytest.mark.parametrize("command", OPTIONS)
def test_help_lists_the_options_and_the_exit_codes(command: str, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    for flag in ("--help", "-h"):
        answer = ask(*command.split(), flag)
        assert (answer.code, answer.err) == (0, "")
        words = set(re.findall(r"--[a-z-]+", answer.out))
        assert set(OPTIONS[command]) <= words
        assert "Exit codes:" in answer.out


@pytest.mark.parametrize("command", ["hardware", "doctor"])
def test_what_changes_nothing_is_taken_but_not_shown(command: str, ask: Ask, machine: Path) -> None:
    shown = set(re.findall(r"--[a-z-]+", ask(command, "--help").out))
    assert set(MACHINE) <= shown
    assert not {"--use-case", "--context", "--top"} & shown
    plain = ask(command, "--hardware", machine, "--json")
    assert ask(command, "--hardware", machine, "--json", "--use-case", "coding", "--context", "32k") == plain


def test_help_names_every_command(ask: Ask) -> None:
    answer = ask("--help")
    assert (answer.code, answer.err) == (0, "")
    for command in COMMANDS:
        assert re.search(rf"^\W*{command}\b", answer.out, re.MULTILINE)


def test_the_module_runs_as_a_program(program: Program) -> None:
    answer = program.run("--version")
    assert answer == (0, f"llmadvise {__version__}\n", "")
