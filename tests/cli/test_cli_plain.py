"""Plain command lines are read without the toolkit, and read as the toolkit reads them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from llmadvise.api.request import Request
from llmadvise.cli import plain
from llmadvise.cli.asked import REQUEST, SINK, request_of, sink_of
from llmadvise.cli.commands import COMMANDS
from llmadvise.cli.option import Kind
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.errors import LLMAdviseError

OPTIONS = (*REQUEST, *SINK)
_TEXTS = ("32k", "8192", "chat", "", "RTX 4090", "a=b", "json", "64GiB", "f16", "0", "-", "--json", "-5", "ü")
_NUMBERS = ("1", "0", "16", "4096", "4097", "2.5", "1e3", "nan", "inf", "-1", " 7", "1_000", "٣", "3.", ".5", "32.1")


def words() -> st.SearchStrategy[list[str]]:
    """Option words as people type them: apart, joined, misspelt, without a value."""
    flags = st.sampled_from([flag for option in OPTIONS for flag in option.flags])
    value = st.sampled_from((*_TEXTS, *_NUMBERS))
    apart = st.tuples(flags, value).map(list)
    joined = st.tuples(flags, value).map(lambda pair: [f"{pair[0]}={pair[1]}"])
    switches = [flag for option in OPTIONS if option.kind is Kind.FLAG for flag in option.flags]
    alone = st.sampled_from([*switches, "--help", "-n5", "-qn3", "--use", "model", "--"]).map(lambda word: [word])
    return st.lists(st.one_of(apart, joined, alone), max_size=5).map(lambda parts: [w for part in parts for w in part])


def by_typer(line: list[str]) -> tuple[Request, Sink] | None:
    """What Typer makes of the line; None where it refuses it or prints help."""
    seen: list[tuple[Request, Sink]] = []
    app = typer.Typer()

    def command(*, request: Request, sink: Sink) -> None:
        seen.append((request, sink))

    app.command()(shared_options(command))
    CliRunner().invoke(app, line)
    return seen[0] if seen else None


@settings(max_examples=300, deadline=None)
@given(line=words())
def test_a_line_that_is_read_plainly_means_what_typer_reads(line: list[str]) -> None:
    given_ = plain.values(line, OPTIONS)
    if given_ is None:
        return
    part: dict[str, Any] = {option.parameter: given_[option.parameter] for option in REQUEST}
    rest: dict[str, Any] = {option.parameter: given_[option.parameter] for option in SINK}
    try:
        mine = (request_of(**part), sink_of(**rest))
    except LLMAdviseError:
        assert by_typer(line) is None
    else:
        assert mine == by_typer(line)


@pytest.mark.parametrize(
    "line",
    [["--json"], ["-u", "coding", "--top", "5"], ["--gpu", "RTX 4090", "--gpu=RTX 3090", "-q"], ["--min-speed", "2.5"]],
)
def test_usual_lines_are_plain(line: list[str]) -> None:
    assert plain.values(line, OPTIONS) is not None


@pytest.mark.parametrize(
    "line",
    [["--help"], ["-h"], ["--users", "0"], ["--users"], ["--no-such"], ["model"], ["--min-speed", "nan"], ["--json=1"],
     ["--hardware", "-"], ["--"], ["-n5"], ["--output", "--json"]],
)  # fmt: skip
def test_help_mistakes_and_oddities_are_left_to_typer(line: list[str]) -> None:
    assert plain.values(line, OPTIONS) is None


def test_a_shell_that_completes_is_left_to_typer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plain.reading(["recommend"]) is not None
    monkeypatch.setenv("_LLMADVISE_COMPLETE", "complete_bash")
    assert plain.reading(["recommend"]) is None


def test_every_plain_command_is_a_command() -> None:
    assert set(plain.COMMANDS) <= set(COMMANDS)


def test_a_plain_line_imports_no_toolkit() -> None:
    code = (
        "import sys\nfrom llmadvise.cli.app import run\n"
        "code = run(['recommend', '--gpu', 'RTX 4090', '--json', '--quiet'])\n"
        "assert code == 0\n"
        "assert not {'typer', 'click', 'rich'} & sys.modules.keys(), sorted(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
