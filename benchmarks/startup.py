"""Times `recommend --json` of the installed wheel against llmfit's, in turns, and writes docs/performance.md.

Run: python benchmarks/startup.py  (POSIX; makes two environments in a temporary directory with pip, hence a network)
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
PEER = "llmfit"
KEPT = "## `check`"
"""What follows on the page is check_startup.py's."""
ROUNDS = 25
UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes that the kernel counts a process's memory in."""
GOAL_TIME, GOAL_MEMORY = 0.35, 0.6


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end."""

    wall: float
    processor: float
    """Seconds in user and system mode."""
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Program:
    """What is run, and how the page calls it."""

    name: str
    command: tuple[str, ...]


def main() -> None:
    """Install, run in turns, print and write."""
    with tempfile.TemporaryDirectory(prefix="llmadvise-startup-") as scratch:
        ours, theirs = Path(scratch, "ours"), Path(scratch, "theirs")
        install(ours, str(ROOT))
        install(theirs, PEER)
        programs = (
            Program("`llmadvise recommend --json`", (str(ours / "bin/llmadvise"), "recommend", "--json")),
            Program(f"`{PEER} recommend --json`", (str(theirs / f"bin/{PEER}"), "recommend", "--json")),
            Program("`python -c 'import typer'`", (str(ours / "bin/python"), "-c", "import typer")),
            Program("`python -c pass`", (str(ours / "bin/python"), "-c", "pass")),
        )
        page = "\n".join(described(in_turns(programs), version(theirs))) + "\n"
    sys.stdout.write(page)
    _, mark, kept = PAGE.read_text(encoding="utf-8").partition(KEPT)
    PAGE.write_text(f"{page}\n{mark}{kept}" if mark else page, encoding="utf-8")


def install(environment: Path, what: str) -> None:
    """Make an environment and install one thing into it, byte code included."""
    venv.create(environment, with_pip=True)
    # Installed packages bring their byte code; a start without it would compile everything again.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([environment / "bin/python", "-m", "pip", "install", "--quiet", what], env=kept, check=True)


def version(environment: Path) -> str:
    """Return the version of the peer that was installed."""
    command = [
        environment / "bin/python",
        "-c",
        f"from importlib.metadata import version; print(version({PEER!r}))",
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def in_turns(programs: tuple[Program, ...]) -> dict[str, list[Run]]:
    """Run all programs one after the other, many times over: what disturbs the machine disturbs them alike."""
    runs: dict[str, list[Run]] = {program.name: [] for program in programs}
    for program in programs:
        once(program.command)  # fills the caches of the file system
    for _ in range(ROUNDS):
        for program in programs:
            runs[program.name].append(once(program.command))
    return runs


def once(command: tuple[str, ...]) -> Run:
    """Run one command and wait for what the kernel counted."""
    actions = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_WRONLY, 0) for descriptor in (1, 2)]
    start = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in {0, 3}:
        raise SystemExit(f"{command} failed")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * UNIT)


def described(runs: dict[str, list[Run]], peer: str) -> Iterator[str]:
    """Yield the lines of the page."""
    yield "# Performance"
    yield ""
    yield "How long an answer takes from the shell's point of view, and the most memory the process holds. Both programs run in"
    yield f"turns, {ROUNDS} times each, with warm file caches, for the machine they stand on; neither downloads anything. Written by"
    yield "`benchmarks/startup.py`, which installs both from scratch."
    yield ""
    yield "| process | wall time, median | quartiles | processor time, median | peak memory |"
    yield "| --- | --: | --: | --: | --: |"
    for name, found in runs.items():
        low, _, high = statistics.quantiles((run.wall for run in found), n=4)
        yield (
            f"| {name} | {median(found, 'wall') * 1e3:.0f} ms | {low * 1e3:.0f} to {high * 1e3:.0f} ms | "
            f"{median(found, 'processor') * 1e3:.0f} ms | {memory_of(found)} |"
        )
    yield ""
    ours, theirs, *_ = runs.values()
    yield f"Machine: {machine()}. Peer: {PEER} {peer} from PyPI."
    yield ""
    yield verdict("wall time", median(ours, "wall") / median(theirs, "wall"), GOAL_TIME)
    yield verdict("peak memory", median(ours, "peak_bytes") / median(theirs, "peak_bytes"), GOAL_MEMORY)


def memory_of(runs: list[Run]) -> str:
    """Return the peak; a process starts with the size of the one that started it, and less than that cannot be seen."""
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT
    peak = median(runs, "peak_bytes")
    return f"{peak / (1 << 20):.1f} MiB" if peak > floor else f"below {floor / (1 << 20):.0f} MiB"


def median(runs: list[Run], what: str) -> float:
    """Return the median of one figure over all runs."""
    return statistics.median(float(getattr(run, what)) for run in runs)


def verdict(what: str, ratio: float, goal: float) -> str:
    """Return one sentence: the ratio to the peer, and whether the goal is met."""
    met = "met" if ratio <= goal else "not met"
    return f"- Of the peer's {what}: {ratio:.2f}. The goal is {goal} or less: {met}."


def machine() -> str:
    """Describe the processor, the memory and the interpreter, without the machine's name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return f"{processor()}, {os.cpu_count()} logical cores, {memory:.0f} GiB RAM, {platform.system()}, Python {platform.python_version()}"


def processor() -> str:
    """Return the processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


if __name__ == "__main__":
    main()
