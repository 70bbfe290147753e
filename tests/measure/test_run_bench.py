"""Running llama-bench: a program of ours stands in its place."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.measure import run_bench
from llmadvise.measure.run_bench import find_bench


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


def test_nothing_is_left_running_after_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(run_bench.subprocess.Popen):  # type: ignore[type-arg, name-defined]
        def wait(self, timeout: float | None = None) -> int:
            if timeout is not None and timeout > 20:
                raise KeyboardInterrupt
            return int(super().wait(timeout))

    monkeypatch.setattr(run_bench.subprocess, "Popen", Interrupted)
    script = f"import time; time.sleep(4); open({str(tmp_path / 'late')!r}, 'w').close()"
    with pytest.raises(KeyboardInterrupt):
        ran(script)
    assert not (tmp_path / "late").exists()
    assert threading.active_count() < 10


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
