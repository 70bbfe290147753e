"""Mutation testing of the engine: changes one operator or number at a time, and sees whether a test notices.

    python benchmarks/mutation.py [--mutants N] [--seed S] [--package engine] [--write]

A sample of all places where a comparison, an arithmetic operator, a truth value or a number stands outside text and
annotations. Each mutant is held first against the tests that mirror its folder, then, where it lives, against the
wider ones. The table goes into docs/robustness.md. It runs in a copy of the checkout.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "robustness.md"
BEGIN, END = "<!-- mutation table -->\n", "<!-- /mutation table -->\n"
NEAR = {
    "memory": "tests/engine/memory",
    "speed": "tests/engine/speed",
    "quality": "tests/engine/quality",
    "licensing": "tests/engine/licensing",
}
WIDE = ("tests/engine", "tests/advice", "tests/api", "tests/estimate", "tests/fleet")
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


def main() -> None:
    """Draw a sample, try each, print and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutants", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--package", default="engine")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    files = sorted((ROOT / "src" / "llmadvise" / given.package).rglob("*.py"))
    everything = [place for file in files for place in places(file)]
    chance = random.Random(given.seed)  # noqa: S311 - not for secrets
    chosen = chance.sample(everything, min(given.mutants, len(everything)))
    with tempfile.TemporaryDirectory(prefix="llmadvise-mutants-") as scratch:
        copy = Path(scratch, "copy")
        left_out = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, copy, ignore=left_out)
        outcomes = []
        for file, index in chosen:
            mutant = changed(file, index)
            outcomes.append((mutant, killed(mutant, copy)))
            sys.stderr.write(f"{'killed' if outcomes[-1][1] else 'LIVES '} {told(mutant)}\n")
    table = described(outcomes, len(everything), given.seed, given.package)
    sys.stdout.write(table)
    if given.write:
        text = PAGE.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        PAGE.write_text(before + BEGIN + table + END + rest.partition(END)[2], encoding="utf-8")


def spots(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that can be changed; annotations, defaults of messages and texts are not."""
    for node in ast.walk(tree):
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


def killed(mutant: Mutant, copy: Path) -> bool:
    """Whether a test fails with the mutant in place."""
    inside = mutant.file.relative_to(ROOT)
    target = copy / inside
    original = target.read_text(encoding="utf-8")
    target.write_text(mutant.source, encoding="utf-8")
    try:
        return any(fails(tests, copy) for tests in tests_of(inside))
    finally:
        target.write_text(original, encoding="utf-8")


def tests_of(inside: Path) -> Iterator[tuple[str, ...]]:
    """The tests that mirror the folder, then the wider ones."""
    near = NEAR.get(inside.parts[3])
    if near is not None:
        yield (near,)
    yield WIDE


def fails(tests: tuple[str, ...], copy: Path) -> bool:
    """Whether one of these tests fails; one that hangs fails too."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {"PYTHONPATH": str(copy / "src"), "PATH": "/usr/bin:/bin", "HOME": str(copy), "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, timeout=LIMIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


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
