"""Times the probe on this machine, as it is, limited, and with things that hang, and writes the table of docs/probe.md.

Run: python benchmarks/probe_time.py [--write] [--groups]  (POSIX; --groups makes control groups of version 1, as root)
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmadvise.catalog import load
from page_part import write_part

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "probe.md"
BEGIN, END = "<!-- probe table -->", "<!-- end of probe table -->"
ROUNDS = 25
GROUPS = Path("/sys/fs/cgroup")
CHILD = """
import json, sys, time
from pathlib import Path
from llmadvise.catalog import load
load.built_in = lambda: Path(sys.argv[1]).read_bytes()
catalog = load.load_catalog(None)
exec(sys.argv[2])
started, worked = time.perf_counter(), time.process_time()
from llmadvise.probe.machine import probe_machine
from llmadvise.probe.sources import Sources
found = probe_machine(gpus=catalog.gpus, cpus=catalog.cpus, runtimes=catalog.runtimes,
                      calibration=catalog.calibration.memory, door=door() if "door" in globals() else None)
spent, worked = time.perf_counter() - started, time.process_time() - worked
print(json.dumps({"seconds": spent, "worked": worked, "cores": found.cpu.cores, "limit": found.memory.limit_bytes, "gpus": len(found.gpus),
                  "commands": [item.source for item in found.sources if item.source.startswith("nvidia-smi")],
                  "findings": sorted({item.rule for item in found.findings})}))
"""
"""Loads the catalog first, so that the time is that of the probe alone, its imports included."""
STUCK = """
import time
from llmadvise.probe.sources import Answer, Sources
class door(Sources):
    def stuck(self, path):
        if path.startswith({path!r}): time.sleep(60)
    def read(self, path):
        self.stuck(path); return super().read(path)
    def names(self, path):
        self.stuck(path); return super().names(path)
    def exists(self, path):
        self.stuck(path); return path == {sign!r} or super().exists(path)
    def library(self, name):
        if {library}: time.sleep(60)
        return super().library(name)
    def allowed_processors(self):
        return super().allowed_processors()
"""
GIGABYTES = "head -c 10000000000 /dev/zero"


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which the machine is looked at."""

    name: str
    tool: str | None = None
    """The script of a `nvidia-smi` on PATH."""
    before: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    group: tuple[str, Mapping[str, str]] | None = None
    rounds: int = 3


def stuck(path: str = "/never", *, sign: str = "/never", library: bool = False) -> str:
    """Python that puts a door before the machine behind which something hangs."""
    return STUCK.format(path=path, sign=sign, library=library)


CASES = (
    Case("as it is", rounds=ROUNDS),
    Case("`CUDA_VISIBLE_DEVICES=`", variables={"CUDA_VISIBLE_DEVICES": ""}),
    Case("one processor allowed", before="import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"),
    Case("memory group of 4 GiB", group=("memory", {"memory.limit_in_bytes": str(4 << 30)})),
    Case("processor quota of 1", group=("cpu", {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "100000"})),
    Case("`nvidia-smi` hangs", tool="sleep 60"),
    Case("`nvidia-smi` and its children hang", tool="(setsid sleep 60 &); sleep 60"),
    Case("`nvidia-smi` prints garbage", tool="head -c 5000 /dev/urandom"),
    Case("`nvidia-smi` prints 10 GB", tool=GIGABYTES),
    Case("`nvidia-smi` exits 18", tool="echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18"),
    Case("NVML hangs", before=stuck(sign="/dev/nvidiactl", library=True)),
    Case("a file of a PCI device hangs", before=stuck("/sys/bus/pci/devices/")),
    Case("`/proc/meminfo` hangs", before=stuck("/proc/meminfo")),
    Case("control groups hang", before=stuck("/sys/fs/cgroup")),
    Case("every file hangs", before=stuck("/")),
)  # fmt: skip


def main() -> None:
    """Measure, print and perhaps write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true")
    options.add_argument("--groups", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="llmadvise-probe-") as scratch:
        catalog = Path(scratch, "catalog")
        catalog.write_bytes(load.built_in())
        lines = [
            "| machine | time, median | longest | processor time, median | cores | limit | GPUs | findings |",
            "| --- | --: | --: | --: | --: | --: | --: | --- |",
            *(row(case, catalog, Path(scratch)) for case in CASES if given.groups or case.group is None),
            "",
            note(),
        ]
    table = "\n".join(lines)
    sys.stdout.write(table + "\n")
    if given.write:
        write_part(PAGE, BEGIN, END, table)


def row(case: Case, catalog: Path, scratch: Path) -> str:
    """One line of the table."""
    answers = [measured(case, catalog, scratch) for _ in range(case.rounds)]
    times = [answer["seconds"] for answer in answers]
    worked = statistics.median(answer["worked"] for answer in answers)
    last = answers[-1]
    limit = f"{last['limit'] / 2**30:.0f} GiB" if last["limit"] else ""
    cells = (
        case.name, duration(statistics.median(times)), duration(max(times)), duration(worked), last["cores"] or "?", limit, last["gpus"],
        ", ".join(last["findings"]),
    )  # fmt: skip
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def note() -> str:
    """What the table was made on."""
    load_average = os.getloadavg()[1]
    return (
        f"Machine: {processor()}, {os.cpu_count()} logical cores, no GPU, {platform.system()}, Python {platform.python_version()}, "
        f"load {load_average:.1f} from other work. The first row is of {ROUNDS} runs, the others of 3; each in a process of its "
        "own, the imports of the probe counted, the catalog and the interpreter's start not."
    )


def duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def measured(case: Case, catalog: Path, scratch: Path) -> dict[str, Any]:
    """What one process says."""
    path = os.environ["PATH"]
    if case.tool is not None:
        tool = scratch / "bin" / "nvidia-smi"
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(f"#!/bin/sh\n{case.tool}\n", encoding="utf-8")
        tool.chmod(0o755)
        path = f"{tool.parent}{os.pathsep}{path}"
    command = [sys.executable, "-c", CHILD, str(catalog), case.before]
    with grouped(case.group) as folder:
        if folder is not None:
            command = ["sh", "-c", f'echo $$ > {folder}/cgroup.procs; exec "$@"', "sh", *command]
        done = subprocess.run(
            command, env={**os.environ, **case.variables, "PATH": path}, capture_output=True, text=True, check=True
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@contextmanager
def grouped(group: tuple[str, Mapping[str, str]] | None) -> Iterator[Path | None]:
    """A control group with these settings, as long as it is needed."""
    if group is None:
        yield None
        return
    folder = GROUPS / group[0] / f"llmadvise-{os.getpid()}"
    folder.mkdir()
    try:
        for name, value in group[1].items():
            (folder / name).write_text(value, encoding="utf-8")
        yield folder
    finally:
        folder.rmdir()


def processor() -> str:
    """The processor's name."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    return next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), "?")


if __name__ == "__main__":
    main()
