"""Pipes that close, disks that are full, a Ctrl-C, and the poorest of environments: each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_program import ESCAPE, PATIENCE, Program

posix = pytest.mark.skipif(os.name != "posix", reason="signals and descriptors of POSIX systems")
needs_full = pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs a device that is always full")


@posix
@pytest.mark.parametrize("arguments", [("models", "list", "--json"), ("models", "list"), ("--help",)])
def test_a_reader_that_leaves_early_is_no_error(arguments: tuple[str, ...], program: Program) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            program.command(*arguments),
            env=program.environment(),
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@needs_full
@pytest.mark.parametrize("arguments", [("rules",), ("models", "list", "--json")])
def test_a_full_disk_is_an_error_without_a_traceback(arguments: tuple[str, ...], program: Program) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            program.command(*arguments),
            env=program.environment(),
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    message = done.stderr.decode()
    assert done.returncode == 1
    assert "No space left" in message
    assert "Traceback" not in message
    if "--json" in arguments:
        assert json.loads(message)["schema"] == "llmadvise.error/1"


@needs_full
def test_where_no_message_can_be_written_the_code_still_tells(program: Program) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            program.command("recommend", "--no-such-option"),
            env=program.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=full,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 2


@posix
@pytest.mark.parametrize(("redirection", "code"), [(">&-", 1), ("2>&-", 0), ("<&-", 0)])
def test_a_closed_stream_is_no_bug(redirection: str, code: int, program: Program) -> None:
    command = ["sh", "-c", f'"$@" {redirection}', "sh", *program.command("rules", "show", "quality")]
    done = subprocess.run(command, env=program.environment(), capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr


@posix
def test_ctrl_c_leaves_with_130_and_no_traceback(program: Program, tmp_path: Path) -> None:
    """The program waits for a hardware file that is a pipe nobody has written to."""
    pipe = tmp_path / "machine.json"
    os.mkfifo(pipe)
    # A shell that runs the tests in the background has them ignore the signal, and children inherit that.
    start = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from llmadvise.cli.app import main; main(sys.argv[1:])"
    )
    with (
        subprocess.Popen(
            [sys.executable, "-c", start, "recommend", "--hardware", str(pipe)],
            env=program.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
        pipe.open("wb"),
    ):  # opens as soon as the program has opened its end
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert (out, err) == (b"", b"")


POOR = {
    "no HOME": {"HOME": None, "PATH": "/usr/bin:/bin"},
    "C locale": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": None},
    "ASCII streams": {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    "dumb terminal": {"TERM": "dumb"},
    "strange width": {"COLUMNS": "-7"},
}


@pytest.fixture(scope="module")
def advice(program: Program, machine: Path) -> str:
    """What a well furnished environment gets."""
    return program.run("recommend", "--hardware", machine, "--json").out


@pytest.mark.parametrize("poor", POOR)
def test_poor_environments_get_the_answer(poor: str, program: Program, machine: Path, advice: str) -> None:
    answer = program.run("recommend", "--hardware", machine, "--json", environment=POOR[poor])
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == advice
    text = program.run("recommend", "--hardware", machine, environment=POOR[poor])
    assert (text.code, text.err) == (0, "")
    assert ESCAPE not in text.out


def test_ascii_streams_get_ascii(program: Program, machine: Path) -> None:
    poor = POOR["ASCII streams"]
    for arguments in (
        ("recommend", "--hardware", machine),
        ("recommend", "--hardware", machine, "--format", "markdown"),
        ("recommend", "--help"),
        ("models", "list", "--format", "csv"),
        ("explain", "naïve/модель"),
    ):
        answer = program.run(*arguments, environment=poor)
        assert answer.code == (2 if arguments[0] == "explain" else 0)
        assert (answer.out + answer.err).isascii()
        assert "Traceback" not in answer.err


@posix
def test_a_directory_that_may_not_be_written_is_good_enough(program: Program, machine: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    answer = program.run("recommend", "--hardware", machine, "--quiet", directory=tmp_path)
    assert (answer.code, answer.err) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_results_and_messages_do_not_mix(program: Program, machine: Path) -> None:
    answer = program.run("recommend", "--hardware", machine, "--min-speed", "1000000", "--json")
    assert answer.code == 3
    assert json.loads(answer.out)["schema"] == "llmadvise.recommendation/1"
    assert json.loads(answer.err)["schema"] == "llmadvise.error/1"
