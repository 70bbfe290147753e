"""Runs tests for benchmarks/mutation.py: once with notes of which test file runs which line, then only the tests chosen.

python benchmarks/mutation_tests.py note PACKAGE NOTES TESTS...    (what runs where, into the file NOTES)
python benchmarks/mutation_tests.py only CHOICE                    (the tests that the file CHOICE names)
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

QUIET = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "--hypothesis-seed=0"]


class Noting:
    """Notes, test by test, the lines that run and the processor time it takes."""

    def __init__(self, package: str) -> None:
        from coverage import Coverage  # noqa: PLC0415 - the chosen tests run without it

        self.coverage = Coverage(data_file=None, source=[package], config_file=False)
        self.seconds: dict[str, float] = {}
        self.began = 0.0

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.coverage.switch_context(nodeid)
        self.began = time.process_time()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.seconds[nodeid] = time.process_time() - self.began

    def noted(self) -> dict[str, dict[str, list[str]]]:
        """File -> line -> the tests that run it; lines that run while modules are read have none."""
        data = self.coverage.get_data()
        lines: dict[str, dict[str, list[str]]] = {}
        for file in data.measured_files():
            found = data.contexts_by_lineno(file)
            lines[file] = {str(line): sorted(filter(None, names)) for line, names in found.items()}
        return lines


class Only:
    """Keeps the tests chosen, those that are known to run the line first, and the quickest of them first."""

    def __init__(self, first: dict[str, float]) -> None:
        self.first = first

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        late = 1e9
        items.sort(key=lambda item: self.first.get(item.nodeid, late))


def note(package: str, notes: Path, tests: list[str]) -> int:
    """Run the tests and write what they touch; the exit status of pytest."""
    noting = Noting(package)
    noting.coverage.start()
    status = pytest.main([*QUIET, *tests], plugins=[noting])
    noting.coverage.stop()
    seconds: dict[str, float] = defaultdict(float)
    for name, spent in noting.seconds.items():
        seconds[name] += spent
    notes.write_text(json.dumps({"lines": noting.noted(), "seconds": seconds}), encoding="utf-8")
    return int(status)


def only(choice: Path) -> int:
    """Run the test files of a choice; the exit status of pytest."""
    chosen = json.loads(choice.read_text(encoding="utf-8"))
    return int(pytest.main([*QUIET, *chosen["files"]], plugins=[Only(chosen["first"])]))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["note", package, notes, *tests]:
            sys.exit(note(package, Path(notes), tests))
        case ["only", choice]:
            sys.exit(only(Path(choice)))
        case _:
            sys.exit(__doc__)
