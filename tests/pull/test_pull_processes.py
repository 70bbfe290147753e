"""Processes that are killed or run at once, and a stop before each step that touches the disk."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fetching import Fetcher, check_whole
from pull_hub import Fault, PullHub

from llmadvise.hub.places import HubCache

MODEL = "org/model-GGUF"
PARTS = {f"model-Q8_0-0000{number}-of-00002.gguf" for number in (1, 2)}
PATIENCE = 60


class StoppedError(BaseException):
    """The process ends here."""


class Stops:
    """Ends the process, as far as a test can, before the nth step that touches a file of the cache."""

    EVENTS = frozenset({"open", "os.mkdir", "os.link", "os.symlink", "os.rename", "os.remove", "os.truncate"})

    def __init__(self) -> None:
        self.folder: str | None = None
        self.left = self.seen = 0
        self.thread = threading.get_ident()
        sys.addaudithook(self._look)

    def _look(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.folder is None or event not in self.EVENTS or threading.get_ident() != self.thread:
            return
        if not any(self.folder in str(item) for item in arguments):
            return
        self.seen += 1
        self.left -= 1
        if self.left == 0:
            self.folder = None
            raise StoppedError


@pytest.fixture(scope="module")
def stops() -> Stops:
    """There is no way to take an audit hook away: one for the module, asleep between tests."""
    return Stops()


@pytest.mark.parametrize("place", ["cache", "folder"])
def test_a_stop_before_any_step_leaves_nothing_wrong_and_the_next_run_ends(
    place: str, hub: PullHub, tmp_path: Path, stops: Stops
) -> None:
    def bring(folder: Path) -> None:
        fetcher = Fetcher()
        if place == "cache":
            wanted = fetcher.wanted(MODEL, "Q8_0")
            fetcher.into(HubCache(folder, wanted), wanted)
            HubCache(folder, wanted).remember_main(wanted)
        else:
            fetcher.to_folder(folder, MODEL, "Q8_0")

    bring(tmp_path / "first")  # what is imported late is imported now
    stop, steps = 0, 1
    while stop < steps:
        stop += 1
        folder = tmp_path / f"stop{stop}"
        stops.folder, stops.left, stops.seen = str(folder), stop, 0
        hub.faults = [Fault(cut=30_000)]
        try:
            bring(folder)
        except StoppedError:
            steps = stop + 1
        finally:
            stops.folder = None
        check_whole(folder, hub, MODEL)
        bring(folder)
        assert check_whole(folder, hub, MODEL) == PARTS
        assert not list(folder.rglob("*.incomplete"))
    assert stop > 15


def command(*more: str) -> list[str]:
    return [sys.executable, "-m", "llmadvise", "pull", f"hf:{MODEL}:Q8_0", *more]


@pytest.fixture
def programs() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for program in started:
        program.kill()
        program.communicate()


def start(programs: list[subprocess.Popen[bytes]], *more: str) -> subprocess.Popen[bytes]:
    program = subprocess.Popen(command(*more), env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    programs.append(program)
    return program


def test_killed_at_random_bytes_it_goes_on_where_it_was(
    hub: PullHub, cache: Path, programs: list[subprocess.Popen[bytes]]
) -> None:
    """A short form of benchmarks/pull_faults.py, which kills two hundred times."""
    chance = random.Random(3)  # noqa: S311 - the same moments on every run
    hub.rate, hub.piece, total = 500_000, 1 << 12, sum(len(hub.repos[MODEL].files[name]) for name in PARTS)
    for _ in range(4):
        target, reached = hub.served + chance.randrange(1, 40_000), threading.Event()
        hub.on_served = lambda served, target=target, reached=reached: reached.set() if served >= target else None  # type: ignore[misc]
        program = start(programs, "--quiet")
        assert reached.wait(PATIENCE)
        program.kill()
        program.communicate()
        check_whole(cache, hub, MODEL)
    hub.on_served = hub.rate = None
    program = start(programs, "--quiet")
    out, err = program.communicate(timeout=PATIENCE)
    assert (program.returncode, err) == (0, b"")
    assert len(out.splitlines()) == 2
    assert check_whole(cache, hub, MODEL) == PARTS
    assert hub.served - total <= 4 * (1 << 17), "what was on the way at each kill, and no more"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")
def test_an_interrupted_run_says_so_by_its_code_and_keeps_what_came(
    hub: PullHub, cache: Path, programs: list[subprocess.Popen[bytes]]
) -> None:
    hub.rate, hub.piece, reached = 100_000, 1 << 12, threading.Event()
    hub.on_served = lambda served: reached.set() if served > 20_000 else None
    program = start(programs)
    assert reached.wait(PATIENCE)
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=PATIENCE)
    assert (program.returncode, out) == (130, b"")
    assert err.decode().splitlines()[-1].startswith("Stopped. What has come is kept")
    assert b"Traceback" not in err
    assert check_whole(cache, hub, MODEL) == set()
    [partial] = cache.rglob("*.incomplete")
    assert partial.stat().st_size > 10_000


def test_two_processes_at_once_and_one_that_dies(
    hub: PullHub, cache: Path, programs: list[subprocess.Popen[bytes]]
) -> None:
    hub.rate, hub.piece, reached = 200_000, 1 << 12, threading.Event()
    hub.on_served = lambda served: reached.set() if served > 20_000 else None
    first, second, third = (start(programs, "--quiet") for _ in range(3))
    assert reached.wait(PATIENCE)
    first.kill()
    for program in (second, third):
        _, err = program.communicate(timeout=PATIENCE)
        assert (program.returncode, err) == (0, b"")
    assert check_whole(cache, hub, MODEL) == PARTS
    assert not list(cache.rglob("*.incomplete"))
