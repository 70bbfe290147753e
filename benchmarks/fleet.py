"""Writes the table of docs/fleets.md: how time and memory of `recommend --fleet` grow with the machines.

    python benchmarks/fleet.py [COUNT …]

With counts it only prints. Fleets are made by benchmarks/fleet_machines.py; the program runs as a process of its own, and
the memory is the most that it and its workers held together.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from fleet_machines import machines
from page_part import write_part

PAGE = Path(__file__).parents[1] / "docs" / "fleets.md"
BEGIN, END = "<!-- growth: written by benchmarks/fleet.py -->", "<!-- /growth -->"
COUNTS = (1_000, 10_000, 100_000, 1_000_000)
GIB = 1 << 30
POLL = 0.2


class Row(NamedTuple):
    """One fleet, measured. Seconds by the clock and of the processors; bytes of the process and its workers."""

    machines: int
    megabytes: float
    groups: int
    advised: int
    seconds: float
    processor: float
    peak: int
    parent: int


def main() -> None:
    """Measure every size, and write the table."""
    counts = [int(count) for count in sys.argv[1:]] or list(COUNTS)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            file = Path(folder) / f"{count}.jsonl"
            with file.open("wb") as out:
                out.writelines(machines(count))
            rows.append(measure(count, file))
            print(rows[-1], flush=True)
            file.unlink()
    if not sys.argv[1:]:
        write(rows)


def measure(count: int, file: Path) -> Row:
    """Run the program on one fleet, and watch it."""
    answer = file.with_suffix(".json")
    command = [sys.executable, "-m", "llmadvise", "recommend", "--fleet", str(file), "--json", "-o", str(answer)]
    begin, used = time.perf_counter(), _processor()
    process = subprocess.Popen(command)
    peak = parent = 0
    while process.poll() is None:
        alone, together = _held(psutil.Process(process.pid))
        parent, peak = max(parent, alone), max(peak, together)
        time.sleep(POLL)
    seconds, processor = time.perf_counter() - begin, _processor() - used
    assert process.returncode == 0, process.returncode
    totals = json.loads(answer.read_text(encoding="utf-8"))["totals"]
    assert totals["machines"] + totals["invalid"] == count
    size = file.stat().st_size / 1e6
    return Row(count, size, totals["groups"], totals["advised"], seconds, processor, peak, parent)


def _processor() -> float:
    """Processor seconds of all processes that ended."""
    done = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.ru_utime + done.ru_stime


def _held(process: psutil.Process) -> tuple[int, int]:
    try:
        alone = process.memory_info().rss
        return alone, alone + sum(child.memory_info().rss for child in process.children(recursive=True))
    except psutil.NoSuchProcess:
        return 0, 0


def write(rows: Sequence[Row]) -> None:
    """Put the table between its markers."""
    lines = [
        "",
        (
            f"On {os.cpu_count()} processors that other work shared, each fleet once. Processor time is that of all"
            " processes, and what an idle machine would divide by its processors."
        ),
        "",
        "| Machines | File | Groups | Processor time | A machine | Clock | Peak memory, all processes | of the first |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {row.machines:,} | {row.megabytes:,.0f} MB | {row.groups:,} | {_time(row.processor)} |"
            f" {row.processor / row.machines * 1e3:.2f} ms | {_time(row.seconds)} | {row.peak / GIB:.2f} GiB | {row.parent / GIB:.2f} GiB |"
            for row in rows
        ),
    ]
    write_part(PAGE, BEGIN, END, "\n".join((*lines, "", "")))


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


if __name__ == "__main__":
    main()
