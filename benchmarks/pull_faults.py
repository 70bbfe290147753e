"""Kills, starves and misleads `llmadvise pull`, and writes what came of it into docs/pull.md.

    python benchmarks/pull_faults.py [--kills 200] [--seed 1]

A Hub on this machine serves a model in three parts at a steady rate; the program runs in processes of its own. After
every kill each file under its name is compared with what it should be, and in the end so is everything.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from page_part import write_part
from pull_bench import PART, PATIENCE, RATE, ROOT, TOTAL, Bench, Fault
from pull_kills import Kills, kill_often

BEGIN, END = "<!-- written by benchmarks/pull_faults.py -->", "<!-- end -->"


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
        fine = code in {1, 2} and words in " ".join(said.split()) and not bench.named()
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


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pull-") as folder:
        bench = Bench(Path(folder), asked.seed)
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
    write_part(ROOT / "docs" / "pull.md", BEGIN, END, text)


if __name__ == "__main__":
    main()
