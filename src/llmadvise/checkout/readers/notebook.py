"""Jupyter notebooks: the cells as Python, at the lines of the notebook file."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from functools import cache

from llmadvise.checkout.places import Candidate
from llmadvise.checkout.positions import Lines
from llmadvise.checkout.readers.json import texts, unescaped
from llmadvise.checkout.readers.lexed import read_hashed
from llmadvise.checkout.readers.python import read_python
from llmadvise.checkout.readers.source import PartlyReadError, Source
from llmadvise.checkout.shell import candidates as shell_candidates
from llmadvise.checkout.variables import Variables

_Rows = list[tuple[str, int, int]]
"""Text, line and column in the notebook file of each line of a cell."""


def read_notebook(source: Source) -> Iterator[Candidate]:
    """Candidates of the code cells; outputs and prose are not read.

    The cells are read as one program, so that a name given in one is known in the next; if they are none, one by one.
    """
    cells: list[_Rows] = []
    variables = Variables()
    for rows in _cells(source) if '"cell_type"' in source.text else _fragment(source):
        _assigned(rows, variables)
        if rows[0][0].startswith(("%%bash", "%%sh", "%%script", "%%cmd")):
            yield from _script(rows[1:], variables)
        elif rows[0][0].startswith(("%%writefile", "%%file")):
            yield from _written(source, rows)
        else:
            yield from _magics(rows, variables)
            cells.append(_without_magic(rows))
    together = [row for rows in cells for row in rows]
    if not together:
        return
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
    for text in texts(source.text, longest=50_000, without="outputs"):
        if text.key == "cell_type":
            if rows and code:
                yield rows
            rows, code = [], text.value == "code"
        elif text.key == "source" and code:
            line, column = lines.at(text.offset)
            rows += _rows(text.value, line, column)
    if rows and code:
        yield rows


def _fragment(source: Source) -> Iterator[_Rows]:
    """Lines of a cell that stand alone, as in a diff or an excerpt: each a string of JSON."""
    rows: _Rows = []
    for number, line in enumerate(source.text.split("\n"), 1):
        bare = line.strip().removesuffix(",")
        if bare.startswith('"') and bare.endswith('"') and len(bare) > 1:
            rows += _rows(unescaped(bare[1:-1]), number, line.index('"') + 1)
    if rows:
        yield _dedented(rows)


def _dedented(rows: _Rows) -> _Rows:
    """The rows without the indentation that they share."""
    shared = min((len(row) - len(row.lstrip()) for row, _, _ in rows if row.strip()), default=0)
    return [(row[shared:], line, column + shared) for row, line, column in rows]


def _rows(text: str, line: int, column: int) -> _Rows:
    """The lines of one string of JSON, each with its place in the file."""
    out: _Rows = []
    at = column
    for row in text.splitlines(keepends=True) or [""]:
        out.append((row.rstrip("\n"), line, at))
        at += _width(row)
    return out


def _width(text: str) -> int:
    """How many characters a text takes in JSON."""
    return len(text) + sum(text.count(letter) for letter in '"\\\n\t')


@cache
def _assignment() -> re.Pattern[str]:
    return re.compile(r"(?:%env\s+)?([A-Za-z_]\w*)\s*=\s*([\"']?)([^\s\"'()]+)\2\s*$")


def _assigned(rows: _Rows, variables: Variables) -> None:
    """Names that a cell gives a text, for the commands of this and later cells."""
    for row, _, _ in rows:
        found = _assignment().match(row) if "=" in row else None
        if found is not None and (found.group(2) or row.startswith("%")):
            variables.add(found.group(1), found.group(3))


def _script(rows: _Rows, variables: Variables) -> Iterator[Candidate]:
    if rows:
        text = _braces().sub(r"${\1}", "\n".join(row[0] for row in rows))
        for found in shell_candidates(text, 1, 1, "notebook-shell", variables=variables):
            yield _moved(found, rows)


@cache
def _braces() -> re.Pattern[str]:
    return re.compile(r"(?<![$\w])\{([A-Za-z_]\w*)\}")


def _written(source: Source, rows: _Rows) -> Iterator[Candidate]:
    """A file that a cell writes, read as what its name says it is."""
    from llmadvise.checkout.readers.registry import reader_of  # noqa: PLC0415 - they read each other

    name = rows[0][0].split()[-1].rpartition("/")[2]
    reader = reader_of(name, markdown=source.documents)
    if reader is None or name.endswith(".ipynb") or len(rows) == 1:
        return
    try:
        for found in reader(dataclasses.replace(_source(source, rows[1:]), name=name)):
            yield _moved(found, rows[1:])
    except PartlyReadError:
        return


def _magics(rows: _Rows, variables: Variables) -> Iterator[Candidate]:
    """Commands behind `!` and `%`, with the lines that they go on over."""
    held: _Rows = []
    for row, line, column in rows:
        bare = row.lstrip()
        if held or bare.startswith(("!", "%")):
            start = len(row) - len(bare.lstrip("!%")) if not held else 0
            held.append((row[start:], line, column + start))
            if not row.rstrip().endswith("\\"):
                yield from _script(held, variables)
                held = []
    yield from _script(held, variables)


def _without_magic(rows: _Rows) -> _Rows:
    out: _Rows = []
    goes_on, indent = False, ""
    for row, line, column in rows:
        bare = row.lstrip()
        if not goes_on:
            indent = row[: len(row) - len(bare)]
        magic = goes_on or bare.startswith(("!", "%", "?"))
        out.append((indent + "pass" if magic else row, line, column))
        goes_on = magic and row.rstrip().endswith("\\")
    return out


def _source(source: Source, rows: _Rows) -> Source:
    return Source(
        name=source.name, text="\n".join(row[0] for row in rows), ollama=source.ollama, documents=source.documents
    )


def _alone(source: Source, rows: _Rows) -> Iterator[Candidate]:
    code = _source(source, rows)
    try:
        found_all = list(read_python(code))
    except PartlyReadError:
        given = [item for item in shell_candidates(code.text, 1, 1) if item.kind != "shell-address"]
        found_all = [*read_hashed(code), *given]
    for found in found_all:
        yield _moved(found, rows)


def _moved(found: Candidate, rows: _Rows) -> Candidate:
    """A candidate at its place in the file: the escapes of JSON before it count."""
    text, line, column = rows[max(0, min(found.line - 1, len(rows) - 1))]
    kind = found.kind if found.kind.startswith("notebook") else f"notebook-{found.kind.partition('-')[2]}"
    return dataclasses.replace(found, line=line, column=column + 1 + _width(text[: found.column - 1]), kind=kind)
