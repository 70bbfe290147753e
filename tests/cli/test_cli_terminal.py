"""Colour and width: what a terminal gets, and what a pipe gets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli_program import ESCAPE, Ask

from llmadvise.cli.output import page_of

COMMANDS = (
    ("recommend", "--hardware"),
    ("estimate", "qwen/qwen3-8b:Q8_0", "--hardware"),
    ("compare", "qwen/qwen3-8b", "google/gemma-3-12b-it", "--hardware"),
    ("hardware", "--hardware"),
    ("models", "show", "qwen/qwen3-8b"),
    ("models", "list", "qwen3"),
    ("rules",),
)


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: words[0])
def test_widths(arguments: tuple[str, ...], ask: Ask, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = (*arguments, machine) if arguments[-1] == "--hardware" else arguments
    for width in (20, 40, 80, 200, 300):
        monkeypatch.setenv("COLUMNS", str(width))
        answer = ask(*given)
        assert (answer.code, answer.err) == (0, "")
        assert ESCAPE not in answer.out
        long = [line for line in answer.out.splitlines() if len(line) > width]
        assert all(_unbreakable(line, width) for line in long), long[:3]


def _unbreakable(line: str, width: int) -> bool:
    """Whether a line is a command, which is never wrapped, or ends in one word too long for the page."""
    return (
        line.startswith(("llama-", "ollama ", "hf ", "vllm ", "curl ")) or len(line.rsplit(maxsplit=1)[-1]) > width // 2
    )


def test_a_command_is_one_line_at_any_width(ask: Ask, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = set()
    for width in (20, 80, 300):
        monkeypatch.setenv("COLUMNS", str(width))
        lines = ask("recommend", "--hardware", machine).out.splitlines()
        commands.add(next(line for line in lines if line.startswith("llama-")))
    assert len(commands) == 1


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        ({"FORCE_COLOR": ""}, False),
    ],
)
def test_colour_in_a_pipe(
    environment: dict[str, str], coloured: bool, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert (ESCAPE in ask("rules").out) is coloured
    assert (ESCAPE in ask("rules", "show", "nowhere").err) is coloured


@pytest.mark.parametrize("width", ["", "0", "-7", "²", "many", "9" * 5000])
def test_a_width_that_is_none_is_passed_over(width: str, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = ask("rules")
    monkeypatch.setenv("COLUMNS", width)
    assert ask("rules") == plain


def test_json_is_never_coloured(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert ESCAPE not in ask("rules", "--json").out
    assert ESCAPE not in ask("rules", "show", "nowhere", "--json").err


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals of POSIX systems")
@pytest.mark.parametrize(("term", "coloured"), [("xterm-256color", True), ("dumb", False)])
def test_a_terminal_is_coloured_unless_it_is_dumb(term: str, coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", term)
    main, terminal = os.openpty()
    try:
        with os.fdopen(terminal, "w", encoding="utf-8") as stream:
            page = page_of(stream)
    finally:
        os.close(main)
    assert (page.colour, page.unicode) == (coloured, True)
    assert page.width > 0
