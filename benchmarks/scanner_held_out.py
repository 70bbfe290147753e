"""Recall and precision of the scanner on places in public repositories that were labelled before it read them.

The data hold no text of these repositories: each row names the repository, the commit, the file, the lines and their
hash, and the models that a reader finds there. The text comes from clones of one's own:
`python benchmarks/scanner.py --checkouts DIR`, where DIR/<owner>/<name> is a work tree at that commit.
"""

from __future__ import annotations

import json
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from llmadvise.checkout.scan import ScanOptions, scan
from llmadvise.domain.compliance import Mention


@dataclass(frozen=True)
class Place:
    """Some lines of a public file, and what they name."""

    id: str
    kind: str
    path: str
    rows: tuple[str, ...]
    first: int
    expected: frozenset[str]
    """Named in these lines."""
    indirect: frozenset[str]
    """Named through a variable whose value stands elsewhere in the file."""
    either: frozenset[str]
    """A reader may count it or not: names that a hosted service takes, test data, placeholders."""

    length: int

    @property
    def excerpt(self) -> str:
        """The lines themselves."""
        return "\n".join(self.rows[self.first - 1 : self.first - 1 + self.length])


def places(data: Path, checkouts: Path) -> Iterator[Place]:
    """The rows whose file is there and unchanged."""
    for line in data.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        file = checkouts / row["repo"] / row["path"]
        if not file.is_file():
            continue
        rows = tuple(file.read_text(encoding="utf-8").split("\n"))
        excerpt = "\n".join(rows[row["first"] - 1 : row["last"]])
        if sha256(excerpt.encode()).hexdigest()[:16] == row["sha256"]:
            names = {key: frozenset(name.lower() for name in row.get(key, ())) for key in ("expected", "indirect", "either")}  # fmt: skip
            yield Place(id=row["id"], kind=row["kind"], path=row["path"], rows=rows, first=row["first"], length=row["last"] - row["first"] + 1, **names)  # fmt: skip


def found_in_file(place: Place) -> frozenset[str]:
    """What the scanner finds in these lines when it reads the whole file."""
    last = place.first + place.length - 1
    return _names(item for item in _scan(place, "\n".join(place.rows)) if place.first <= item.line <= last)


def found_in_excerpt(place: Place) -> frozenset[str]:
    """What it finds when it sees nothing but these lines."""
    return _names(_scan(place, textwrap.dedent(place.excerpt)))


def _scan(place: Place, text: str) -> tuple[Mention, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, place.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return scan([Path(folder)], ScanOptions(markdown=True)).mentions


def _names(mentions: Iterator[Mention] | tuple[Mention, ...]) -> frozenset[str]:
    """Names that can be looked up; a folder of one's own cannot."""
    names = {item.model.lower() for item in mentions if item.model is not None}
    return frozenset(name for name in names if not name.startswith("local:"))
