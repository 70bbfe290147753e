"""Every exit code, from the command line or from the class that will carry it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_program import Ask, Program

from llmadvise.cli.output import show_error
from llmadvise.errors import (
    InvalidFileError,
    LLMAdviseError,
    NothingFitsError,
    PolicyViolatedError,
    UndecidedError,
    UsageError,
)

README = Path(__file__).parents[2] / "README.md"


def test_advice_is_zero(ask: Ask, machine: Path) -> None:
    answer = ask("recommend", "--hardware", machine)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out


def test_an_error_that_is_nobodys_usage_is_one(ask: Ask, tmp_path: Path) -> None:
    answer = ask("rules", "--output", tmp_path / "missing" / "rules.txt")
    assert (answer.code, answer.out) == (1, "")
    assert "rules.txt" in answer.err


def test_wrong_usage_is_two(ask: Ask) -> None:
    answer = ask("recommend", "--no-such-option")
    assert (answer.code, answer.out) == (2, "")
    assert "--no-such-option" in answer.err
    assert "--help" in answer.err


def test_a_command_that_does_not_exist_is_two(ask: Ask) -> None:
    answer = ask("recomend")
    assert (answer.code, answer.out) == (2, "")
    assert "recommend" in answer.err


def test_nothing_fits_is_three_and_says_what_to_relax(ask: Ask, machine: Path) -> None:
    answer = ask("recommend", "--hardware", machine, "--min-speed", "1000000")
    assert (answer.code, answer.out) == (3, "")
    assert "too-slow" in answer.err
    assert "--min-speed" in answer.err


@pytest.mark.parametrize(
    ("form", "begins"), [("markdown", "**Nothing fits"), ("html", "<!DOCTYPE html>"), ("json", "{")]
)
def test_who_asks_for_a_document_gets_one_where_nothing_fits(form: str, begins: str, ask: Ask, machine: Path) -> None:
    answer = ask("recommend", "--hardware", machine, "--min-speed", "1000000", "--format", form)
    assert answer.code == 3
    assert answer.out.startswith(begins)
    assert "--min-speed" in answer.err


def test_a_plan_of_nothing_is_a_document_too(ask: Ask) -> None:
    answer = ask("plan", "qwen/qwen3.5-397b-a17b", "--gpu", "RTX 3060", "--ram", "8GiB", "--format", "markdown")
    assert answer.code == 3
    assert answer.out.startswith("**Qwen3.5-397B-A17B**")
    assert answer.err.startswith("Error: ")


def test_what_to_relax_is_enough(ask: Ask, machine: Path) -> None:
    refused = ask("recommend", "--hardware", machine, "--min-speed", "1000000")
    found = re.search(r"--min-speed ([\d.]+)", refused.err)
    assert found is not None
    assert ask("recommend", "--hardware", machine, "--min-speed", found[1], "--quiet").code == 0


def test_an_invalid_file_is_twelve(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "machine.json"
    file.write_text('{"platform": "linux",', encoding="utf-8")
    answer = ask("recommend", "--hardware", file)
    assert (answer.code, answer.out) == (12, "")
    assert "machine.json:1" in answer.err.replace("\n", "")


@pytest.mark.parametrize(
    ("kind", "exit_code", "code"),
    [
        (LLMAdviseError, 1, "error"),
        (UsageError, 2, "usage"),
        (NothingFitsError, 3, "nothing-fits"),
        (PolicyViolatedError, 10, "policy-violated"),
        (UndecidedError, 11, "undecided"),
        (InvalidFileError, 12, "invalid-file"),
    ],
)
def test_each_error_carries_its_code(
    kind: type[LLMAdviseError], exit_code: int, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_error(kind("what was wrong", "what to type"), ["--json"]) == exit_code
    assert f'"code": "{code}"' in capsys.readouterr().err


def test_help_and_readme_tell_the_same_codes(ask: Ask) -> None:
    told = " ".join(ask("--help").out.split())
    codes = re.findall(r"(\d+) [a-z ]+[;.]", told[told.index("Exit codes:") :])
    assert codes == ["0", "1", "2", "3", "10", "11", "12", "130"]
    readme = " ".join(README.read_text(encoding="utf-8").split())
    sentence = readme[readme.index("Exit codes:") :].partition(". ")[0]
    assert set(re.findall(r"\b\d+\b", sentence)) <= set(codes)


def test_a_process_leaves_with_the_code(program: Program) -> None:
    assert program.run("rules", "show", "nowhere").code == 2
    assert program.run("rules", "show", "quality").code == 0


def test_no_arguments_print_the_help_and_are_wrong_usage(program: Program) -> None:
    answer = program.run()
    assert answer.code == 2
    assert "recommend" in answer.out + answer.err
    assert "Traceback" not in answer.err
