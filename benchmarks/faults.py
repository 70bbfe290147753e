"""Runs the installed program while things go wrong around it, and writes what happened into docs/robustness.md.

    python benchmarks/faults.py [--program PATH] [--only WORDS] [--write]

Each case takes something away (home directory, disk, memory, file handles, locale, terminal) or disturbs the program
(signals, closed pipes, a clock in 1970, hostile names: faults_names.py). What must hold in each: no traceback, an exit
code of the contract or the signal's own, JSON that parses where JSON was asked for and the code is 0, nothing
half-written, and no output that a name takes over. `--only` runs the cases whose title holds these words, and writes nothing. POSIX only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import faults_names
from page_part import write_part

PAGE = Path(__file__).parents[1] / "docs" / "robustness.md"
BEGIN, END = "<!-- fault table -->", "<!-- /fault table -->"
CODES = frozenset({0, 1, 2, 3, 10, 11, 12, 130})
MIB = 1 << 20
PATIENCE = 60
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ROUNDS = 20
"""Times each signal is sent, at moments by chance."""
IN_1970 = """import datetime, time
time.time, time.time_ns = lambda: 0.0, lambda: 0
class Then(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(0, tz)
datetime.datetime = Then
"""
"""A sitecustomize.py: what the interpreter reads before the program."""
READ_ONLY = "unshare --user --map-root-user --mount sh -c 'mount -o remount,bind,ro / && exec \"$@\"' sh {}"
"""A command on a system of which nothing can be written (Linux)."""
COMMANDS = (
    ("recommend", "--json"),
    ("recommend", "--gpu", "RTX 4090"),
    ("explain", "qwen/qwen3-8b", "--gpu", "RTX 4090", "--json"),
    ("models", "list"),
    ("hardware", "--json"),
    ("check", "{checkout}", "--json"),
    ("doctor", "--json"),
)


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong."""

    name: str
    changes: dict[str, str | None] = field(default_factory=dict)
    """Of the environment; None removes a variable."""
    limit: Callable[[], None] | None = None
    """Called in the child before the program."""
    line: str = "{}"
    """What the command stands in, for a shell."""
    where: str | None = None


@dataclass
class Tally:
    """What a case came to over all commands."""

    runs: int = 0
    codes: set[int] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    """Run every case with every command; exit code 1 where anything that must hold did not."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=shutil.which("llmadvise") or "llmadvise")
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    lines, failed = [], False
    with tempfile.TemporaryDirectory(prefix="llmadvise-faults-") as scratch:
        checkout = Path(scratch, "checkout")
        checkout.mkdir()
        (checkout / "a.py").write_text("model = AutoModel.from_pretrained('Qwen/Qwen3-8B')\n", encoding="utf-8")
        for name, tally in results(given.program, Path(scratch), checkout, given.only):
            failed = failed or bool(tally.wrong)
            lines.append(row(name, tally))
            sys.stderr.write(lines[-1])
    head = "| what goes wrong | runs | exit codes | what did not hold |\n| --- | ---: | --- | --- |\n"
    table = head + "".join(lines)
    sys.stdout.write(table)
    if given.write and not given.only:
        write_part(PAGE, BEGIN, END, table)
    sys.exit(failed)


def results(program: str, scratch: Path, checkout: Path, only: str) -> Iterator[tuple[str, Tally]]:
    """Every case whose title holds these words, with its tally."""
    for case in cases(scratch):
        if only not in case.name:
            continue
        tally = Tally()
        for command in COMMANDS:
            once(case, [program, *(word.replace("{checkout}", str(checkout)) for word in command)], tally, scratch)
        yield case.name, tally
    for number in SIGNALS:
        if only in (title := f"{number.name} at any moment"):
            tally = Tally()
            for command in COMMANDS[:2]:
                interrupted(number, [program, *command], tally)
            yield title, tally
    if only in (title := "--output where it cannot be written"):
        tally = Tally()
        written(program, scratch, tally)
        yield title, tally
    for title, runs, codes, wrong in faults_names.results(program, scratch, only):
        yield title, Tally(runs, codes, [*wrong, *(f"exit code {code}" for code in sorted(codes - CODES))])


def cases(scratch: Path) -> Iterator[Case]:
    """What is taken away."""
    gone = scratch / "gone"
    clock = scratch / "clock"
    clock.mkdir()
    (clock / "sitecustomize.py").write_text(IN_1970, encoding="utf-8")
    yield Case("nothing (for comparison)")
    yield Case("no HOME", {"HOME": None})
    yield Case("HOME that does not exist", {"HOME": str(gone)})
    yield Case("HOME that is a file", {"HOME": str(Path(__file__))})
    yield Case("no environment at all but PATH", {name: None for name in os.environ if name != "PATH"})
    yield Case(
        "a working directory that was removed",
        line="mkdir -p {gone} && cd {gone} && rmdir {gone} && {}",
        where=str(gone),
    )
    yield Case("locale C, ASCII output", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    yield Case("an unknown locale", {"LC_ALL": "xx_YY.NONE", "LANG": "zz"})
    yield Case("standard output closed", line="{} >&-")
    yield Case("standard error closed", line="{} 2>&-")
    yield Case("standard input closed", line="{} <&-")
    yield Case("a full disk behind standard output", line="{} >/dev/full")
    yield Case("a reader that goes away", line="{} | head -c 10 >/dev/null")
    if read_only_works(scratch):
        yield Case("a file system that is read-only", {"TMPDIR": str(scratch)}, line=READ_ONLY)
    yield Case("a clock in 1970", {"PYTHONPATH": str(clock)})
    for width in ("1", "20", "300", "99999999999", "-5", "wide"):
        yield Case(f"COLUMNS={width}", {"COLUMNS": width, "FORCE_COLOR": "1"})
    yield Case("TERM=dumb, NO_COLOR", {"TERM": "dumb", "NO_COLOR": "1"})
    for size in (72, 96, 160):
        yield Case(f"{size} MiB of address space", limit=lambda size=size: limited(resource.RLIMIT_AS, size * MIB))  # type: ignore[misc]
    yield Case("16 open files", limit=lambda: limited(resource.RLIMIT_NOFILE, 16))
    yield Case("no file may grow", limit=lambda: limited(resource.RLIMIT_FSIZE, 0))
    yield Case(
        "broken values of own variables",
        {"LLMADVISE_PROBE_SECONDS": "soon", "HF_ENDPOINT": "::", "XDG_DATA_HOME": "\x01"},
    )


def read_only_works(scratch: Path) -> bool:
    """Whether this system lets a program be run on a file system that is read-only."""
    probe = READ_ONLY.replace("{}", f"sh -c '! touch {scratch}/written 2>/dev/null'")
    return subprocess.run(["/bin/sh", "-c", probe], capture_output=True, check=False).returncode == 0


def limited(what: int, most: int) -> None:
    """Set a limit of this process."""
    resource.setrlimit(what, (most, most))


def environment(case: Case) -> dict[str, str]:
    """The environment of the child."""
    merged: dict[str, str | None] = {**os.environ, **case.changes}
    return {name: value for name, value in merged.items() if value is not None}


def once(case: Case, command: Sequence[str], tally: Tally, scratch: Path) -> None:
    """Run one command under one case and look at what it left."""
    words = " ".join("'" + word.replace("'", "'\\''") + "'" for word in command)
    line = case.line.replace("{gone}", case.where or "").replace("{}", words)
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        env=environment(case),
        cwd=scratch,
        preexec_fn=case.limit,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    tally.runs += 1
    tally.codes.add(done.returncode)
    name = " ".join(command[1:3])
    if b"Traceback" in done.stderr:
        tally.wrong.append(f"{name}: {done.stderr.decode(errors='replace').strip().splitlines()[-1][:90]}")
    elif done.returncode not in CODES:
        tally.wrong.append(f"{name}: exit code {done.returncode}")
    elif (
        "--json" in command and done.returncode == 0 and done.stdout and not is_json(done.stdout) and "head" not in line
    ):
        tally.wrong.append(f"{name}: output that is no JSON")


def is_json(text: bytes) -> bool:
    """Whether it parses."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def interrupted(number: signal.Signals, command: Sequence[str], tally: Tally) -> None:
    """Send a signal at moments by chance."""
    chance = random.Random(number)  # noqa: S311 - not for secrets
    for _ in range(ROUNDS):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.0, 0.3))
        process.send_signal(number)
        out, errors = process.communicate(timeout=PATIENCE)
        tally.runs += 1
        tally.codes.add(process.returncode)
        if b"Traceback" in errors and b"site-packages/llmadvise" not in errors:
            continue  # While the interpreter itself started, before a line of ours was read.
        if process.returncode not in {0, 130, -number}:
            tally.wrong.append(f"{number.name}: exit code {process.returncode}")
        elif b"Traceback" in errors:
            tally.wrong.append(f"{number.name}: a traceback")
        elif process.returncode == 0 and command[-1] == "--json" and not is_json(out):
            tally.wrong.append(f"{number.name}: half a document")


def written(program: str, scratch: Path, tally: Tally) -> None:
    """Write to places that cannot be written: the code is 1, and what was there is still there."""
    kept = scratch / "kept.json"
    kept.write_text("before", encoding="utf-8")
    for place in (scratch / "no" / "such" / "folder.json", scratch, Path("/dev/full"), Path("/proc/none.json"), kept):
        limit = (lambda: limited(resource.RLIMIT_FSIZE, 100)) if place == kept else None
        command = [program, "recommend", "--json", "--output", str(place)]
        done = subprocess.run(command, preexec_fn=limit, capture_output=True, timeout=PATIENCE, check=False)
        tally.runs += 1
        tally.codes.add(done.returncode)
        if done.returncode != 1 or b"Traceback" in done.stderr:
            tally.wrong.append(f"{place.name}: exit code {done.returncode}")
    if kept.read_text(encoding="utf-8") != "before" or list(scratch.glob(".kept*")):
        tally.wrong.append("a file was lost or half-written")


def row(name: str, tally: Tally) -> str:
    """One line of the table."""
    codes = ", ".join(map(str, sorted(tally.codes)))
    wrong = "; ".join(dict.fromkeys(tally.wrong)) or "nothing"
    return f"| {name} | {tally.runs} | {codes} | {wrong} |\n"


if __name__ == "__main__":
    main()
