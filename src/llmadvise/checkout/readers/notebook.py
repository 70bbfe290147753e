"""Jupyter notebooks: the cells as Python, at the lines of the notebook file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from llmadvise.checkout.places import Candidate
from llmadvise.checkout.positions import Lines
from llmadvise.checkout.readers.json import texts
from llmadvise.checkout.readers.lexed import read_hashed
from llmadvise.checkout.readers.python import read_python
from llmadvise.checkout.readers.source import PartlyReadError, Source
from llmadvise.checkout.shell import candidates as shell_candidates

_Rows = list[tuple[str, int, int]]
"""Text, line and column in the notebook file of each line of a cell."""


def read_notebook(source: Source) -> Iterator[Candidate]:
    """Candidates of the code cells; outputs and prose are not read.

    The cells are read as one program, so that a name given in one is known in the next; if they are none, one by one.
    """
    cells: list[_Rows] = []
    for rows in _cells(source):
        if rows[0][0].startswith(("%%bash", "%%sh", "%%script")):
            script = "\n".join(row[0] for row in rows[1:])
            for found in shell_candidates(script, 1, 1, "notebook-shell"):
                yield _moved(found, rows[1:])
        else:
            yield from _magics(rows)
            cells.append([(_without_magic(text), line, column) for text, line, column in rows])
    together = [row for rows in cells for row in rows]
    try:
        found_all = list(read_python(_source(source, together)))
    except PartlyReadError:
        for rows in cells:
            yield from _alone(source, rows)
        return
    for found in found_all:
        yield _moved(found, together)


def _cells(source: Source) -> Iterator[_Rows]:
    """The code cells; `cell_type` is before `source` in every notebook that is sorted by key, as Jupyter writes them."""
    lines = Lines(source.text)
    rows: _Rows = []
    code = True
    for text in texts(source.text, longest=50_000):
        if text.key == "cell_type":
            if rows and code:
                yield rows
            rows, code = [], text.value == "code"
        elif text.key == "source" and "outputs" not in text.above:
            line, column = lines.at(text.offset)
            rows += [(row, line, column) for row in text.value.splitlines() or [""]]
    if rows and code:
        yield rows


def _magics(rows: _Rows) -> Iterator[Candidate]:
    for row, line, column in rows:
        bare = row.lstrip()
        if bare.startswith(("!", "%")):
            yield from shell_candidates(bare.lstrip("!%"), line, column + 1, "notebook-shell")


def _without_magic(row: str) -> str:
    bare = row.lstrip()
    return row[: len(row) - len(bare)] + "pass" if bare.startswith(("!", "%", "?")) else row


def _source(source: Source, rows: _Rows) -> Source:
    return Source(name=source.name, text="\n".join(row[0] for row in rows), ollama=source.ollama)


def _alone(source: Source, rows: _Rows) -> Iterator[Candidate]:
    code = _source(source, rows)
    try:
        found_all = list(read_python(code))
    except PartlyReadError:
        found_all = list(read_hashed(code))
    for found in found_all:
        yield _moved(found, rows)


def _moved(found: Candidate, rows: _Rows) -> Candidate:
    _, line, column = rows[max(0, min(found.line - 1, len(rows) - 1))]
    kind = found.kind if found.kind.startswith("notebook") else f"notebook-{found.kind.partition('-')[2]}"
    return dataclasses.replace(found, line=line, column=found.column + column, kind=kind)
