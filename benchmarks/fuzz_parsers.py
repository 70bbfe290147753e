"""A mutation fuzzer for every parser that meets text from outside: only an LLMAdviseError may come out, and soon.

    python benchmarks/fuzz_parsers.py [--seconds S] [--only BEGINNING] [--seed N] [--findings DIR] [--write]

Each target gets S seconds. Inputs start from real files (captures, outputs, logs, snippets of repositories), a few
bytes or words of which are changed. What escapes, or takes more than two seconds of processor time, is written to DIR.
`--write` puts the table into docs/fuzzing.md. The GGUF reader has a fuzzer of its own (fuzz_gguf.py). POSIX only.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fuzz_targets import Target, targets
from llmadvise.errors import LLMAdviseError
from page_part import write_part

PAGE = Path(__file__).parents[1] / "docs" / "fuzzing.md"
BEGIN, END = "<!-- parser table -->", "<!-- /parser table -->"
SLOW_SECONDS = 2.0
LONGEST = 200_000
MOST_STARTS = 300
WORDS = (
    b"null", b"NaN", b"Infinity", b"-1", b"1e999", b"9" * 400, b"0x", b"{}", b"[]", b"[" * 200, b'{"a":' * 200, b'"', b"'",
    b"\\u0000", b"\\ud800", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\x1b[31m", "\u202e".encode(), b"&a [*a,*a]", b"<<: *x", b"!!python/object:os.system",
    b"---\n", b"\r", b"\n\n", b"\t", b" " * 300, b"${A:-${B}}", b"$(id)", b"`id`", b"%s%n", b"../../../etc/passwd", b"C:\\CON",
    b"18446744073709551616", b"-0", b"1_000", b"0777", b"true", b"GiB", b"MiB", b"N/A", b",", b":", b"=", b"|", b"\\", b"#", b"/*", b'"""', b'f"{',
)  # fmt: skip


@dataclass
class Ran:
    """What one target came to."""

    name: str
    executions: int = 0
    read: int = 0
    outcomes: set[str] = field(default_factory=set)
    findings: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


def main() -> None:
    """Fuzz each target in turn and print the table; exit code 1 where anything was found."""
    given = arguments()
    random_ = random.Random(given.seed)  # noqa: S311 - not for secrets
    ran = []
    with tempfile.TemporaryDirectory(prefix="llmadvise-fuzz-") as scratch:
        for target in targets(Path(scratch)):
            if target.name.startswith(given.only or ""):
                ran.append(fuzz(target, given.seconds, random_, Path(given.findings)))
                sys.stderr.write(row(ran[-1]))
    table = described(ran, given.seed)
    sys.stdout.write(table)
    if given.write:
        write_part(PAGE, BEGIN, END, table)
    sys.exit(any(item.findings for item in ran))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", help="targets whose name begins so")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", default="fuzz-findings")
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


def fuzz(target: Target, seconds: float, chance: random.Random, folder: Path) -> Ran:
    """Run one target for so long; an input with an outcome not seen before becomes a start."""
    starts = [seed[:LONGEST] for seed in target.seeds]
    ran = Ran(target.name)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = chance.choice(starts) if ran.executions < len(starts) else mutated(chance, starts)
        before = time.process_time()
        outcome, escaped = once(target, data)
        spent = time.process_time() - before
        ran.executions += 1
        ran.read += outcome.startswith("read")
        ran.slowest = max(ran.slowest, spent)
        if spent > SLOW_SECONDS:
            escaped = f"slow: {spent:.1f} s"
        if escaped is not None:
            keep(ran, escaped, data, folder)
        elif outcome not in ran.outcomes and len(starts) < MOST_STARTS:
            starts.append(data)
        ran.outcomes.add(outcome)
    return ran


def once(target: Target, data: bytes) -> tuple[str, str | None]:
    """Give the outcome of one input, and what escaped if anything did."""
    try:
        told = target.tell(target.run(data))
    except LLMAdviseError as error:
        return f"{type(error).__name__}: {' '.join(str(error).split()[1:6])}", None
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        return "escaped", f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
    return f"read {told}", None


def mutated(chance: random.Random, starts: Sequence[bytes]) -> bytes:
    """A start with one to eight changes, sometimes the front of one and the back of another."""
    data = bytearray(chance.choice(starts))
    if chance.random() < 0.1:
        other = chance.choice(starts)
        data = data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]
    for _ in range(chance.randrange(1, 9)):
        change(chance, data)
    return bytes(data[:LONGEST])


def change(chance: random.Random, data: bytearray) -> None:
    """A bit, a byte, a stretch taken out or repeated, or a word that means something."""
    at = chance.randrange(len(data) + 1)
    match chance.randrange(6):
        case 0 if data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        case 1:
            del data[at : at + chance.choice((1, 3, 20, len(data)))]
        case 2:
            begin = chance.randrange(len(data) + 1)
            data[at:at] = data[begin : begin + chance.randrange(1, 200)]
        case 3:
            data[at : at + chance.randrange(1, 8)] = chance.choice(WORDS)
        case 4:
            data[at:at] = chance.randbytes(chance.randrange(1, 8))
        case _:
            data[at:at] = chance.choice(WORDS)


def keep(ran: Ran, what: str, data: bytes, folder: Path) -> None:
    """Write down the first input of each kind that should not have happened."""
    if what not in ran.findings:
        folder.mkdir(exist_ok=True)
        name = "".join(letter if letter.isalnum() else "-" for letter in f"{ran.name}-{what}")
        (folder / name[:80]).write_bytes(data)
    ran.findings[what] += 1


def row(ran: Ran) -> str:
    """One line of the table."""
    found = "; ".join(f"{what} ({count})" for what, count in ran.findings.items()) or "none"
    cells = (
        ran.name,
        f"{ran.executions:,}",
        f"{ran.read:,}",
        str(len(ran.outcomes)),
        found,
        f"{ran.slowest * 1e3:.0f} ms",
    )
    return f"| {' | '.join(cells)} |\n"


def described(ran: Sequence[Ran], seed: int) -> str:
    """The table, with what it was run on."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10)
    head = "| parser | executions | read to the end | kinds of outcome | findings | slowest input (CPU) |\n"
    rule = "| --- | ---: | ---: | ---: | --- | ---: |\n"
    total = sum(item.executions for item in ran)
    last = f"\n{total:,} executions, seed {seed}; peak memory of the whole run {peak} MiB.\n"
    return head + rule + "".join(map(row, ran)) + last


if __name__ == "__main__":
    main()
