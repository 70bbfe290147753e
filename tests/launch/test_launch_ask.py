"""Asking a server: streamed or whole, its own numbers beside the clock's, its errors, and only on this host."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest
from launch_engines import HEALTH, Start

from llmadvise.errors import LLMAdviseError
from llmadvise.launch.ask import EngineRefusedError, ServerTimings, chat
from llmadvise.launch.ended import ended_by, oom_kills
from llmadvise.launch.health import wait_until_healthy
from llmadvise.launch.logs import log_folder, new_log
from llmadvise.launch.memory import process_memory

QUESTION = [{"role": "user", "content": "What is it?"}]
posix = pytest.mark.skipif(sys.platform == "win32", reason="exit codes of POSIX")


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_with_the_servers_own_numbers(engine: Start, *, stream: bool) -> None:
    running, url = engine()
    wait_until_healthy(running, url, HEALTH, seconds=20)
    pieces: list[str] = []
    answer = chat(url, "model", QUESTION, most_tokens=16, said=pieces.append, stream=stream)
    assert answer.text == "".join(pieces) == "The answer is 42."
    assert (answer.tokens, answer.prompt_tokens, answer.finish) == (5, 20, "stop")
    assert answer.timings == ServerTimings(prompt_tokens=20, prompt_per_second=400.0, tokens=5, tokens_per_second=25.0)
    assert 0 < answer.first_token_seconds <= answer.seconds
    if stream:
        assert (answer.tokens_per_second or 0) > 0


def test_a_refusal_is_told_in_the_servers_words(engine: Start) -> None:
    running, url = engine("refuses")
    wait_until_healthy(running, url, HEALTH, seconds=20)
    with pytest.raises(EngineRefusedError, match="exceeds the available context size"):
        chat(url, "model", QUESTION)


def test_an_answer_that_breaks_off(engine: Start) -> None:
    running, url = engine()
    running.stop(1)
    with pytest.raises(LLMAdviseError, match="broke off"):
        chat(url, "model", QUESTION)


@pytest.mark.parametrize("mode", ["stops", "dies-midway"])
def test_half_an_answer_is_none(engine: Start, mode: str) -> None:
    running, url = engine(mode)
    wait_until_healthy(running, url, HEALTH, seconds=20)
    pieces: list[str] = []
    with pytest.raises(LLMAdviseError, match="broke off its answer"):
        chat(url, "model", QUESTION, said=pieces.append)
    assert pieces == ["The ", "answer "]


def test_only_this_host_is_asked() -> None:
    with pytest.raises(LLMAdviseError, match="not this host"):
        chat("http://192.0.2.1:80", "model", QUESTION)


def test_memory_of_a_process(engine: Start) -> None:
    running, url = engine()
    wait_until_healthy(running, url, HEALTH, seconds=20)
    found = process_memory(running)
    assert found is not None
    assert found.resident > 1 << 20
    assert found.private is None or found.private <= found.resident
    running.stop(1)
    assert process_memory(running) is None


def test_a_process_that_does_not_tell_makes_no_small_sum(engine: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    running, url = engine("children")
    wait_until_healthy(running, url, HEALTH, seconds=20)
    really = psutil.Process.memory_full_info

    def told(process: psutil.Process) -> object:
        if process.pid != running.pid:
            raise psutil.AccessDenied(process.pid)
        return really(process)

    monkeypatch.setattr(psutil.Process, "memory_full_info", told)
    found = process_memory(running)
    assert found is not None
    assert (found.private, found.proportional) == (None, None)
    assert found.resident > psutil.Process(running.pid).memory_info().rss


@posix
def test_how_it_ended() -> None:
    assert ended_by(-9).signal == "SIGKILL"
    assert ended_by(137).signal == "SIGKILL"
    assert ended_by(-4).signal == "SIGILL"
    assert ended_by(1).signal is None
    assert ended_by(-9, oom_kills=1).out_of_memory


@pytest.mark.parametrize(
    ("own", "file"),
    [
        ("0::/user.slice/run\n", "sys/fs/cgroup/user.slice/run/memory.events"),
        ("5:cpu:/x\n4:memory:/a/b\n", "sys/fs/cgroup/memory/a/b/memory.oom_control"),
        ("4:memory:/docker/3f\n", "sys/fs/cgroup/memory/memory.oom_control"),
        ("0::/docker/3f\n", "sys/fs/cgroup/memory.events"),
    ],
)
def test_kills_of_the_control_group(tmp_path: Path, own: str, file: str) -> None:
    assert oom_kills(tmp_path) == 0
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(own)
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("oom 3\noom_kill 2\noom_group_kill 0\n")
    assert oom_kills(tmp_path) == 2


def test_a_log_that_is_in_use_does_not_stop_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = log_folder(os.environ)
    # Nobody can unlink a folder, as nobody can an open file on Windows.
    for number in range(15):
        (folder / f"202601{number:02}T000000-1-x.log").mkdir(parents=True)
    assert new_log("llama.cpp").parent == folder


@posix
def test_where_logs_go_without_a_home_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert log_folder({"XDG_STATE_HOME": "relative"}).is_relative_to(tmp_path)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(LLMAdviseError, match="no home directory"):
        log_folder({})


def test_logs_are_kept_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = log_folder(os.environ)
    folder.mkdir(parents=True)
    for number in range(15):
        (folder / f"202601{number:02}T000000-1-x.log").write_text("x")
    made = new_log("llama.cpp ../x")
    made.write_text("new")
    left = sorted(folder.glob("*.log"))
    assert len(left) == 10
    assert made in left
    assert made.parent == folder
