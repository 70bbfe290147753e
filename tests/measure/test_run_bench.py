"""Running llama-bench: a program of ours stands in its place."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.measure import run_bench
from llmadvise.measure.run_bench import find_bench

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def ran(script: str, *, seconds: float = 30.0) -> tuple[str, list[str]]:
    """What a program printed, and what it said."""
    said: list[str] = []
    return run_bench.run_bench([sys.executable, "-c", script], seconds=seconds, say=said.append), said


def test_output_and_messages() -> None:
    text, said = ran(
        "import sys; print('[1]'); print('loading', file=sys.stderr); print('\\x1b[31mred', file=sys.stderr)"
    )
    assert (text.strip(), said) == ("[1]", ["loading", "\x1b[31mred"])


def test_a_failure_is_an_error() -> None:
    with pytest.raises(LLMAdviseError, match="exit code 3"):
        ran("import sys; sys.exit(3)")


def test_a_program_that_takes_too_long_is_ended() -> None:
    start = time.monotonic()
    with pytest.raises(LLMAdviseError, match=r"stopped after 0\.5 s"):
        ran("import time; time.sleep(60)", seconds=0.5)
    assert time.monotonic() - start < 30


def test_a_program_that_prints_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_bench, "LARGEST", 1 << 16)
    with pytest.raises(LLMAdviseError, match="without end"):
        ran("while True: print('x' * 1000)")


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_nothing_is_left_running_after_a_request_to_end(name: str) -> None:
    said: list[str] = []

    def interrupt(line: str) -> None:
        said.append(line)
        os.kill(os.getpid(), getattr(signal, name))

    # Behind a script that only waits for it, as package managers put them before programs.
    script = 'sleep 600 & echo "$!" >&2; wait'
    with pytest.raises(KeyboardInterrupt):
        run_bench.run_bench(["/bin/sh", "-c", script], seconds=60, say=interrupt)
    assert gone(int(said[0]))


@posix
def test_a_second_interrupt_does_not_leave_it_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_bench, "_GRACE_SECONDS", 60.0)
    script = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('asked', file=sys.stderr, flush=True))\n"
        "print(os.getpid(), file=sys.stderr, flush=True)\n"
        "while True: time.sleep(0.05)"
    )
    said: list[str] = []

    def interrupt(line: str) -> None:
        said.append(line)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run_bench.run_bench([sys.executable, "-c", script], seconds=60, say=interrupt)
    assert said[1:] == ["asked"]
    assert gone(int(said[0]))


def gone(pid: int) -> bool:
    """Whether no process of that number runs any more, or in a moment."""
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_no_program_of_that_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(run_bench.VARIABLE, raising=False)
    with pytest.raises(LLMAdviseError, match="not installed"):
        find_bench()
    monkeypatch.setenv(run_bench.VARIABLE, str(tmp_path / "none"))
    with pytest.raises(UsageError, match=run_bench.VARIABLE):
        find_bench()
    monkeypatch.setenv(run_bench.VARIABLE, sys.executable)
    assert find_bench() == sys.executable


def test_what_is_no_program_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LLMAdviseError, match="cannot be started"):
        run_bench.run_bench([str(tmp_path / "none")], seconds=1, say=print)
