"""Processes: started without a shell, stopped with all they started, their output kept in bounds."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from launch_engines import HEALTH, Start

from llmadvise.errors import LLMAdviseError
from llmadvise.interrupts import held_back, interruptible
from llmadvise.launch import output
from llmadvise.launch.health import Health, patience, wait_until_healthy
from llmadvise.launch.ports import address, free_port, is_loopback, refusal
from llmadvise.launch.process import Running, start

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def test_words_reach_the_program_as_they_are(tmp_path: Path) -> None:
    hostile = ["$(touch owned)", "`id`", "a b", "'", '"', "; rm -rf /", "%PATH%", "ä\n"]
    running = start([sys.executable, "-c", "import sys, json; print(json.dumps(sys.argv[1:]))", *hostile])
    assert running.wait(20) == 0
    assert json.loads(running.lines()[0]) == hostile


def test_what_cannot_be_started_is_said() -> None:
    with pytest.raises(LLMAdviseError, match="cannot be started"):
        start(["/no/such/program"])


def test_healthy_after_loading_and_stopped_in_order(engine: Start) -> None:
    running, url = engine("slow")
    assert wait_until_healthy(running, url, HEALTH, seconds=20) is Health.HEALTHY
    assert running.exit_code() is None
    assert running.stop(5) is not None
    assert running.was_stopped


def test_an_early_end_is_noticed_at_once(engine: Start, tmp_path: Path) -> None:
    log = tmp_path / "said"
    log.write_text("E llama_model_load: error loading model: unknown model architecture: 'x'\n", encoding="utf-8")
    running, url = engine(f"lines:{log}")
    began = time.monotonic()
    assert wait_until_healthy(running, url, HEALTH, seconds=600) is Health.ENDED
    assert time.monotonic() - began < 60
    assert running.exit_code() == 1
    assert "unknown model architecture" in running.lines()[0]


def test_one_that_never_becomes_ready_is_late(engine: Start) -> None:
    running, url = engine("silent")
    told: list[float] = []
    assert wait_until_healthy(running, url, HEALTH, seconds=0.3, waiting=told.append) is Health.LATE
    assert told


@posix
def test_one_that_will_not_end_is_killed(engine: Start) -> None:
    running, url = engine("deaf")
    wait_until_healthy(running, url, HEALTH, seconds=20)
    assert running.stop(0.3) == -signal.SIGKILL


def test_what_it_started_ends_with_it(engine: Start) -> None:
    running, url = engine("children")
    wait_until_healthy(running, url, HEALTH, seconds=20)
    child = int(next(line for line in running.lines() if line.startswith("child ")).split()[1])
    assert psutil.pid_exists(child)
    running.stop(5)
    assert gone(child)


@posix
def test_what_it_leaves_behind_ends_when_it_is_gone(engine: Start) -> None:
    running, url = engine("orphan")
    assert wait_until_healthy(running, url, HEALTH, seconds=20) is Health.ENDED
    child = int(next(line for line in running.lines() if line.startswith("child ")).split()[1])
    assert gone(child)


@posix
def test_an_interrupt_while_it_is_stopped_ends_the_waiting_and_nothing_is_left(engine: Start) -> None:
    running, url = engine("deaf")
    wait_until_healthy(running, url, HEALTH, seconds=20)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    assert running.stop(60) == -signal.SIGKILL
    assert gone(running.pid)


@posix
def test_an_interrupt_before_its_children_are_known_does_not_leave_it_running(
    engine: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, url = engine("deaf")
    wait_until_healthy(running, url, HEALTH, seconds=20)
    looked = Running.family

    def interrupted(self: Running) -> list[psutil.Process]:
        signal.raise_signal(signal.SIGINT)
        return looked(self)

    monkeypatch.setattr(Running, "family", interrupted)
    assert running.stop(60) == -signal.SIGKILL


def gone(pid: int) -> bool:
    """Whether no process of that number runs any more, or in a moment."""
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_what_is_held_back_is_raised_after_the_block() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        _interrupted_at_work(done)
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _interrupted_at_work(done: list[str]) -> None:
    with held_back():
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")


def test_what_a_block_answers_is_not_raised() -> None:
    with held_back() as held:
        signal.raise_signal(signal.SIGINT)
        assert held.number == signal.SIGINT
        held.answered = True


def test_output_is_bounded_and_its_beginning_and_end_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(output, "_BEGINNING", 10)
    monkeypatch.setattr(output, "MOST_LOG_BYTES", 2000)
    script = "import sys\nfor n in range(5000): print('line', n)\nsys.stdout.write('unfinished')"
    log = tmp_path / "deep" / "engine.log"
    running = start([sys.executable, "-c", script], log=log)
    running.wait(20)
    lines = running.lines()
    assert lines[:2] == ["line 0", "line 1"]
    assert lines[-2:] == ["line 4999", "unfinished"]
    assert "[3990 lines left out]" in lines
    assert log.stat().st_size < 100_000
    assert log.read_text(encoding="utf-8").startswith("line 0")


@posix
def test_the_log_is_its_owners_alone(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    start([sys.executable, "-c", "pass"], log=log).wait(20)
    assert log.stat().st_mode & 0o777 == 0o600


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_requests_to_end_interrupt_as_ctrl_c_does(name: str) -> None:
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        _interrupted(number)
    assert signal.getsignal(number) == before


def _interrupted(number: int) -> None:
    with interruptible():
        os.kill(os.getpid(), number)
        time.sleep(5)


@posix
def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_ports(engine: Start) -> None:
    running, url = engine("ok")
    wait_until_healthy(running, url, HEALTH, seconds=20)
    port = int(url.rpartition(":")[2])
    assert refusal("127.0.0.1", port) == "is taken by another program"
    assert refusal("127.0.0.1", free_port("127.0.0.1")) is None
    assert address("::", 80) == "http://[::1]:80"
    assert address("", 80) == "http://127.0.0.1:80"
    assert address("::1", 80) == "http://[::1]:80"
    assert is_loopback("127.0.0.1")
    assert not is_loopback("192.168.0.1")


@pytest.mark.parametrize("host", ["192.0.2.7", "nosuch.invalid", "2001:db8::1"])
def test_an_address_of_another_machine_is_not_called_a_taken_port(host: str) -> None:
    with pytest.raises(OSError, match=r"\w"):
        refusal(host, 8080)


def test_patience_grows_with_the_file() -> None:
    assert patience(None, 120) == 120
    assert patience(100_000_000_000, 120) == 2120
