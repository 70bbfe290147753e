"""Kills, starves and misleads `llmadvise pull`, and writes what came of it into docs/pull.md.

    python benchmarks/pull_faults.py [--kills 200] [--seed 1]

A Hub on this machine serves a model in three parts at a steady rate; the program runs in processes of its own. After
every kill each file under its name is compared with what it should be, and in the end so is everything.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "pull"))

from fetching import check_whole  # noqa: E402 - the tests' own server and check
from pull_hub import COMMIT, Fault, PullHub, Repo  # noqa: E402

MODEL = "org/model-GGUF"
PART = 1_000_000
TOTAL = 3 * PART
RATE = 4_000_000.0
"""Bytes a second: slow enough to be killed in the middle, and that sockets hold little."""
BEGIN, END = "<!-- written by benchmarks/pull_faults.py -->", "<!-- end -->"
PATIENCE = 120


@dataclass
class Kills:
    """What the kills met, and what they cost."""

    done: int = 0
    before: int = 0
    during: int = 0
    after: int = 0
    survived: int = 0
    """Runs that ended before they could be killed."""
    wrong: int = 0
    cycles: int = 0
    unfinished: int = 0
    wasted: list[int] = field(default_factory=list)
    """By cycle, bytes served beyond what the model has."""
    kills: list[int] = field(default_factory=list)
    """By cycle."""


class Bench:
    """A Hub, a cache and the program."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.hub, self.folder = PullHub(), folder
        self.chance = random.Random(seed)  # noqa: S311 - repeatable, no secret
        self.hub.repos[MODEL] = Repo(
            files={f"m-Q8_0-0000{n}-of-00003.gguf": b"GGUF" + self.chance.randbytes(PART - 4) for n in (1, 2, 3)}
        )
        self.hub.piece = 1 << 13
        self.hub.rate = RATE
        self.cache = folder / "hf" / "hub"

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
        environment = {
            **kept, "HF_HOME": str(self.folder / "hf"), "HF_ENDPOINT": self.hub.endpoint, "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT / "src"), "NO_PROXY": "127.0.0.1",
        }  # fmt: skip
        command = [sys.executable, "-m", "llmadvise", "pull", f"hf:{MODEL}:Q8_0", "--quiet", *more]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def end(self, program: subprocess.Popen[bytes]) -> tuple[int, str]:
        _, said = program.communicate(timeout=PATIENCE)
        return program.returncode, said.decode("utf-8", "replace")

    def whole(self, folder: Path) -> bool:
        """Everything is there, right, and nothing is left over."""
        try:
            names = check_whole(folder, self.hub, MODEL)
        except AssertionError:
            return False
        return names == set(self.hub.repos[MODEL].files) and not list(folder.rglob("*.incomplete"))

    def right(self, folder: Path) -> bool:
        """Nothing that has a name is another file."""
        try:
            check_whole(folder, self.hub, MODEL)
        except AssertionError:
            return False
        return True

    def clear(self) -> None:
        shutil.rmtree(self.folder / "hf", ignore_errors=True)
        self.hub.faults, self.hub.served, self.hub.on_served = [], 0, None
        self.hub.requests.clear()


def kill_often(bench: Bench, count: int) -> Kills:
    """Kill runs one after another at random moments; each goes on with what the ones before left."""
    kills = Kills()
    while kills.done < count:
        bench.clear()
        kills.cycles += 1
        in_cycle, most = 0, bench.chance.randrange(1, 12)
        while in_cycle < most and kills.done < count:
            if not _kill_once(bench, kills):
                break
            in_cycle += 1
            kills.wrong += not bench.right(bench.cache)
        code, said = bench.end(bench.start())
        if code or not bench.whole(bench.cache):
            kills.unfinished += 1
            print(f"cycle {kills.cycles}: {code} {said}")
        kills.wasted.append(bench.hub.served - TOTAL)
        kills.kills.append(in_cycle)
        print(
            f"{kills.done} kills, {kills.cycles} cycles, {kills.wrong} wrong, {kills.unfinished} unfinished", flush=True
        )
    return kills


def _kill_once(bench: Bench, kills: Kills) -> bool:
    """Kill one run at a random byte that the server sends, at a random moment after the last, or at a random time."""
    missing = max(0, TOTAL - bench.hub.served)
    reached, first = threading.Event(), bench.hub.served
    target = first + bench.chance.randrange(int(missing * 1.3) + 2)
    beyond = target >= first + missing
    target = min(target, first + max(missing, 1) - 1)
    bench.hub.on_served = lambda served: reached.set() if served > target else None
    program = bench.start()
    if bench.chance.random() < 0.15:
        time.sleep(bench.chance.random())
    else:
        deadline = time.monotonic() + PATIENCE
        while not reached.wait(0.005) and program.poll() is None and time.monotonic() < deadline:
            pass
        if beyond:
            time.sleep(bench.chance.random() * 0.08)
    alive = program.poll() is None
    program.kill()
    program.communicate()
    if not alive:
        kills.survived += 1
        return False
    kills.done += 1
    served = bench.hub.served
    if served - first >= missing:
        kills.after += 1
    elif served > first:
        kills.during += 1
    else:
        kills.before += 1
    return True


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path | None]:
    """A file system of that many bytes; None where none can be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=False)


def full_disk(bench: Bench) -> tuple[str, str]:
    """A disk that another program fills while the model comes; then there is room again."""
    bench.clear()
    with small_disk(bench.folder / "small", TOTAL + (1 << 20)) as disk:
        if disk is None:
            return "disk filled up by another program", "not run: no file system could be mounted"
        filler = disk / "filler"

        def fill(served: int) -> None:
            if served > TOTAL // 2 and not filler.exists():
                with filler.open("wb") as stream, suppress(OSError):
                    while stream.write(bytes(1 << 16)):
                        stream.flush()

        bench.hub.on_served = fill
        code, said = bench.end(bench.start("--directory", str(disk / "mine")))
        bench.hub.on_served = None
        right, served = bench.right(disk / "mine"), bench.hub.served
        filler.unlink()
        again, _ = bench.end(bench.start("--directory", str(disk / "mine")))
        done = bench.whole(disk / "mine") and right and code == 1 and again == 0
        spent = bench.hub.served
    told = "told" if "no room left" in said else "NOT TOLD"
    return "disk filled up by another program", f"{told}; {verdict(done)}; {served:,} + {spent - served:,} bytes sent"


def two_at_once(bench: Bench, times: int) -> tuple[str, str]:
    """Two processes at the same moment; in half of the runs the one that began is killed."""
    good, sent = 0, 0
    for number in range(times):
        bench.clear()
        first, second = bench.start(), bench.start()
        if number % 2:
            reached = threading.Event()
            bench.hub.on_served = lambda served, reached=reached: reached.set() if served > TOTAL // 2 else None
            reached.wait(PATIENCE)
            first.kill()
        codes = [bench.end(first)[0], bench.end(second)[0]]
        fine = codes[1] == 0 and (codes[0] == 0 or number % 2 == 1)
        good += fine and bench.whole(bench.cache)
        sent = max(sent, bench.hub.served)
    return (
        f"two processes at once, {times} times",
        f"{good} of {times} whole; at most {sent:,} bytes sent for {TOTAL:,}",
    )


def cuts(bench: Bench, times: int) -> tuple[str, str]:
    """Connections cut at random bytes, up to twenty a run."""
    good = 0
    for _ in range(times):
        bench.clear()
        bench.hub.rate = None
        bench.hub.faults = [Fault(cut=bench.chance.randrange(PART)) for _ in range(bench.chance.randrange(1, 7))]
        code, _ = bench.end(bench.start())
        good += code == 0 and bench.whole(bench.cache)
    bench.hub.rate = RATE
    return f"connections cut at random bytes, {times} runs", f"{good} of {times} whole"


def refused(bench: Bench) -> list[tuple[str, str]]:
    """Answers that are wrong or no answers: nothing gets a name, and the run after is whole."""
    cases: list[tuple[str, list[Fault], str]] = [
        ("wrong bytes", [Fault(alter=lambda data: data[:-1] + b"?")], "is not the file"),
        ("wrong length told", [Fault(size=PART + 1)], "in the repository's list"),
        ("file too short", [Fault(alter=lambda data: data[:-9])] * 3, "in the repository's list"),
        ("401 of the Hub", [Fault(status=401)], "private"),
        ("403 of the Hub", [Fault(status=403)], "gated"),
        ("404 of the Hub", [Fault(status=404)], "not on the Hub"),
        ("429, wait an hour", [Fault(status=429, headers={"Retry-After": "3600"})], "3600 seconds"),
    ]
    rows = []
    for name, faults, words in cases:
        bench.clear()
        at = "refusals" if "of the Hub" in name else "faults"
        setattr(bench.hub, at, list(faults))
        code, said = bench.end(bench.start())
        fine = code in {1, 2} and words in " ".join(said.split()) and not check_whole(bench.cache, bench.hub, MODEL)
        setattr(bench.hub, at, [])
        again, _ = bench.end(bench.start())
        rows.append((name, f"exit code {code}, told; {verdict(fine and again == 0 and bench.whole(bench.cache))}"))
    for name, faults in (
        (
            "429, wait a second; then 503 twice",
            [Fault(status=429, headers={"Retry-After": "1"}), *[Fault(status=503)] * 2],
        ),
        ("403 of the store, whose address expired", [Fault(cut=PART // 2), Fault(status=403)]),
        ("no ranges", [Fault(cut=PART // 2), Fault(ignores_ranges=True)]),
    ):
        bench.clear()
        bench.hub.faults = list(faults)
        code, _ = bench.end(bench.start())
        rows.append((name, f"exit code {code}; {verdict(code == 0 and bench.whole(bench.cache))}"))
    return rows


def verdict(fine: bool) -> str:
    return "whole afterwards" if fine else "WRONG"


def report(kills: Kills, rows: list[tuple[str, str]], seed: int) -> str:
    """The part of the page that this program writes."""
    most = max(waste // max(count, 1) for waste, count in zip(kills.wasted, kills.kills, strict=True))
    where = f"Python {platform.python_version()} on {platform.system()}, seed {seed}"
    what = f"a model of three parts of {PART:,} bytes, sent at {RATE / 1e6:.0f} MB/s"
    table = [
        (
            f"kill -9, {kills.done} times, over {kills.cycles} downloads",
            f"wrong files under a name: {kills.wrong}; downloads that did not end whole: {kills.unfinished}",
        ),
        (
            "of these kills",
            f"{kills.before} before the first byte of a run, {kills.during} in the middle, {kills.after} after the last",
        ),
        (
            "runs that ended before their kill",
            f"{kills.survived}",
        ),
        ("bytes sent twice", f"at most {most:,} a kill: what was on the way"),
        *rows,
    ]
    lines = [
        f"{where}; {what} by a server on the same machine, which redirects to a second address.",
        "",
        "| what was done | what came of it |",
        "| --- | --- |",
        *(f"| {name} | {told} |" for name, told in table),
    ]
    return "\n".join(lines)


def write(text: str) -> None:
    """Put the report into the page."""
    page = ROOT / "docs" / "pull.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pull-") as folder:
        bench = Bench(Path(folder), asked.seed)
        assert bench.hub.repos[MODEL].commit == COMMIT
        tasks: list[Callable[[], list[tuple[str, str]]]] = [
            lambda: refused(bench),
            lambda: [cuts(bench, 10), two_at_once(bench, 10), full_disk(bench)],
        ]
        rows = []
        for task in tasks:
            rows += task()
            print(*rows, sep="\n", flush=True)
        kills = kill_often(bench, asked.kills)
        bench.hub.close()
    text = report(kills, rows, asked.seed)
    print(text)
    write(text)


if __name__ == "__main__":
    main()
