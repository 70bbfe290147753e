"""Recall and precision of the scanner, by kind, on references as they stand in public repositories.

Run as `python benchmarks/scanner.py [--write]`; `--write` puts the table into docs/scanner.md. With `--checkouts DIR` it
reads places in public repositories instead: see scanner_held_out.py.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from llmadvise.checkout.scan import ScanOptions, scan
from llmadvise.checkout.weights import WeightsHeader
from page_part import write_part
from scanner_held_out import found_in_excerpt, found_in_file, places

HERE = Path(__file__).resolve().parents[1]
DATA = HERE / "tests" / "data" / "references"
START, END = "<!-- scanner table -->", "<!-- end of the scanner table -->"


@dataclass(frozen=True)
class Result:
    """What was expected of one snippet, and what was found."""

    id: str
    kind: str
    expected: frozenset[str]
    found: frozenset[str]


def results(data: Path) -> Iterator[Result]:
    """Each snippet written to a small file of its own, and scanned."""
    for line in data.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, row["file"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(row["content"], encoding="utf-8")
            options = ScanOptions(read_header=lambda file: WeightsHeader(has_weights="vocab" not in file.name))
            found = {item.model.lower() for item in scan([Path(folder)], options).mentions if item.model is not None}
        expected = frozenset(name.lower() for name in row["expected"])
        yield Result(id=row["id"], kind=row["kind"], expected=expected, found=frozenset(found))


def held_out(data: Path, checkouts: Path, *, whole: bool) -> Iterator[Result]:
    """Each place, read in its file or alone; names that count either way are left out of both sides."""
    for place in places(data, checkouts):
        found = found_in_file(place) if whole else found_in_excerpt(place)
        expected = place.expected | (place.indirect if whole else frozenset())
        left_out = (place.either | place.indirect) - expected
        yield Result(id=place.id, kind=place.kind, expected=expected, found=found - left_out)


def table(rows: list[Result]) -> list[str]:
    """One line a kind, and one for all."""
    out = ["| kind | snippets | expected | found of them | found beside |", "| --- | ---: | ---: | ---: | ---: |"]
    for kind in [*sorted({row.kind for row in rows}), "all"]:
        own = [row for row in rows if kind in (row.kind, "all")]
        expected = sum(len(row.expected) for row in own)
        right = sum(len(row.expected & row.found) for row in own)
        wrong = sum(len(row.found - row.expected) for row in own)
        out.append(f"| {kind} | {len(own)} | {expected} | {right} | {wrong} |")
    return out


def rates(rows: list[Result]) -> tuple[float, float]:
    """Recall and precision over all the snippets."""
    expected = sum(len(row.expected) for row in rows)
    found = sum(len(row.found) for row in rows)
    right = sum(len(row.expected & row.found) for row in rows)
    return right / max(expected, 1), right / max(found, 1)


def report(name: str, rows: list[Result]) -> list[str]:
    """Rates, table and misses of one set."""
    recall, precision = rates(rows)
    lines = [f"`{name}`: {len(rows)} snippets, recall {recall:.1%}, precision {precision:.1%}.", "", *table(rows), ""]
    for row in rows:
        if row.expected != row.found:
            missed, beside = sorted(row.expected - row.found), sorted(row.found - row.expected)
            lines.append(f"- {row.id} ({row.kind}): missed {missed}, beside {beside}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--checkouts", type=Path, help="folder of clones, as <owner>/<name>")
    options = parser.parse_args()
    parts: list[str] = []
    if options.checkouts is not None:
        for data in sorted((HERE / "benchmarks" / "data").glob("scanner_held_out*.jsonl")):
            for whole in (True, False):
                rows = list(held_out(data, options.checkouts, whole=whole))
                parts += report(f"{data.stem}, {'in its file' if whole else 'the lines alone'}", rows)
        print("\n".join(parts))
        return
    for data in sorted(DATA.glob("*.jsonl")):
        parts += report(data.name, list(results(data)))
    text = "\n".join(parts)
    print(text)
    if options.write:
        write_part(HERE / "docs" / "scanner.md", START, END, text)


if __name__ == "__main__":
    main()
