"""Mutation testing of the engine: changes one operator or number at a time, and sees whether a test notices.

    python benchmarks/mutation.py [--mutants N] [--seed S] [--package engine/speed] [--flat] [--workers W] [--write]

A sample of all places where a comparison, an arithmetic operator, a truth value or a number stands outside text,
annotations and decorators. The tests run once beforehand, and what each of them runs is noted; a mutant then meets
first the test files that run its line, those of its own folder before others and the quickest tests first, and, where
it lives, all the others (`--near`: not those). The table goes into docs/robustness.md. Everything happens in copies of
the checkout. A mutant that spends five times the processor time of its tests has failed them.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from page_part import write_part

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "robustness.md"
BEGIN, END = "<!-- mutation table -->", "<!-- /mutation table -->"
TESTS = (
    "tests/engine",
    "tests/advice",
    "tests/api",
    "tests/estimate",
    "tests/fleet",
    "tests/runtimes",
    "tests/recipes",
)
RUNNER = Path("benchmarks", "mutation_tests.py")
LIMIT_SECONDS = 900
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


class Mutant(NamedTuple):
    """One change."""

    file: Path
    line: int
    what: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What the tests run, by file of the package and line, and the seconds that each takes."""

    lines: Mapping[str, Mapping[str, list[str]]]
    seconds: Mapping[str, float]

    def choices(self, inside: Path, line: int) -> Iterator[Choice]:
        """The test files to try, nearest first: those that run the line, then those that run the file, then all."""
        of_file = self.lines.get(str(inside), {})
        # Of an expression over several lines the tracer sees the first.
        seen = max((int(known) for known in of_file if int(known) <= line), default=0)
        running = of_file.get(str(seen), [])
        tried: set[str] = set()
        of_module = [test for names in of_file.values() for test in names]
        for tests in (running, of_module, list(self.seconds)):
            files = {test.partition("::")[0] for test in tests} - tried
            own = {file for file in files if Path(file).parts[1:-1] == inside.parts[2:-1]}
            for group in (own, files - own):
                if group:
                    yield self._choice(group, running)
            tried |= files

    def _choice(self, files: set[str], running: list[str]) -> Choice:
        spent = sum(self.seconds[test] for test in self.seconds if test.partition("::")[0] in files)
        first = {test: self.seconds[test] for test in running if test.partition("::")[0] in files}
        return Choice(files=sorted(files), first=first, limit_seconds=int(60 + 5 * spent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Test files to run, the tests that go first, and the processor time they may take."""

    files: list[str]
    first: Mapping[str, float]
    limit_seconds: int


def main() -> None:
    """Draw a sample, try each, print and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutants", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--package", default="engine")
    parser.add_argument("--flat", action="store_true", help="only files lying in the package itself")
    parser.add_argument("--near", action="store_true", help="only the test files that run the line")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--tests", nargs="*", default=TESTS)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    folder = ROOT / "src" / "llmadvise" / given.package
    files = sorted(folder.glob("*.py") if given.flat else folder.rglob("*.py"))
    everything = [place for file in files for place in places(file)]
    chance = random.Random(given.seed)  # noqa: S311 - not for secrets
    chosen = chance.sample(everything, min(given.mutants, len(everything)))
    with tempfile.TemporaryDirectory(prefix="llmadvise-mutants-") as scratch:
        copies = [copied(Path(scratch, str(number))) for number in range(given.workers)]
        notes = noted(copies[0], given.package, given.tests)
        outcomes = tried([changed(file, index) for file, index in chosen], notes, copies, near=given.near)
    table = described(outcomes, len(everything), given.seed, given.package)
    sys.stdout.write(table)
    if given.write:
        write_part(PAGE, BEGIN, END, table)


def copied(copy: Path) -> Path:
    """A copy of the checkout to change."""
    left_out = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "site")
    shutil.copytree(ROOT, copy, ignore=left_out)
    return copy


def noted(copy: Path, package: str, tests: Sequence[str]) -> Notes:
    """Run the tests on the source as it is, and tell what they run."""
    notes = copy / "notes.json"
    name = "llmadvise." + package.strip("/").replace("/", ".")
    done = run(copy, ("note", name, str(notes), *tests), LIMIT_SECONDS * 4)
    if done.returncode:
        sys.exit(f"The tests fail without any mutant:\n{done.stdout.decode(errors='replace')[-3000:]}")
    read = json.loads(notes.read_text(encoding="utf-8"))
    return Notes(
        lines={str(Path(file).relative_to(copy)): lines for file, lines in read["lines"].items()},
        seconds=read["seconds"],
    )


def tried(mutants: list[Mutant], notes: Notes, copies: list[Path], *, near: bool) -> list[tuple[Mutant, bool]]:
    """Try each mutant in one of the copies, several at a time."""
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def outcome(mutant: Mutant) -> tuple[Mutant, bool]:
        copy = free.get()
        dead = killed(mutant, notes, copy, near=near)
        free.put(copy)
        sys.stderr.write(f"{'killed' if dead else 'LIVES '} {told(mutant)}\n")
        return mutant, dead

    with ThreadPoolExecutor(len(copies)) as pool:
        return list(pool.map(outcome, mutants))


def spots(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that can be changed; texts and what stands in decorators (`frozen=True`) are not."""
    decorators = [part for node in ast.walk(tree) for part in getattr(node, "decorator_list", ())]
    passed_over = {id(node) for part in decorators for node in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in passed_over:
            continue
        match node:
            case ast.Compare(ops=[operator]) if type(operator) in SWAPS:
                yield node
            case ast.BinOp(op=operator) if type(operator) in SWAPS and not isinstance(node.left, ast.JoinedStr):
                yield node
            case ast.BoolOp():
                yield node
            case ast.Constant(value=value) if type(value) in {int, float, bool}:
                yield node


def places(file: Path) -> Iterator[tuple[Path, int]]:
    """Every place of a file that a mutant may be made at."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for index, _ in enumerate(spots(tree)):
        yield file, index


def changed(file: Path, index: int) -> Mutant:
    """The file with this one place changed."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    node = list(spots(tree))[index]
    before = ast.unparse(node)
    match node:
        case ast.Compare():
            node.ops = [SWAPS[type(node.ops[0])]()]  # type: ignore[list-item]  # the table pairs comparisons
        case ast.BinOp() | ast.BoolOp():
            node.op = SWAPS[type(node.op)]()  # type: ignore[assignment]  # the table pairs operators of a kind
        case ast.Constant(value=bool(value)):
            node.value = not value
        case ast.Constant(value=int() | float() as value):
            node.value = value + 1 if isinstance(value, int) else value * 1.5 + 0.1
    line = getattr(node, "lineno", 0)
    return Mutant(file, line, f"{before} -> {ast.unparse(node)}", ast.unparse(tree))


def killed(mutant: Mutant, notes: Notes, copy: Path, *, near: bool) -> bool:
    """Whether a test fails with the mutant in place."""
    inside = mutant.file.relative_to(ROOT)
    target = copy / inside
    original = target.read_text(encoding="utf-8")
    target.write_text(mutant.source, encoding="utf-8")
    choices = notes.choices(inside, mutant.line)
    try:
        return any(fails(choice, copy) for choice in (islice(choices, 2) if near else choices))
    finally:
        target.write_text(original, encoding="utf-8")


def fails(choice: Choice, copy: Path) -> bool:
    """Whether one of these tests fails; one that hangs fails too."""
    chosen = copy / "choice.json"
    chosen.write_text(json.dumps({"files": choice.files, "first": choice.first}), encoding="utf-8")
    return run(copy, ("only", str(chosen)), choice.limit_seconds).returncode != 0


def run(copy: Path, words: tuple[str, ...], limit_seconds: int) -> subprocess.CompletedProcess[bytes]:
    """Run tests in a copy, for so much processor time at most."""
    environment = {"PYTHONPATH": str(copy / "src"), "PATH": "/usr/bin:/bin", "HOME": str(copy), "PYTHONUTF8": "1"}
    code = f"import resource, runpy; resource.setrlimit(resource.RLIMIT_CPU, ({limit_seconds}, {limit_seconds}))"
    code += f"; runpy.run_path({str(RUNNER)!r}, run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-c", code, *words], cwd=copy, env=environment, capture_output=True, check=False
    )


def told(mutant: Mutant) -> str:
    return f"{mutant.file.relative_to(ROOT / 'src' / 'llmadvise')}:{mutant.line} `{mutant.what[:80]}`"


def described(outcomes: list[tuple[Mutant, bool]], everything: int, seed: int, package: str) -> str:
    """The figures, and the mutants that live."""
    dead = sum(kill for _, kill in outcomes)
    lines = ["| package | places | tried | killed | part |\n", "| --- | ---: | ---: | ---: | ---: |\n"]
    lines.append(f"| `{package}/` | {everything:,} | {len(outcomes)} | {dead} | {dead / max(1, len(outcomes)):.0%} |\n")
    alive = [told(mutant) for mutant, kill in outcomes if not kill]
    listed = "".join(f"- {line}\n" for line in alive)
    return "".join(lines) + f"\nSample with seed {seed}. Alive:\n\n{listed or '- none'}\n"


if __name__ == "__main__":
    main()
