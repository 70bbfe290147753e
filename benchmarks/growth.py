"""How cost grows with the catalog, the fleet and the checkout, and what completing a word costs: docs/performance.md.

    python benchmarks/growth.py [--python PATH] [--only PART …] [--write]

Parts: catalog, fleet, checkout, completion; `--write` puts the tables of those that ran into the page. Without
`--python`, an interpreter that has llmadvise, the wheel is installed into a fresh environment (pip, hence a network).
Run from a checkout with llmadvise importable, on a POSIX system.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from page_part import write_part
from startup import Run, install, machine, once

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
FACTORS = (1, 10, 100)
MACHINES = (1, 1_000, 10_000, 100_000)
FILES = (100, 1_000, 10_000)
ROUNDS = 3
LONG = 20.0
"""Seconds by the clock from which on a command is run once."""
DESCRIBED = ("--hardware", "desktop-rtx-4090-64gb")
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "`recommend`": ("recommend", *DESCRIBED),
    "`recommend`, 16 GiB and no GPU": ("recommend", "--hardware", "laptop-16gb"),
    "`explain qwen/qwen3-8b`": ("explain", "qwen/qwen3-8b", *DESCRIBED),
    "`estimate qwen/qwen3-8b:Q4_K_M`": ("estimate", "qwen/qwen3-8b:Q4_K_M", *DESCRIBED),
    "`check` of one file": ("check", "{checkout}"),
}
COMPLETED = {
    "a command": "llmadvise rec",
    "an option": "llmadvise recommend --li",
    "a GPU": "llmadvise recommend --gpu nvidia-ge",
    "a model": "llmadvise explain qwen/qwen3-",
}
REPEATED = 20
"""Completions in one shell, so that its own start does not hide them."""
SHELLS = ("bash", "zsh", "fish")


@dataclass(frozen=True)
class Bench:
    """Where the program is, and a place for what it is run on."""

    python: str
    scratch: Path

    def program(self, *words: str) -> tuple[str, ...]:
        """A command line; isolated, so that it is this interpreter's llmadvise and not that of the checkout."""
        return (self.python, "-I", "-m", "llmadvise", *words)

    def made(self, kind: str, count: int, name: str) -> Path:
        """An input, made by a process of its own."""
        place = self.scratch / name
        command = [sys.executable, str(ROOT / "benchmarks" / "growth_inputs.py"), kind, str(count), str(place)]
        subprocess.run(command, check=True)
        return place


def main() -> None:
    """Measure the parts, print their tables, and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python")
    parser.add_argument("--only", action="append", choices=sorted(PARTS))
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="llmadvise-growth-") as folder:
        scratch = Path(folder)
        python = given.python
        if python is None:
            install(scratch / "installed", str(ROOT))
            python = str(scratch / "installed/bin/python")
        for name in given.only or PARTS:
            table = "\n".join(PARTS[name](Bench(python, scratch))) + "\n"
            print(table, flush=True)
            if given.write:
                write_part(PAGE, f"<!-- growth of {name} -->", f"<!-- /growth of {name} -->", f"\n{table}\n")


def catalogs(bench: Bench) -> Iterator[str]:
    """Questions against catalogs in which every entry stands once, ten and a hundred times."""
    yield from head("Entries", "File", "Question", "Of 1×, processor")
    checkout = bench.scratch / "one"
    checkout.mkdir()
    (checkout / "a.sh").write_text("llama-server -hf Qwen/Qwen3-8B-GGUF\n", encoding="utf-8")
    first: dict[str, float] = {}
    for factor in FACTORS:
        file = bench.made("catalog", factor, "catalog.jsonl")
        listed = subprocess.run(
            bench.program("models", "list", "--quiet", "--catalog", str(file)), capture_output=True, check=True
        )
        for name, words in QUESTIONS.items():
            asked = [word.replace("{checkout}", str(checkout)) for word in words]
            run = measured(bench.program(*asked, "--json", "--catalog", str(file)))
            times = run.processor / first.setdefault(name, run.processor)
            size = f"{file.stat().st_size / 1e6:.0f} MB"
            yield row(f"{len(listed.stdout.splitlines()):,}", size, name, f"{times:.1f}×", run=run)


def fleets(bench: Bench) -> Iterator[str]:
    """`recommend --fleet` for one machine, then for a thousand and more."""
    yield from head("Machines", "A machine, processor")
    for count in MACHINES:
        file = bench.scratch / "fleet.jsonl"
        with file.open("wb") as out:
            subprocess.run(
                [sys.executable, str(ROOT / "benchmarks/fleet_machines.py"), str(count)], stdout=out, check=True
            )
        run = measured(bench.program("recommend", "--fleet", str(file), "--json"))
        yield row(f"{count:,}", f"{run.processor / count * 1e3:.2f} ms", run=run)


def checkouts(bench: Bench) -> Iterator[str]:
    """`check` of a hundred files and more, one in ten of which names a model."""
    yield from head("Files", "A file, processor")
    for count in FILES:
        folder = bench.made("checkout", count, f"checkout-{count}")
        run = measured(bench.program("check", str(folder), "--json"))
        shutil.rmtree(folder)
        yield row(f"{count:,}", f"{run.processor / count * 1e3:.2f} ms", run=run)


def completion(bench: Bench) -> Iterator[str]:
    """Processor time of the shells here for a word; no process of llmadvise is started."""
    yield "| Shell | Reading the script, once a session | " + " | ".join(COMPLETED) + " |"
    yield "| --- | ---: |" + " ---: |" * len(COMPLETED)
    nothing = measured((bench.python, "-c", "pass"))
    for shell in SHELLS:
        if (found := shutil.which(shell)) is not None:
            yield f"| {shell} | {' | '.join(completed(bench, shell, found))} |"
    yield ""
    yield f"`python -c pass` takes {nothing.processor * 1e3:.0f} ms of it."


def completed(bench: Bench, shell: str, program: str) -> Iterator[str]:
    """The cells of one shell: what reading the script adds to a start, and what one completion adds to that."""
    script = bench.scratch / f"completion.{shell}"
    with script.open("wb") as out:
        subprocess.run(bench.program("--show-completion", shell), stdout=out, check=True)
    quick = {"bash": ("--norc", "--noprofile"), "zsh": ("-f",), "fish": ("--no-config",)}[shell]

    def timed(line: str) -> float:
        runs = [once((program, *quick, "-c", line)).processor for _ in range(ROUNDS * 3)]
        return statistics.median(runs)

    # zsh reads such a script in an interactive shell, where its completion system is on.
    prepare = {"zsh": "autoload -Uz compinit; compinit -u -D; "}.get(shell, "")
    read = f"{prepare}source {script}"
    bare, loaded = timed(f"{prepare}true"), timed(read)
    yield f"{max(loaded - bare, 0.0) * 1e3:.1f} ms"
    for line in COMPLETED.values():
        ask = ASKED.get(shell)
        times = 0.0 if ask is None else (timed(f"{read}; {ask(line)}") - loaded) / REPEATED
        yield "in its editor" if ask is None else f"{max(times, 0.0) * 1e3:.1f} ms"


def _ask_bash(line: str) -> str:
    words = line.split()
    asked = f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}"
    return f"{asked}; for _ in {{1..{REPEATED}}}; do _llmadvise; done; ((${{#COMPREPLY[@]}}))"


ASKED: Mapping[str, Callable[[str], str]] = {
    "bash": _ask_bash,
    "fish": lambda line: (
        f"for i in (seq {REPEATED}); set -g got (complete --do-complete '{line}'); end; test -n \"$got\""
    ),
}


def measured(command: Sequence[str]) -> Run:
    """The medians of a few runs after one that fills the caches; of a long one the first alone."""
    first = once(tuple(command))
    if first.wall > LONG:
        return first
    runs = [once(tuple(command)) for _ in range(ROUNDS)]
    return Run(*(statistics.median(getattr(run, name) for run in runs) for name in Run.__slots__))


def head(*own: str) -> Iterator[str]:
    """Where it was measured, and the first lines of a table."""
    yield f"{machine()}; median of {ROUNDS} runs, of long ones a single one; other work shared the machine."
    yield ""
    yield f"| {' | '.join(own)} | Processor | Clock | Peak memory |"
    yield f"|{' ---: |' * (len(own) + 3)}"


def row(*cells: str, run: Run) -> str:
    """One line of a table."""
    took = (f"{run.processor:.2f} s", f"{run.wall:.2f} s", f"{run.peak_bytes / (1 << 20):.0f} MiB")
    return f"| {' | '.join((*cells, *took))} |"


PARTS = {"catalog": catalogs, "fleet": fleets, "checkout": checkouts, "completion": completion}


if __name__ == "__main__":
    main()
